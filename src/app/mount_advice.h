// What a person can do when a server cannot be mounted.
#pragma once

#include <string>

#include "app/source_url.h"
#include "ftpsfs/base/error.h"

namespace ftpsfs::app {

struct Explanation {
  std::string what;    ///< failed, in the words of the error: safe to show
  std::string remedy;  ///< empty when none is known
};

[[nodiscard]] Explanation explain(const Error& error, const Source& source, const std::string& user);

/// All of that in one line, with the server before it.
[[nodiscard]] std::string explain_failure(const Error& error, const Source& source, const std::string& user);

}  // namespace ftpsfs::app
