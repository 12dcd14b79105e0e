// What a person can do when a server cannot be mounted.
#pragma once

#include <string>

#include "app/source_url.h"
#include "ftpsfs/base/error.h"

namespace ftpsfs::app {

/// One line: what failed, in the words of `error`, and what to do about it.
[[nodiscard]] std::string explain_failure(const Error& error, const Source& source, const std::string& user);

}  // namespace ftpsfs::app
