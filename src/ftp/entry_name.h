// What every entry of a listing must satisfy, whatever its format: a name that is one path component, a size that fits.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ftpsfs/base/result.h"

namespace ftpsfs::ftp {

/// "." or "..": the listed directory and its parent.
[[nodiscard]] bool is_dot_name(std::string_view name);

/// Errors: kProtocol when `name` is empty or holds '/', NUL, CR or LF.
Status check_entry_name(std::string_view name);

/// A size in bytes, in decimal. nullopt: not a number, negative, or not below 2^63.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

}  // namespace ftpsfs::ftp
