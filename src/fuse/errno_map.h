// The one place where an error becomes an errno.
#pragma once

#include "ftpsfs/base/error.h"

namespace ftpsfs::fuse {

/// The errno that makes tools do the right thing; never 0.
[[nodiscard]] int to_errno(ErrorKind kind);

/// True for what a program may run into every day (a missing file, a refused permission), as opposed to trouble with
/// the server that whoever runs the mount should find in the log.
[[nodiscard]] bool is_everyday(ErrorKind kind);

}  // namespace ftpsfs::fuse
