// umount.fuse.ftpsfs: what umount(8) calls for a mount of ours.
#pragma once

#include <span>
#include <string>

#include "app/unmount.h"
#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

struct UmountLine {
  std::string mount_point;
  UnmountHow how;
  std::string mount_namespace;  ///< of the mount, a file in /proc; empty: ours
};

/// True when the program was called by the name umount(8) looks for.
[[nodiscard]] bool is_umount_helper(std::string_view program);

/// The words of umount(8), the program's name first: `MOUNTPOINT [-flnrv] [-N NAMESPACE] [-t TYPE]`, in any order.
/// Errors: kInvalid.
Result<UmountLine> parse_umount_line(std::span<const std::string> words);

/// Waits until what was written is on the server, unmounts, and waits until the daemon has ended. Returns the exit
/// status, as umount(8) has them; what went wrong, or still waits, is on standard error. To be called while there are
/// no threads.
int run_umount_helper(std::span<const std::string> words);

}  // namespace ftpsfs::app
