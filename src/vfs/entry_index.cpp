#include "vfs/entry_index.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace ftpsfs::vfs {

void EntryIndex::extend(const cache::EntryList& list) {
  constexpr std::size_t kFewestSlots = 64;
  const std::size_t wanted = std::max(kFewestSlots, std::bit_ceil(list.size() + list.size() / 2));
  if (wanted > slots_.size()) {
    slots_.assign(wanted, kFree);
    size_ = 0;
  }
  for (; size_ < list.size(); ++size_) put(list, static_cast<std::uint32_t>(size_));
}

std::optional<std::size_t> EntryIndex::find(const cache::EntryList& list, std::string_view name) const {
  if (slots_.empty()) return std::nullopt;
  for (std::size_t slot = slot_of(name); slots_[slot] != kFree; slot = next(slot)) {
    if (list.name(slots_[slot]) == name) return slots_[slot];
  }
  return std::nullopt;
}

std::size_t EntryIndex::slot_of(std::string_view name) const {
  return std::hash<std::string_view>()(name) & (slots_.size() - 1);
}

void EntryIndex::put(const cache::EntryList& list, std::uint32_t place) {
  std::size_t slot = slot_of(list.name(place));
  while (slots_[slot] != kFree) slot = next(slot);
  slots_[slot] = place;
}

}  // namespace ftpsfs::vfs
