// Numbers of bytes, for people.
#pragma once

#include <cstdint>
#include <string>

namespace ftpsfs::app {

/// "0 B", "2.1 MiB", "512 GiB": powers of 1024, two figures at least from KiB on.
std::string byte_text(std::uint64_t bytes);

/// "12 of 40 MiB": both in the unit of `whole`.
std::string byte_text(std::uint64_t part, std::uint64_t whole);

}  // namespace ftpsfs::app
