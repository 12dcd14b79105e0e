#include "cache/directory_record.h"

#include <algorithm>
#include <utility>

#include "cache/weight.h"

namespace ftpsfs::cache {
namespace {

std::size_t weight_of_listing(const Listing& listing) {
  constexpr std::size_t kControlBlock = 16;
  std::size_t sum = heap_bytes(kControlBlock + sizeof listing);
  for (const remote::Entry& entry : listing.entries) sum += weight_of(entry);
  return sum;
}

}  // namespace

void normalise(std::vector<remote::Entry>& entries) {
  if (!std::ranges::is_sorted(entries, {}, &remote::Entry::name)) {
    std::ranges::stable_sort(entries, {}, &remote::Entry::name);
  }
  const auto same_name = [](const remote::Entry& one, const remote::Entry& other) { return one.name == other.name; };
  entries.erase(std::unique(entries.begin(), entries.end(), same_name), entries.end());
  entries.shrink_to_fit();
}

std::optional<Knowledge> DirectoryRecord::find(std::string_view name) const {
  if (const auto newer = newer_.find(name); newer != newer_.end()) return newer->second;
  if (!listing_) return std::nullopt;
  const auto& entries = listing_->entries;
  const auto before = [](const remote::Entry& entry, std::string_view wanted) { return entry.name < wanted; };
  const auto entry = std::lower_bound(entries.begin(), entries.end(), name, before);
  if (entry == entries.end() || entry->name != name) return Knowledge{std::nullopt, listing_->learned};
  return Knowledge{entry->attributes, listing_->learned};
}

std::optional<Clock::TimePoint> DirectoryRecord::listed() const {
  if (!listing_ || unknown_ > 0) return std::nullopt;
  return listing_->learned;
}

std::shared_ptr<const Listing> DirectoryRecord::listing() {
  if (!listed()) return nullptr;
  if (!folded_) fold();
  return listing_;
}

void DirectoryRecord::learn_listing(std::shared_ptr<const Listing>& told) {
  if (listing_ && listing_->learned > told->learned) return;
  listing_.swap(told);
  listing_bytes_ = weight_of_listing(*listing_);
  std::erase_if(newer_, [this](const auto& item) { return !item.second || item.second->learned <= listing_->learned; });
  newer_bytes_ = 0;
  for (const auto& item : newer_) newer_bytes_ += weight_of(item);
  unknown_ = 0;
  folded_ = newer_.empty();
}

void DirectoryRecord::learn(std::string_view name, Knowledge knowledge) {
  if (const auto known = find(name); known && known->learned > knowledge.learned) return;
  set_newer(name, std::move(knowledge));
}

void DirectoryRecord::forget(std::string_view name) { set_newer(name, std::nullopt); }

std::size_t DirectoryRecord::weight_of(const Newer::value_type& item) {
  constexpr std::size_t kTreeNode = 4 * sizeof(void*);
  std::size_t sum = heap_bytes(kTreeNode + sizeof item) + heap_bytes(item.first);
  if (item.second && item.second->attributes) sum += heap_bytes(*item.second->attributes);
  return sum;
}

void DirectoryRecord::set_newer(std::string_view name, std::optional<Knowledge> knowledge) {
  auto item = newer_.find(name);
  if (item == newer_.end()) {
    item = newer_.try_emplace(std::string(name)).first;
  } else {
    newer_bytes_ -= weight_of(*item);
    if (!item->second) --unknown_;
  }
  item->second = std::move(knowledge);
  newer_bytes_ += weight_of(*item);
  if (!item->second) ++unknown_;
  folded_ = false;
}

void DirectoryRecord::fold() {
  auto folded = std::make_shared<Listing>();
  folded->learned = listing_->learned;
  folded->entries.reserve(listing_->entries.size() + newer_.size());
  auto told = listing_->entries.begin();
  const auto end = listing_->entries.end();
  for (const auto& [name, knowledge] : newer_) {
    while (told != end && told->name < name) folded->entries.push_back(*told++);
    if (told != end && told->name == name) ++told;
    if (knowledge->attributes) folded->entries.push_back({name, *knowledge->attributes});
  }
  folded->entries.insert(folded->entries.end(), told, end);
  folded->entries.shrink_to_fit();
  listing_bytes_ = weight_of_listing(*folded);
  listing_ = std::move(folded);
  folded_ = true;
}

}  // namespace ftpsfs::cache
