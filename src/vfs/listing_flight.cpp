#include "vfs/listing_flight.h"

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>

#include "ftpsfs/base/waiting.h"

namespace ftpsfs::vfs {

void ListingFlight::add(const std::vector<remote::Entry>& entries) {
  std::unordered_set<std::string_view> in_this_part;
  MutexLock lock(mutex_);
  std::vector<remote::Entry> fresh;
  fresh.reserve(entries.size());
  for (const remote::Entry& entry : entries) {
    if (!index_.find(told_, entry.name) && in_this_part.insert(entry.name).second) fresh.push_back(entry);
  }
  told_.append(fresh);
  index_.extend(told_);
  changed_.notify_all();
}

cache::EntryList ListingFlight::told() const {
  MutexLock lock(mutex_);
  return told_;
}

void ListingFlight::land(Landing landing) {
  MutexLock lock(mutex_);
  landing_ = std::move(landing);
  index_ = EntryIndex();
  changed_.notify_all();
}

Status ListingFlight::await(std::size_t count, const Context& context) const {
  MutexLock lock(mutex_);
  while (!landing_ && told_.size() <= count) FTPSFS_TRY(wait_briefly(changed_, mutex_, context));
  return {};
}

std::optional<ListingFlight::Landing> ListingFlight::landing() const {
  MutexLock lock(mutex_);
  return landing_;
}

std::vector<remote::Entry> ListingFlight::entries(std::size_t first, std::size_t most) const {
  MutexLock lock(mutex_);
  std::vector<remote::Entry> some;
  for (std::size_t place = first; place < told_.size() && some.size() < most; ++place) some.push_back(told_[place]);
  return some;
}

std::size_t ListingFlight::size() const {
  MutexLock lock(mutex_);
  return told_.size();
}

std::optional<remote::Attributes> ListingFlight::find(std::string_view name) const {
  MutexLock lock(mutex_);
  std::optional<std::size_t> place;
  if (!landing_) {
    place = index_.find(told_, name);
    return place ? std::optional(told_.attributes(*place)) : std::nullopt;
  }
  if (!landing_->listing) return std::nullopt;
  const cache::EntryList& entries = landing_->listing->entries;
  place = entries.find(name);
  return place ? std::optional(entries.attributes(*place)) : std::nullopt;
}

}  // namespace ftpsfs::vfs
