// The mount point: looked at before anything is asked or sent.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

/// Who mounted: user and group by number.
struct MountOwner {
  uid_t user = 0;
  gid_t group = 0;
};

/// Its absolute path without symbolic links. It need not be empty. Errors, each with what to do about it: kNotFound,
/// kNotDirectory, kBusy (an ftpsfs is mounted there, or one that died), kPermission, kIo.
Result<std::string> find_mount_point(const std::string& path);

/// Who mounted the ftpsfs that is the last of the mounts on `path` (absolute); nothing when that is none. `mount_info`
/// is /proc/self/mountinfo (proc(5)).
[[nodiscard]] std::optional<MountOwner> find_ftpsfs_mount(std::string_view mount_info, std::string_view path);

/// True when there is one.
[[nodiscard]] bool is_ftpsfs_mounted(std::string_view mount_info, std::string_view path);

/// The text of /proc/self/mountinfo as it is now.
[[nodiscard]] std::string read_mount_info();

}  // namespace ftpsfs::app
