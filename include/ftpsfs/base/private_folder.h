// Folders on the local disk that are private to this user, and used by one process at a time.
#pragma once

#include <string>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/result.h"
#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs {

/// kNoSpace on a full disk, else kIo; the message begins with `what`.
Error disk_error(const std::string& what, int saved_errno);

/// Makes a directory with mode 0700 when it is missing; from then on a power cut does not take it away. `path` is
/// absolute. Errors: kNoSpace, kIo.
Status make_private_folder(const std::string& path);

/// The same, and opens it, and takes away what others may do with it. Errors: kPermission when it belongs to somebody
/// else, kNoSpace, kIo, as for a symbolic link.
Result<UniqueFd> open_private_folder(const std::string& path);

/// Takes a folder for this process until the result is closed; waits for another to let go. `path` is for messages.
/// Errors: kBusy at the deadline, kNoSpace, kIo.
Result<UniqueFd> lock_folder(int folder, const std::string& path, const Deadline& patience);

}  // namespace ftpsfs
