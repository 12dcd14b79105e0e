// Servers of other kinds, known by the first words they say.
#pragma once

#include <cstdint>
#include <string_view>

namespace ftpsfs::app {

struct Stranger {
  std::string_view what;    ///< "an SSH server"
  std::string_view remedy;  ///< what to do when FTP was meant
};

/// `words`: the first a server said, unasked or after a question in HTTP. Null when nobody we know talks so.
[[nodiscard]] const Stranger* find_stranger(std::string_view words, std::uint16_t port);

/// True for what an FTP server begins with, whatever it is: three digits, then a blank or a hyphen (RFC 959 section
/// 4.2).
[[nodiscard]] bool is_reply(std::string_view words);

}  // namespace ftpsfs::app
