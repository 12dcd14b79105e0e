// Directory entries as the kernel wants them laid out.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

#include "ftpsfs/vfs/filesystem.h"

namespace ftpsfs::fuse {

/// A directory being read: "." and ".." come first, then `entries`. The offset of an entry's successor is its number
/// counted from 1, so offset 0 is the beginning, and offsets keep their meaning while `entries` stay the same.
struct DirectoryView {
  vfs::NodeId node = 0;
  const std::vector<vfs::DirectoryEntry>& entries;
};

/// The entries from `offset` on, as many as fit into `size` bytes; none at the end.
[[nodiscard]] std::vector<char> plain_entries(const DirectoryView& directory, off_t offset, std::size_t size);

/// The same with each entry's attributes, where `filesystem` offers them: that counts as a lookup of that name. Where
/// it does not, and for "." and "..", the kernel is told the name alone.
[[nodiscard]] std::vector<char> entries_with_attributes(vfs::Filesystem& filesystem, const DirectoryView& directory,
                                                        off_t offset, std::size_t size);

}  // namespace ftpsfs::fuse
