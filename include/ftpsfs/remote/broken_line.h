// line_broke and out_of_reach: which errors tell of the line, or of the way in, and not of what was asked.
#pragma once

#include "ftpsfs/base/error.h"

namespace ftpsfs::remote {

/// Nobody knows whether the server did what it was asked, and the next attempt may well succeed.
[[nodiscard]] inline bool line_broke(const Error& error) {
  return error.kind == ErrorKind::kConnectionLost || error.kind == ErrorKind::kTimeout ||
         error.kind == ErrorKind::kConnectionRefused || error.kind == ErrorKind::kResolve;
}

/// Nothing at all can be asked of the server now: the line broke, or it does not let us in.
[[nodiscard]] inline bool out_of_reach(const Error& error) {
  return line_broke(error) || error.kind == ErrorKind::kLogin || error.kind == ErrorKind::kCertificate ||
         error.kind == ErrorKind::kTls || error.kind == ErrorKind::kTooManySessions;
}

}  // namespace ftpsfs::remote
