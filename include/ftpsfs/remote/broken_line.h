// line_broke: which errors tell of the line, and not of what the server thinks.
#pragma once

#include "ftpsfs/base/error.h"

namespace ftpsfs::remote {

/// Nobody knows whether the server did what it was asked, and the next attempt may well succeed.
[[nodiscard]] inline bool line_broke(const Error& error) {
  return error.kind == ErrorKind::kConnectionLost || error.kind == ErrorKind::kTimeout ||
         error.kind == ErrorKind::kConnectionRefused || error.kind == ErrorKind::kResolve;
}

}  // namespace ftpsfs::remote
