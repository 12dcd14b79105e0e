// Directory entries as the kernel wants them laid out.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

#include "ftpsfs/vfs/filesystem.h"

namespace ftpsfs::fuse {

/// A part of a directory: "." and ".." come before all entries. The offset of an entry's successor is its number
/// counted from 1, the dots included, so offset 0 is the beginning.
struct DirectoryView {
  vfs::NodeId node = 0;
  std::size_t first = 0;  ///< number of the first of `entries`, counted from 0 and without the dots
  const std::vector<vfs::DirectoryEntry>& entries;
};

/// The number of the first entry that stands at `offset` or behind it.
[[nodiscard]] std::size_t first_entry_at(off_t offset);
/// No more entries than this fit into `size` bytes, without their attributes or with them.
[[nodiscard]] std::size_t most_plain_entries(std::size_t size);
[[nodiscard]] std::size_t most_entries_with_attributes(std::size_t size);

/// The entries of the part from `offset` on, as many as fit into `size` bytes.
[[nodiscard]] std::vector<char> plain_entries(const DirectoryView& directory, off_t offset, std::size_t size);

/// The same with each entry's attributes, where `filesystem` offers them: that counts as a lookup of that name. Where
/// it does not, and for "." and "..", the kernel is told the name alone.
[[nodiscard]] std::vector<char> entries_with_attributes(vfs::Filesystem& filesystem, const DirectoryView& directory,
                                                        off_t offset, std::size_t size);

}  // namespace ftpsfs::fuse
