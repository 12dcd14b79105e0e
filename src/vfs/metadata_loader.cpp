#include "vfs/metadata_loader.h"

#include <algorithm>
#include <utility>

#include "vfs/waiting.h"

namespace ftpsfs::vfs {

using cache::Listing;
using cache::Mark;
using remote::RemotePath;

namespace {

Result<Known> answer(const cache::Knowledge& knowledge) {
  if (!knowledge.attributes) return fail(ErrorKind::kNotFound, "no such file or directory");
  return Known{*knowledge.attributes, knowledge.learned};
}

// In order, each name once.
void tidy(std::vector<remote::Entry>& entries) {
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  const auto same = [](const auto& a, const auto& b) { return a.name == b.name; };
  entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
}

}  // namespace

std::optional<Result<Known>> MetadataLoader::try_stat(const RemotePath& path,
                                                      std::optional<std::chrono::milliseconds> max_age) {
  const auto known = cache_.find(path, max_age);
  if (!known) return std::nullopt;
  return answer(*known);
}

Result<Known> MetadataLoader::stat(const RemotePath& path, std::optional<std::chrono::milliseconds> max_age,
                                   const Context& context) {
  if (auto known = try_stat(path, max_age)) return *std::move(known);
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
  FTPSFS_TRY_ASSIGN(const FlightPtr flight, request_listing(path.parent(), context));
  if (auto known = try_stat(path, {})) return *std::move(known);
  // Even an answer that lost to a change of ours, and so was not taken in, is the best there is for this request.
  const auto& entries = flight->listing->entries;
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.name == path.name(); });
  if (found == entries.end()) return fail(ErrorKind::kNotFound, "no such file or directory");
  return Known{found->attributes, flight->listing->learned};
}

Result<std::shared_ptr<const Listing>> MetadataLoader::list(const RemotePath& directory, const Context& context) {
  constexpr int kAttempts = 4;  // a change of ours during the request makes its answer useless
  for (int attempt = 1;; ++attempt) {
    if (auto known = cache_.listing(directory)) return known;
    FTPSFS_TRY_ASSIGN(const FlightPtr flight, request_listing(directory, context));
    if (flight->current || attempt == kAttempts) return flight->listing;
  }
}

// Lists the directory once for everybody who waits for it. A failure is told to the one who asked; others ask anew.
Result<MetadataLoader::FlightPtr> MetadataLoader::request_listing(const RemotePath& directory, const Context& context) {
  const auto flight = std::make_shared<Flight>();
  {
    MutexLock lock(mutex_);
    for (auto found = in_flight_.find(directory); found != in_flight_.end(); found = in_flight_.find(directory)) {
      const FlightPtr joined = found->second;
      while (!joined->landed) FTPSFS_TRY(wait_briefly(landed_, mutex_, context));
      if (joined->listing) return joined;
    }
    in_flight_.emplace(directory, flight);
  }
  const Mark mark = cache_.mark(directory);
  auto entries = remote_.list(directory, context);
  std::shared_ptr<const Listing> listing;
  bool current = false;
  if (entries) {
    tidy(*entries);
    current = cache_.learn_listing(directory, *entries, mark);
    if (current) listing = cache_.listing(directory);
    if (!listing) listing = std::make_shared<Listing>(Listing{std::move(*entries), mark.taken});
  }
  MutexLock lock(mutex_);
  *flight = Flight{true, std::move(listing), current};
  in_flight_.erase(directory);
  landed_.notify_all();
  if (!entries) return fail(std::move(entries).error());
  return flight;
}

}  // namespace ftpsfs::vfs
