// Small text tools of the fake server.
#include "fakes/fake_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace ftpsfs::test {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ')); }

std::string_view after_first_word(std::string_view text) {
  const std::size_t space = text.find(' ');
  return space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
}

std::vector<std::string> site_words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const char end = text.front() == '"' ? '"' : ' ';
    std::string& word = words.emplace_back();
    std::size_t at = end == '"' ? 1 : 0;
    for (; at < text.size() && text[at] != end; ++at) {
      if (end == '"' && text[at] == '\\' && at + 1 < text.size()) ++at;
      word += text[at];
    }
    text.remove_prefix(std::min(at + 1, text.size()));
  }
  return words;
}

std::string to_latin1(std::string_view utf8) {
  std::string text;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x80) {
      text += utf8[i];
    } else if ((byte == 0xc2 || byte == 0xc3) && i + 1 < utf8.size()) {
      text += static_cast<char>(((byte & 3U) << 6U) | (static_cast<unsigned char>(utf8[++i]) & 0x3fU));
    } else if (byte >= 0xc0) {
      text += '?';
    }
  }
  return text;
}

std::string from_latin1(std::string_view text) {
  std::string utf8;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) utf8 += static_cast<char>(0xc0U | (byte >> 6U));
    utf8 += byte < 0x80 ? c : static_cast<char>(0x80U | (byte & 0x3fU));
  }
  return utf8;
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (;;) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::uint64_t> to_number(std::string_view text, int base) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string time_value(std::int64_t seconds_since_1970) {
  const std::time_t time = seconds_since_1970;
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y%m%d%H%M%S", &parts);
  return {text.data(), length};
}

bool is_time_value(std::string_view text) {
  return text.size() == 14 && std::all_of(text.begin(), text.end(), is_digit);
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  if (!is_time_value(text)) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t length) {
    return static_cast<int>(*to_number(text.substr(at, length)));
  };
  std::tm parts{};
  parts.tm_year = number(0, 4) - 1900;
  parts.tm_mon = number(4, 2) - 1;
  parts.tm_mday = number(6, 2);
  parts.tm_hour = number(8, 2);
  parts.tm_min = number(10, 2);
  parts.tm_sec = number(12, 2);
  const std::int64_t time = timegm(&parts);
  return time_value(time) == text ? std::optional(time) : std::nullopt;
}

std::string huge_reply(std::size_t bytes) {
  std::string reply = "211-Begin\n";
  while (reply.size() < bytes) reply += " This line is one of very many in a very long reply\n";
  return reply + "211 End";
}

}  // namespace ftpsfs::test
