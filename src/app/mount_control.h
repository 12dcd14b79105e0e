// MountControl: what one can ask of a running mount. It speaks through the extended attributes of the mount's root
// directory, so that no socket is opened and getfattr(1) and setfattr(1) do as well.
#pragma once

#include <memory>
#include <string>

#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

/// Each call blocks until the mount answers. The error's message is the operating system's, without a path. Errors of
/// all calls: kUnsupported when the directory is not the root of an ftpsfs mount, kPermission when it is another
/// user's, kConnectionLost when the daemon has died, kInterrupted, kIo.
class MountControl {
 public:
  virtual ~MountControl() = default;

  /// What waits, what is in use, what went wrong: a JSON text, for parse_mount_status().
  virtual Result<std::string> status() = 0;
  /// Returns when all that waited is on the server. Errors besides: those of an upload that failed.
  virtual Status sync() = 0;
  /// Tries the upload of `path` now, which is relative to the root; with an empty one, that of every failed file.
  /// Errors besides: kNotFound when no such file waits, those of an upload that failed.
  virtual Status retry(const std::string& path) = 0;
  /// Forgets the changes of `path` that could not be uploaded. Errors besides: kNotFound when no such file failed.
  virtual Status discard(const std::string& path) = 0;
};

/// `root` is the root directory of a mount, as find_mount_root() tells.
std::unique_ptr<MountControl> control_mount(std::string root);

}  // namespace ftpsfs::app
