// mount(8)'s table of what the kernel does not keep about a mount.
#pragma once

#include <string>

namespace ftpsfs::app {

/// Has umount(8) find our helper when root calls it with an absolute path: without an entry in the table it takes the
/// type from statfs(2), which is plain "fuse". Only root needs it and may write there. Best effort, within a moment.
void note_umount_helper(const std::string& source, const std::string& mount_point);

}  // namespace ftpsfs::app
