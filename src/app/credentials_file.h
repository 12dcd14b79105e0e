// The file of -o credentials=FILE.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

/// What a file of credentials tells; each may be missing.
struct StoredLogin {
  std::optional<std::string> user;
  std::optional<std::string> password;
  std::optional<std::string> proxy_password = {};
};

/// Lines `username=NAME`, `password=SECRET` and `proxy_password=SECRET`, each at most once. What follows '=' counts to
/// the end of the line, blanks included. Blank lines and lines that begin with '#' are skipped. Errors: kInvalid with
/// the number of the line; no message repeats what stands there.
Result<StoredLogin> parse_credentials(std::string_view text);

}  // namespace ftpsfs::app
