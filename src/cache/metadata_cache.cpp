#include "ftpsfs/cache/metadata_cache.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "cache/directory_record.h"
#include "cache/weight.h"
#include "ftpsfs/base/log.h"

namespace ftpsfs::cache {

struct MetadataCache::Directory {
  DirectoryRecord names;
  std::uint64_t last_change = 0;        ///< of ours, to a name in it
  std::uint64_t last_change_below = 0;  ///< of ours, to all in and below it at once; never later than last_change
};

namespace {

/// The list and map nodes that come with each directory.
constexpr std::size_t kBookkeeping = 128;

void log_use(const char* what, const std::string& path, std::optional<Clock::TimePoint::duration> age, bool used) {
  if (!log::watches(log::Topic::kCache)) return;
  spdlog::logger& log = log::of(log::Topic::kCache);
  if (!age) return log.debug("{} of /{}: unknown", what, log::printable(path));
  const double seconds = std::chrono::duration<double>(*age).count();
  log.debug("{} of /{}: known for {:.1f} s{}", what, log::printable(path), seconds, used ? "" : ", too old");
}

/// The directory that holds a name. The root is held by "/", which is no directory's own path.
std::string directory_of(const remote::RemotePath& path) { return path.is_root() ? "/" : path.parent().text(); }

std::string parent_of(const std::string& directory) {
  const auto slash = directory.rfind('/');
  return slash == std::string::npos ? std::string() : directory.substr(0, slash);
}

bool is_within(std::string_view directory, std::string_view ancestor) {
  if (ancestor.empty() || directory == ancestor) return true;
  return directory.starts_with(ancestor) && directory[ancestor.size()] == '/';
}

bool is_same_directory(const std::optional<Knowledge>& before, const remote::Attributes& now) {
  if (!before || !before->attributes || now.unique.empty()) return false;
  return before->attributes->type == now.type && before->attributes->unique == now.unique;
}

/// Whether a change of a name makes what is known below it worthless. Nothing is ever looked up below a file, and the
/// next directory of that name outdates what an earlier one left behind.
bool outdates_below(const std::optional<Knowledge>& before, const std::optional<Knowledge>& now) {
  if (now && now->attributes) {
    return now->attributes->type == remote::FileType::kDirectory && !is_same_directory(before, *now->attributes);
  }
  const bool was_no_directory =
      before && before->attributes && before->attributes->type != remote::FileType::kDirectory;
  return !was_no_directory;
}

}  // namespace

MetadataCache::MetadataCache(std::size_t capacity_bytes, std::chrono::milliseconds time_to_live, const Clock& clock)
    : time_to_live_(time_to_live),
      clock_(clock),
      directories_(capacity_bytes,
                   [this](const std::string& directory, std::unique_ptr<Directory>& evicted) REQUIRES(mutex_) {
                     floor_ = std::max(floor_, evicted->last_change);
                     log::of(log::Topic::kCache).debug("no room for what is known of /{}", log::printable(directory));
                   }) {}

MetadataCache::~MetadataCache() = default;

Mark MetadataCache::mark(const remote::RemotePath&) const {
  MutexLock lock(mutex_);
  return {changes_, clock_.now()};
}

bool MetadataCache::believes(const remote::RemotePath& directory, const Mark& mark,
                             std::optional<std::chrono::milliseconds> max_age) const {
  MutexLock lock(mutex_);
  return accepts(directory.text(), mark) && fresh(mark.taken, max_age.value_or(time_to_live_));
}

std::optional<Knowledge> MetadataCache::find(const remote::RemotePath& path,
                                             std::optional<std::chrono::milliseconds> max_age) {
  MutexLock lock(mutex_);
  const auto* directory = directories_.tryGet(directory_of(path));
  auto known = directory ? (*directory)->names.find(path.name()) : std::nullopt;
  const bool used = known && fresh(known->learned, max_age.value_or(time_to_live_));
  log_use("attributes", path.text(), known ? std::optional(clock_.now() - known->learned) : std::nullopt, used);
  return used ? known : std::nullopt;
}

std::shared_ptr<const Listing> MetadataCache::listing(const remote::RemotePath& directory,
                                                      std::optional<std::chrono::milliseconds> max_age) {
  MutexLock lock(mutex_);
  const auto* found = directories_.tryGet(directory.text());
  if (!found) return nullptr;
  DirectoryRecord& names = (*found)->names;
  const auto listed = names.listed();
  const bool used = listed && fresh(*listed, max_age.value_or(time_to_live_));
  log_use("listing", directory.text(), listed ? std::optional(clock_.now() - *listed) : std::nullopt, used);
  if (!used) return nullptr;
  auto result = names.listing();
  weigh(directory.text());
  return result;
}

bool MetadataCache::learn_listing(const remote::RemotePath& directory, const EntryList& entries, Mark mark) {
  std::shared_ptr<const Listing> told = std::make_shared<Listing>(Listing{entries.in_order(), mark.taken});
  MutexLock lock(mutex_);
  if (!accepts(directory.text(), mark)) return false;
  open(directory.text()).names.learn_listing(told);
  weigh(directory.text());
  return true;
}

bool MetadataCache::learn(const remote::RemotePath& path, const remote::Attributes& attributes, Mark mark) {
  return take_in(path, mark, attributes);
}

bool MetadataCache::learn_absent(const remote::RemotePath& path, Mark mark) {
  return take_in(path, mark, std::nullopt);
}

bool MetadataCache::take_in(const remote::RemotePath& path, Mark mark, std::optional<remote::Attributes> told) {
  const std::string directory = directory_of(path);
  MutexLock lock(mutex_);
  if (!accepts(directory, mark)) return false;
  open(directory).names.learn(path.name(), {std::move(told), mark.taken});
  weigh(directory);
  return true;
}

void MetadataCache::begin_change(const remote::RemotePath& path) {
  const std::string directory = directory_of(path);
  MutexLock lock(mutex_);
  open(directory).last_change = ++changes_;
  weigh(directory);
}

void MetadataCache::changed(const remote::RemotePath& path, const remote::Attributes& now) {
  MutexLock lock(mutex_);
  settle_change(path, Knowledge{now, clock_.now()});
}

void MetadataCache::removed(const remote::RemotePath& path) {
  MutexLock lock(mutex_);
  settle_change(path, Knowledge{std::nullopt, clock_.now()});
}

void MetadataCache::forget(const remote::RemotePath& path) {
  MutexLock lock(mutex_);
  settle_change(path, std::nullopt);
}

void MetadataCache::outdate(const remote::RemotePath& path) {
  MutexLock lock(mutex_);
  const std::string key = directory_of(path);
  Directory& directory = open(key);
  directory.last_change = ++changes_;
  directory.names.forget(path.name());
  weigh(key);
}

void MetadataCache::forget_below(const remote::RemotePath& directory) {
  MutexLock lock(mutex_);
  outdate_below(directory.text());
}

std::size_t MetadataCache::bytes() const {
  MutexLock lock(mutex_);
  return directories_.weight();
}

bool MetadataCache::fresh(Clock::TimePoint learned, std::chrono::milliseconds max_age) const {
  return std::chrono::floor<std::chrono::milliseconds>(clock_.now() - learned) < max_age;
}

bool MetadataCache::accepts(const std::string& directory, const Mark& mark) const {
  if (mark.value < floor_) return false;
  const auto* known = directories_.peek(directory);
  if (known && mark.value < (*known)->last_change) return false;
  for (std::string key = directory;; key = parent_of(key)) {
    const auto* ancestor = directories_.peek(key);
    if (ancestor && mark.value < (*ancestor)->last_change_below) return false;
    if (key.empty()) return true;
  }
}

void MetadataCache::settle_change(const remote::RemotePath& path, std::optional<Knowledge> now) {
  const std::string key = directory_of(path);
  Directory& directory = open(key);
  const bool below_too = outdates_below(directory.names.find(path.name()), now);
  directory.last_change = ++changes_;
  if (now) {
    directory.names.learn(path.name(), *std::move(now));
  } else {
    directory.names.forget(path.name());
  }
  weigh(key);
  if (below_too) outdate_below(path.text());
}

void MetadataCache::outdate_below(const std::string& directory) {
  std::vector<std::string> outdated;
  directories_.cwalk([&](const std::string& key, const auto&) {
    if (is_within(key, directory)) outdated.push_back(key);
  });
  for (const std::string& key : outdated) directories_.remove(key);
  Directory& left = open(directory);
  left.last_change = left.last_change_below = ++changes_;
  weigh(directory);
}

MetadataCache::Directory& MetadataCache::open(const std::string& directory) {
  if (auto* known = directories_.tryGet(directory)) return **known;
  directories_.insert(directory, std::make_unique<Directory>(), 0);
  return **directories_.tryGet(directory);
}

void MetadataCache::weigh(const std::string& directory) {
  const auto* known = directories_.peek(directory);
  if (!known) return;
  const std::size_t own = heap_bytes(sizeof(Directory)) + heap_bytes(directory) + kBookkeeping;
  directories_.reweigh(directory, own + (*known)->names.bytes());
}

}  // namespace ftpsfs::cache
