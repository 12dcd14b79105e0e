// EntryIndex: where the names of a growing list stand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ftpsfs/cache/entry_list.h"

namespace ftpsfs::vfs {

/// An open-addressed hash table of places in a list: five to ten bytes for each name. Not thread-safe.
class EntryIndex {
 public:
  /// Takes in the places from `size()` to the end of the list, which grows and never changes otherwise. Their names
  /// differ from one another and from those before.
  void extend(const cache::EntryList& list);
  [[nodiscard]] std::optional<std::size_t> find(const cache::EntryList& list, std::string_view name) const;
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr std::uint32_t kFree = UINT32_MAX;

  [[nodiscard]] std::size_t slot_of(std::string_view name) const;
  [[nodiscard]] std::size_t next(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
  void put(const cache::EntryList& list, std::uint32_t place);

  std::vector<std::uint32_t> slots_;  ///< a power of two of them
  std::size_t size_ = 0;
};

}  // namespace ftpsfs::vfs
