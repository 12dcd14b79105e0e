#include "vfs/sibling_reader.h"

#include <algorithm>
#include <utility>

#include "ftpsfs/base/log.h"
#include "ftpsfs/base/waiting.h"
#include "vfs/read_exactly.h"

namespace ftpsfs::vfs {

using cache::DiskContent;
using remote::FileType;
using remote::RemotePath;
using remote::Version;

namespace {

constexpr std::uint64_t kLargestFile = 1024 * 1024;
constexpr std::size_t kLargestDirectory = 20'000;
constexpr std::size_t kMostTracks = 4;
constexpr std::size_t kParallel = 16;          // more than there are sessions: the pool decides
constexpr std::uint32_t kMostAhead = 32;       // files
constexpr std::uint32_t kAheadPerRead = 4;     // for each file that was read in order
constexpr std::size_t kMostQueued = 256;       // files
constexpr std::chrono::seconds kUnwanted{30};  // what nobody asked for in this time, nobody will
constexpr std::uint32_t kMostSkipped = 3;
constexpr int kSureAfter = 2;

}  // namespace

void SiblingReader::note_opened(const RemotePath& file, NodeId parent) {
  const RemotePath directory = file.parent();
  const auto listing = services_.loader.try_list(directory);
  if (!listing || listing->entries.size() < 3 || listing->entries.size() > kLargestDirectory) return;
  const auto found = listing->entries.find(file.name());
  if (!found) return;
  const auto place = static_cast<std::uint32_t>(*found);
  MutexLock lock(mutex_);
  Track& known = track(directory, parent, *listing);
  known.seen[place] = true;
  std::erase(queue_, file);
  follow(known.by_name, place);
  follow(known.by_inode, place);
  const Order& order = known.by_inode.streak > known.by_name.streak ? known.by_inode : known.by_name;
  if (order.streak >= kSureAfter) queue_next(known, order, directory, *listing);
  start();
}

std::optional<std::uint64_t> SiblingReader::take(const RemotePath& file, const Version& version) {
  MutexLock lock(mutex_);
  const auto found = fetched_.find(file);
  if (found == fetched_.end()) return std::nullopt;
  const Fetched fetched = found->second;
  bytes_ -= fetched.bytes;
  fetched_.erase(found);
  if (fetched.version == version) return fetched.content;
  return std::nullopt;
}

Status SiblingReader::await(std::uint64_t content, const Context& context) {
  MutexLock lock(mutex_);
  while (under_way_.contains(content)) FTPSFS_TRY(wait_briefly(done_, mutex_, context));
  return {};
}

SiblingReader::Track& SiblingReader::track(const RemotePath& directory, NodeId parent, const cache::Listing& listing) {
  if (!tracks_.contains(directory) && tracks_.size() >= kMostTracks) {
    tracks_.erase(std::min_element(tracks_.begin(), tracks_.end(),
                                   [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
  }
  Track& known = tracks_[directory];
  known.used = ++uses_;
  if (known.entries == listing.entries.size()) return known;
  known = Track{listing.entries.size(), {}, {}, std::vector<bool>(listing.entries.size()), uses_};
  for (std::uint32_t place = 0; place < listing.entries.size(); ++place) {
    if (listing.entries.type(place) == FileType::kFile) known.by_name.places.push_back(place);
  }
  std::vector<std::pair<std::uint64_t, std::uint32_t>> numbered;
  for (const std::uint32_t place : known.by_name.places) {
    numbered.emplace_back(services_.nodes.inode(directory, parent, listing.entries.name(place)), place);
  }
  std::sort(numbered.begin(), numbered.end());
  for (const auto& [inode, place] : numbered) known.by_inode.places.push_back(place);
  for (Order* order : {&known.by_name, &known.by_inode}) {
    for (std::uint32_t rank = 0; rank < order->places.size(); ++rank) order->ranks[order->places[rank]] = rank;
  }
  return known;
}

// Learns whether the files are read in this order.
void SiblingReader::follow(Order& order, std::uint32_t place) {
  const auto found = order.ranks.find(place);
  if (found == order.ranks.end() || found->second == order.last) return;
  const std::uint32_t rank = found->second;
  const bool in_order = rank > order.last && rank - order.last <= 1 + kMostSkipped;
  order.streak = in_order ? order.streak + 1 : 0;
  order.last = rank;
}

// What was read or fetched once is in the kernel's hands, or was not wanted.
void SiblingReader::queue_next(Track& known, const Order& order, const RemotePath& directory,
                               const cache::Listing& listing) {
  const auto ahead = std::min(kMostAhead, kAheadPerRead * static_cast<std::uint32_t>(order.streak));
  const auto end = std::min<std::size_t>(order.last + 1 + ahead, order.places.size());
  for (std::size_t rank = order.last + 1; rank < end; ++rank) {
    const std::uint32_t place = order.places[rank];
    const remote::Attributes attributes = listing.entries.attributes(place);
    if (known.seen[place] || attributes.size == 0 || attributes.size > kLargestFile) continue;
    known.seen[place] = true;
    if (auto path = directory.child(listing.entries.name(place))) queue_.push_back(*std::move(path));
  }
  while (queue_.size() > kMostQueued) queue_.pop_front();
  const bool all_read = order.last + 1 == order.places.size();
  if (all_read) known.seen.assign(known.seen.size(), false);  // the next pass is another one
}

void SiblingReader::start() {
  for (; running_ < std::min(kParallel, queue_.size()); ++running_) {
    services_.workers.submit([this] { run(); });
  }
}

void SiblingReader::run() {
  for (;;) {
    RemotePath file;
    {
      MutexLock lock(mutex_);
      if (bytes_ >= services_.most_bytes) drop_unwanted();
      if (queue_.empty() || bytes_ >= services_.most_bytes) {
        --running_;
        return;
      }
      file = std::move(queue_.front());
      queue_.pop_front();
    }
    const Status fetched = fetch(file);
    if (fetched) continue;
    MutexLock lock(mutex_);
    if (fetched.error().kind == ErrorKind::kBusy) {
      queue_.push_front(std::move(file));
      --running_;
      return;
    }
    spdlog::debug("fetching {} ahead: {}", log::printable(file.text()), log::printable(fetched.error().message));
  }
}

void SiblingReader::drop_unwanted() {
  const auto now = std::chrono::steady_clock::now();
  for (auto item = fetched_.begin(); item != fetched_.end();) {
    const Fetched& fetched = item->second;
    const bool unwanted = now - fetched.since > kUnwanted && !under_way_.contains(fetched.content);
    if (unwanted) bytes_ -= fetched.bytes;
    item = unwanted ? fetched_.erase(item) : std::next(item);
  }
}

Status SiblingReader::fetch(const RemotePath& file) {
  const Context context{services_.stall_limit, std::nullopt, nullptr};
  const cache::Mark mark = services_.metadata.mark(file.parent());
  FTPSFS_TRY_ASSIGN(const Known known, services_.loader.stat(file, {}, context));
  const remote::Attributes& attributes = known.attributes;
  if (attributes.type != FileType::kFile || attributes.size == 0 || attributes.size > kLargestFile) return {};
  Fetched wanted{Version::of(attributes), services_.blocks.new_content(), attributes.size,
                 std::chrono::steady_clock::now()};
  {
    MutexLock lock(mutex_);
    if (!fetched_.emplace(file, wanted).second) return {};
    under_way_.insert(wanted.content);
    bytes_ += wanted.bytes;
  }
  Status fetched =
      fetch_content({file, attributes}, {Version::exactly(attributes), wanted.content, wanted.bytes, {}}, context);
  // The flight asked for the attributes too, so they are as young as that.
  if (fetched) services_.metadata.learn(file, attributes, mark);
  MutexLock lock(mutex_);
  under_way_.erase(wanted.content);
  const auto mine = fetched_.find(file);
  if (!fetched && mine != fetched_.end() && mine->second.content == wanted.content) {
    bytes_ -= wanted.bytes;
    fetched_.erase(mine);
  }
  done_.notify_all();
  return fetched;
}

Status SiblingReader::fetch_content(const remote::Named& file, const Fetched& wanted, const Context& context) {
  const auto kept = services_.disk ? DiskContent::of(file.path, wanted.version) : std::nullopt;
  if (kept) {
    FTPSFS_TRY_ASSIGN(const bool found, fetch_from_disk(file, wanted, *kept, context));
    if (found) return {};
  }
  const bool settled = kept && cache::is_settled(*kept);
  FTPSFS_TRY_ASSIGN(const auto reader,
                    services_.remote.open_reader({file.path, wanted.version, 0, wanted.bytes, true}, context));
  for (std::uint64_t at = 0; at < wanted.bytes; at += cache::kBlockSize) {
    auto block = std::make_shared<cache::Block>(std::min<std::uint64_t>(cache::kBlockSize, wanted.bytes - at));
    FTPSFS_TRY(read_exactly(*reader, *block, context));
    if (settled) services_.disk->offer(*kept, at / cache::kBlockSize, block);
    services_.blocks.insert({wanted.content, at / cache::kBlockSize}, std::move(block));
  }
  read_end(*reader, context);
  return {};
}

// True when all of it is on disk. Then the server is asked no more than whether it still has this version.
Result<bool> SiblingReader::fetch_from_disk(const remote::Named& file, const Fetched& wanted, const DiskContent& kept,
                                            const Context& context) {
  const std::uint64_t count = (wanted.bytes + cache::kBlockSize - 1) / cache::kBlockSize;
  if (!services_.disk->holds(kept, 0, count)) return false;
  FTPSFS_TRY_ASSIGN(const auto told, services_.remote.refine({file}, true, context));
  if (!told.front() || !wanted.version.may_be(*told.front())) return fail(ErrorKind::kStale, "the file was replaced");
  for (std::uint64_t index = 0; index < count; ++index) {
    cache::BlockPtr block = services_.disk->find(kept, index);
    if (!block) return false;
    services_.blocks.insert({wanted.content, index}, std::move(block));
  }
  return true;
}

}  // namespace ftpsfs::vfs
