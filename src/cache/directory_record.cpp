#include "cache/directory_record.h"

#include <utility>
#include <vector>

#include "cache/weight.h"

namespace ftpsfs::cache {
namespace {

std::size_t weight_of_listing(const Listing& listing) {
  return heap_bytes(kControlBlock + sizeof listing) + listing.entries.bytes();
}

}  // namespace

std::optional<Knowledge> DirectoryRecord::find(std::string_view name) const {
  if (const auto newer = newer_.find(name); newer != newer_.end()) return newer->second;
  if (!listing_) return std::nullopt;
  const auto place = listing_->entries.find(name);
  if (!place) return Knowledge{std::nullopt, listing_->learned};
  return Knowledge{listing_->entries.attributes(*place), listing_->learned};
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
  std::vector<remote::Entry> present;
  std::vector<std::string_view> gone;
  for (const auto& [name, knowledge] : newer_) {
    if (knowledge->attributes) {
      present.push_back({name, *knowledge->attributes});
    } else {
      gone.push_back(name);
    }
  }
  listing_ = std::make_shared<Listing>(Listing{listing_->entries.amended(present, gone), listing_->learned});
  listing_bytes_ = weight_of_listing(*listing_);
  folded_ = true;
}

}  // namespace ftpsfs::cache
