// Result<T>: a value or an Error; FTPSFS_TRY propagates the error to the caller.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "ftpsfs/base/error.h"

namespace ftpsfs {

template <typename T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

/// Shorthand for returning a failure: `return fail(ErrorKind::kInvalid, "...")`.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorKind kind, std::string message, int reply_code = 0) {
  return tl::unexpected<Error>(Error{kind, std::move(message), reply_code, false});
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace ftpsfs

#define FTPSFS_CONCAT_INNER(a, b) a##b
#define FTPSFS_CONCAT(a, b) FTPSFS_CONCAT_INNER(a, b)

/// FTPSFS_TRY(expression): returns the error of a Status to the caller.
#define FTPSFS_TRY(expression)                                                    \
  do {                                                                            \
    if (auto ftpsfs_status = (expression); !ftpsfs_status) {                      \
      return ::tl::unexpected<::ftpsfs::Error>(std::move(ftpsfs_status).error()); \
    }                                                                             \
  } while (false)

/// FTPSFS_TRY_ASSIGN(auto value, expression): declares or assigns the value of a Result, or returns its error. It is
/// several statements: never the body of an if or a loop without braces.
#define FTPSFS_TRY_ASSIGN(target, expression) \
  FTPSFS_TRY_ASSIGN_INNER(FTPSFS_CONCAT(ftpsfs_result_, __LINE__), target, expression)
// NOLINTBEGIN(bugprone-macro-parentheses): `target` may be a declaration
#define FTPSFS_TRY_ASSIGN_INNER(name, target, expression)                       \
  auto name = (expression);                                                     \
  if (!name) return ::tl::unexpected<::ftpsfs::Error>(std::move(name).error()); \
  target = std::move(*name)
// NOLINTEND(bugprone-macro-parentheses)
