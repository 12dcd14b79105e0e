// The mount point: looked at before anything is asked or sent.
#pragma once

#include <string>
#include <string_view>

#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

/// Its absolute path without symbolic links. It need not be empty. Errors, each with what to do about it: kNotFound,
/// kNotDirectory, kBusy (an ftpsfs is mounted there, or one that died), kPermission, kIo.
Result<std::string> find_mount_point(const std::string& path);

/// True when the last of the mounts on `path` (absolute) is an ftpsfs; `mount_info` is /proc/self/mountinfo (proc(5)).
[[nodiscard]] bool is_ftpsfs_mounted(std::string_view mount_info, std::string_view path);

}  // namespace ftpsfs::app
