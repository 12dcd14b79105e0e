#include "vfs/metadata_loader.h"

#include <algorithm>
#include <utility>

#include "ftpsfs/base/waiting.h"
#include "ftpsfs/remote/broken_line.h"

namespace ftpsfs::vfs {

using cache::Mark;
using remote::RemotePath;

namespace {

Result<Known> answer(const cache::Knowledge& knowledge) {
  if (!knowledge.attributes) return fail(ErrorKind::kNotFound, "no such file or directory");
  return Known{*knowledge.attributes, knowledge.learned};
}

}  // namespace

std::optional<Result<Known>> MetadataLoader::try_stat(const RemotePath& path,
                                                      std::optional<std::chrono::milliseconds> max_age) {
  const auto known = cache_.find(path, max_age);
  if (!known) return listings_.find(path, max_age);
  if (known->attributes && known->attributes->provisional) return std::nullopt;
  return answer(*known);
}

std::optional<remote::FileType> MetadataLoader::provisional_type(const RemotePath& path) {
  const auto known = cache_.find(path);
  if (!known || !known->attributes || !known->attributes->provisional) return std::nullopt;
  return known->attributes->type;
}

std::optional<Known> MetadataLoader::last_known(const RemotePath& path) {
  const auto known = cache_.find(path, cache::kAnyAge);
  if (!known || !known->attributes) return std::nullopt;
  return Known{*known->attributes, known->learned};
}

Result<Known> MetadataLoader::stat(const RemotePath& path, std::optional<std::chrono::milliseconds> max_age,
                                   const Context& context) {
  auto known = ask(path, max_age, context);
  if (known || !stale_when_offline_ || !remote::out_of_reach(known.error())) return known;
  const auto before = cache_.find(path, cache::kAnyAge);
  return before ? answer(*before) : known;
}

Result<Known> MetadataLoader::ask(const RemotePath& path, std::optional<std::chrono::milliseconds> max_age,
                                  const Context& context) {
  if (auto known = try_stat(path, max_age)) return *std::move(known);
  if (provisional_type(path)) {
    FTPSFS_TRY(settle(path, context));
    if (auto known = try_stat(path, max_age)) return *std::move(known);
  }
  if (!remote_.capabilities().stat_one && !path.is_root()) return stat_through_listing(path, context);
  const Mark mark = cache_.mark(path.parent());
  auto told = remote_.stat(path, context);
  bool current = true;
  if (told) {
    current = cache_.learn(path, *told, mark);
  } else if (told.error().kind == ErrorKind::kNotFound) {
    current = cache_.learn_absent(path, mark);
  }
  if (!current) {
    // A change of ours came between: what it left behind, if it was about this name, is newer than the answer.
    if (auto known = try_stat(path, max_age)) return *std::move(known);
  }
  if (!told) return fail(std::move(told).error());
  return Known{*std::move(told), mark.taken};
}

Result<Known> MetadataLoader::stat_through_listing(const RemotePath& path, const Context& context) {
  FTPSFS_TRY_ASSIGN(const auto answered, listings_.request(path.parent(), context));
  if (provisional_type(path)) FTPSFS_TRY(settle(path, context));  // it was a glance that told
  if (auto known = try_stat(path, {})) return *std::move(known);
  // Even an answer that lost to a change of ours, and so was not taken in, is the best there is for this request.
  const auto& entries = answered.listing->entries;
  const auto found = entries.find(path.name());
  if (!found) return fail(ErrorKind::kNotFound, "no such file or directory");
  remote::Attributes attributes = entries.attributes(*found);
  if (!attributes.provisional) return Known{std::move(attributes), answered.listing->learned};
  FTPSFS_TRY_ASSIGN(auto told, remote_.refine({{path, std::move(attributes)}}, false, context));
  if (!told.front()) return fail(ErrorKind::kNotFound, "no such file or directory");
  return Known{*std::move(told.front()), answered.listing->learned};
}

// Waits for whoever completes the name already, or completes it with its neighbours.
Status MetadataLoader::settle(const RemotePath& path, const Context& context) {
  const RemotePath directory = path.parent();
  FTPSFS_TRY(listings_.await(path, context));
  {
    MutexLock lock(mutex_);
    while (completing_.contains(directory)) FTPSFS_TRY(wait_briefly(completed_, mutex_, context));
  }
  if (!provisional_type(path)) return {};
  std::vector<remote::Named> names;
  std::vector<Completion> plans;
  if (auto planned = plan(directory, path.name(), names)) plans.push_back(*std::move(planned));
  return complete_planned(plans, names, false, context);
}

Status MetadataLoader::complete(const std::vector<RemotePath>& directories, const Context& context) {
  std::vector<remote::Named> names;
  std::vector<Completion> plans;
  for (const RemotePath& directory : directories) {
    if (auto planned = plan(directory, {}, names)) plans.push_back(*std::move(planned));
  }
  return complete_planned(plans, names, true, context);
}

// Adds the provisional names of a directory, from `from` on, to those that are to be asked for. Nothing when there are
// none, or somebody else is at it.
std::optional<MetadataLoader::Completion> MetadataLoader::plan(const RemotePath& directory, std::string_view from,
                                                               std::vector<remote::Named>& names) {
  constexpr std::size_t kMostNames = 1024;
  const Mark mark = cache_.mark(directory);  // first: a change after the listing was taken must win
  Completion planned{directory, cache_.listing(directory), mark, names.size(), {}};
  if (!planned.listing) return std::nullopt;
  const auto& entries = planned.listing->entries;
  for (auto place = entries.lower_bound(from); place < entries.size() && planned.places.size() < kMostNames; ++place) {
    if (!entries.provisional(place)) continue;
    auto path = directory.child(entries.name(place));
    if (!path) continue;
    names.push_back({*std::move(path), entries.attributes(place)});
    planned.places.push_back(place);
  }
  if (planned.places.empty()) return std::nullopt;
  MutexLock lock(mutex_);
  if (!completing_.insert(directory).second) {
    names.resize(planned.first);
    return std::nullopt;
  }
  return planned;
}

// The answers keep the age of the listing that named them.
Status MetadataLoader::complete_planned(std::vector<Completion>& plans, const std::vector<remote::Named>& names,
                                        bool ahead, const Context& context) {
  if (plans.empty()) return {};
  const auto told = remote_.refine(names, ahead, context);
  for (const Completion& done : plans) {
    if (!told) break;
    const cache::EntryList& entries = done.listing->entries;
    std::vector<remote::Entry> completed;
    std::vector<std::string_view> gone;
    for (std::size_t i = 0; i < done.places.size(); ++i) {
      const std::string_view name = entries.name(done.places[i]);
      if (const auto& attributes = (*told)[done.first + i]) {
        completed.push_back({std::string(name), *attributes});
      } else {
        gone.push_back(name);
      }
    }
    cache_.learn_listing(done.directory, entries.amended(completed, gone),
                         Mark{done.mark.value, done.listing->learned});
  }
  MutexLock lock(mutex_);
  for (const Completion& done : plans) completing_.erase(done.directory);
  completed_.notify_all();
  if (!told) return fail(told.error());
  return {};
}

Result<MetadataLoader::Found> MetadataLoader::glance(const std::vector<remote::GlanceRequest>& requests,
                                                     const Context& context) {
  std::vector<remote::GlanceRequest> wanted;
  std::vector<std::pair<Mark, Mark>> marks;  // of the directory, and of the one it stands in
  for (const remote::GlanceRequest& request : requests) {
    if (cache_.listing(request.directory) || !listings_.claim(request.directory)) continue;
    wanted.push_back(request);
    marks.emplace_back(cache_.mark(request.directory), cache_.mark(request.directory.parent()));
  }
  Found found;
  if (wanted.empty()) return found;
  auto glances = remote_.glance(wanted, context);
  for (std::size_t i = 0; glances && i < wanted.size(); ++i) {
    remote::Glance& glance = (*glances)[i];
    const RemotePath& directory = wanted[i].directory;
    if (glance.itself) cache_.learn(directory, *glance.itself, marks[i].second);
    if (!glance.entries) continue;
    if (!cache_.learn_listing(directory, *glance.entries, marks[i].first)) continue;
    if (auto listing = cache_.listing(directory)) found.emplace_back(directory, std::move(listing));
  }
  for (const remote::GlanceRequest& request : wanted) {
    const auto listed =
        std::find_if(found.begin(), found.end(), [&](const auto& each) { return each.first == request.directory; });
    const bool told = listed != found.end();
    listings_.land(request.directory, {told ? listed->second : nullptr, told, std::nullopt});
  }
  if (!glances) return fail(std::move(glances).error());
  return found;
}

}  // namespace ftpsfs::vfs
