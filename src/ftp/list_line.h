// One line of LIST, in each format that servers write. The name is not yet checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ftpsfs/ftp/listing.h"

namespace ftpsfs::ftp {

/// "-rw-r--r--   1 user  group   1234 Mar  3 14:05 name", as ls -l writes it. nullopt: the line is of another format.
[[nodiscard]] std::optional<ListedEntry> parse_unix_line(std::string_view line, std::int64_t now);

/// "03-03-24  02:05PM       <DIR>          name", as IIS writes it. nullopt: the line is of another format.
[[nodiscard]] std::optional<ListedEntry> parse_dos_line(std::string_view line);

}  // namespace ftpsfs::ftp
