// Taking a mount away.
#pragma once

#include <string>

#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

struct UnmountHow {
  bool lazy = false;   ///< also while it is in use; what is open stays usable
  bool force = false;  ///< also when its daemon does not answer
};

/// Root unmounts by umount2(2), anybody else by fusermount3(1). Errors: kBusy, kPermission, kIo; the message has no
/// path.
Status unmount(const std::string& mount_point, const UnmountHow& how);

}  // namespace ftpsfs::app
