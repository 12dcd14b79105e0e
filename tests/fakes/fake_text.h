// Small text tools of the fake server: words, lines, times and numbers of the FTP wire.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ftpsfs::test {

std::string upper(std::string_view text);
std::string lower(std::string_view text);

/// Up to the first space.
std::string_view first_word(std::string_view text);
/// Behind the first space; that is where a path begins, with its own spaces.
std::string_view after_first_word(std::string_view text);

/// As ProFTPD takes an argument of SITE apart: at each space, or at the end of "..." with \ before any character, so
/// that a space behind that begins an empty word.
std::vector<std::string> site_words(std::string_view text);

/// Latin-1 from UTF-8 and back; what Latin-1 has not becomes '?'.
std::string to_latin1(std::string_view utf8);
std::string from_latin1(std::string_view text);

/// At "\n"; at least one.
std::vector<std::string_view> split_lines(std::string_view text);

/// Decimal, or octal with base 8; nullopt when anything else is in it.
std::optional<std::uint64_t> to_number(std::string_view text, int base = 10);

/// YYYYMMDDHHMMSS in UTC (RFC 3659 section 2.3).
std::string time_value(std::int64_t seconds_since_1970);
[[nodiscard]] bool is_time_value(std::string_view text);
/// nullopt unless 14 digits that are a date.
std::optional<std::int64_t> parse_time(std::string_view text);

/// A multi-line 211 reply of at least `bytes` bytes.
std::string huge_reply(std::size_t bytes);

}  // namespace ftpsfs::test
