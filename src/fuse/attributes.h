// What the file system tells of files, in the structures of stat(2) and statvfs(3).
#pragma once

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <optional>

#include "ftpsfs/remote/remote_fs.h"
#include "ftpsfs/vfs/node.h"

namespace ftpsfs::fuse {

/// S_IFREG, S_IFDIR or S_IFLNK.
[[nodiscard]] mode_t type_bits(remote::FileType type);

[[nodiscard]] struct stat to_stat(const vfs::NodeAttributes& attributes);

/// Where the server does not tell, numbers so large that no program refuses to write.
[[nodiscard]] struct statvfs to_statvfs(const std::optional<remote::Space>& space);

}  // namespace ftpsfs::fuse
