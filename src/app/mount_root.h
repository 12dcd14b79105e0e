// Where a path lies in a mount.
#pragma once

#include <string>

#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

/// The root directory of the file system that `path` is on, absolute and without symbolic links. Nothing is asked of a
/// server for it. Errors: kNotFound, kPermission, kConnectionLost (the daemon of a mount has died), kIo; with the path.
Result<std::string> find_mount_root(const std::string& path);

/// `path` as seen from `root`, a result of find_mount_root(): one that begins with '/' is a path of this system, which
/// need not exist, but its directory must; any other is relative to the root already. "." and ".." are resolved, empty
/// stands for the root. Errors: kInvalid when it leads out of the mount; without the path.
Result<std::string> path_within(const std::string& root, const std::string& path);

}  // namespace ftpsfs::app
