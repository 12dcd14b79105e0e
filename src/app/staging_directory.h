// The staging directory: private to whoever mounts.
#pragma once

#include <string>

#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

/// Makes `path` (absolute) with mode 0700, parents included, or takes away what others may do with one that is there.
/// Errors: kPermission when it belongs to somebody else or is a symbolic link, kNotDirectory, kIo.
Status prepare_staging_directory(const std::string& path);

}  // namespace ftpsfs::app
