// Filling the buffers of READDIR and READDIRPLUS.
#include "fuse/directory_buffer.h"

#include "fuse/attributes.h"
#include "fuse/replies.h"

namespace ftpsfs::fuse {
namespace {

constexpr std::size_t kDots = 2;             ///< "." and ".."
constexpr ino_t kUnknownInode = 0xffffffff;  ///< what libfuse's own file systems tell when they do not know

const vfs::DirectoryEntry& entry_at(const DirectoryView& directory, std::size_t index) {
  return directory.entries[index - kDots - directory.first];
}

const char* name_at(const DirectoryView& directory, std::size_t index) {
  constexpr const char* kDotNames[kDots] = {".", ".."};
  return index < kDots ? kDotNames[index] : entry_at(directory, index).name.c_str();
}

/// Inode and type of an entry; the kernel ignores the rest here.
struct stat brief_stat(const DirectoryView& directory, std::size_t index) {
  struct stat result {};
  if (index < kDots) {
    result.st_ino = kUnknownInode;
    result.st_mode = S_IFDIR;
  } else {
    const vfs::NodeAttributes& attributes = entry_at(directory, index).attributes;
    result.st_ino = attributes.inode;
    result.st_mode = type_bits(attributes.type);
  }
  return result;
}

/// Calls `add(index, into, room)` for each entry while it fits; `add` returns the bytes it needs and writes them when
/// there is room for them.
template <typename Add>
std::vector<char> fill(const DirectoryView& directory, off_t offset, std::size_t size, Add add) {
  std::vector<char> buffer(size);
  std::size_t used = 0;
  const std::size_t count = directory.first + directory.entries.size() + kDots;
  for (auto index = static_cast<std::size_t>(offset); index < count; ++index) {
    const std::size_t needed = add(index, buffer.data() + used, size - used);
    if (needed > size - used) break;
    used += needed;
  }
  buffer.resize(used);
  return buffer;
}

off_t offset_behind(std::size_t index) { return static_cast<off_t>(index + 1); }

fuse_entry_param entry_with_attributes(vfs::Filesystem& filesystem, const DirectoryView& directory, std::size_t index) {
  if (index >= kDots) {
    const auto known = filesystem.try_offer(directory.node, entry_at(directory, index).name);
    if (known) return to_entry(*known);
  }
  fuse_entry_param name_alone{};
  name_alone.attr = brief_stat(directory, index);
  return name_alone;
}

std::size_t most_entries(std::size_t size, std::size_t smallest) { return size / smallest + 1; }

}  // namespace

std::size_t first_entry_at(off_t offset) {
  const auto index = static_cast<std::size_t>(offset);
  return index < kDots ? 0 : index - kDots;
}

std::size_t most_plain_entries(std::size_t size) {
  return most_entries(size, fuse_add_direntry(nullptr, nullptr, 0, "x", nullptr, 0));
}

std::size_t most_entries_with_attributes(std::size_t size) {
  return most_entries(size, fuse_add_direntry_plus(nullptr, nullptr, 0, "x", nullptr, 0));
}

std::vector<char> plain_entries(const DirectoryView& directory, off_t offset, std::size_t size) {
  return fill(directory, offset, size, [&](std::size_t index, char* into, std::size_t room) {
    const struct stat told = brief_stat(directory, index);
    return fuse_add_direntry(nullptr, into, room, name_at(directory, index), &told, offset_behind(index));
  });
}

std::vector<char> entries_with_attributes(vfs::Filesystem& filesystem, const DirectoryView& directory, off_t offset,
                                          std::size_t size) {
  return fill(directory, offset, size, [&](std::size_t index, char* into, std::size_t room) {
    const char* name = name_at(directory, index);
    const std::size_t needed = fuse_add_direntry_plus(nullptr, nullptr, 0, name, nullptr, 0);
    if (needed > room) return needed;  // before anything is looked up for it
    const fuse_entry_param entry = entry_with_attributes(filesystem, directory, index);
    return fuse_add_direntry_plus(nullptr, into, room, name, &entry, offset_behind(index));
  });
}

}  // namespace ftpsfs::fuse
