// The value of the extended attribute user.ftpsfs.status.
#pragma once

#include <string>

#include "ftpsfs/fuse/session.h"
#include "ftpsfs/vfs/filesystem.h"

namespace ftpsfs::fuse {

/// JSON of at most 60,000 bytes, which ftpsfs(1) describes: of many files the first are told, all are counted.
[[nodiscard]] std::string status_text(const MountDescription& description, const vfs::FilesystemStatus& status);

}  // namespace ftpsfs::fuse
