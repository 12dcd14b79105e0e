// Directories that are private to whoever mounts: where written files wait, and where contents are kept.
#pragma once

#include <string>
#include <string_view>

#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

/// Makes `path` (absolute) with mode 0700, parents included, or takes away what others may do with one that is there.
/// `purpose` ("staging") and `option`, which chooses another, are for the message. Errors: kPermission when it belongs
/// to somebody else or is a symbolic link, kNotDirectory, kIo.
Status prepare_private_directory(const std::string& path, std::string_view purpose, std::string_view option);

}  // namespace ftpsfs::app
