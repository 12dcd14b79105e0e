// ASCII text helpers of those who read what servers say: no locale, no allocation where a view will do.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace ftpsfs::ftp {

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] bool equal_in_any_case(std::string_view a, std::string_view b);
[[nodiscard]] bool starts_with_in_any_case(std::string_view text, std::string_view prefix);

/// `text` without spaces at either end.
[[nodiscard]] std::string_view trim(std::string_view text);

/// The number that `text` is, from its first to its last character: no sign, no spaces. nullopt: it is none, or does
/// not fit.
template <std::unsigned_integral Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text, int base = 10) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

/// `text` fit for a log line: control characters as \xNN, bytes from 0x80 up as they are, cut after 200 bytes.
[[nodiscard]] std::string printable_text(std::string_view text);

}  // namespace ftpsfs::ftp
