// Nodes as the kernel sees them: numbers and what stat(2) tells.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "ftpsfs/remote/attributes.h"

namespace ftpsfs::vfs {

/// Names one file or directory between lookup and forget; never reused while the mount lives.
using NodeId = std::uint64_t;
inline constexpr NodeId kRootNode = 1;

/// What stat(2) tells of a node.
struct NodeAttributes {
  NodeId node = 0;
  std::uint64_t inode = 0;  ///< st_ino: stable over remounts as long as the name stays
  remote::FileType type = remote::FileType::kFile;
  std::uint32_t mode = 0;  ///< permission bits only
  std::uint32_t links = 1;
  std::uint64_t size = 0;  ///< bytes
  std::int64_t mtime = 0;  ///< seconds since 1970
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::chrono::milliseconds valid_for{0};  ///< how long the kernel may answer for us
};

/// One line of a directory as readdir(3) tells it.
struct DirectoryEntry {
  std::string name;
  NodeAttributes attributes;  ///< `node` is 0 until the kernel asks for it with look_up
};

}  // namespace ftpsfs::vfs
