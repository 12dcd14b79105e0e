// The columns that Unix and DOS listings share.
#include "ftp/list_columns.h"

#include <algorithm>
#include <array>

#include "ftpsfs/ftp/ascii.h"

namespace ftpsfs::ftp {
namespace {

/// Splits "a:b:c" into three parts; of "a:b", the last one is empty.
std::array<std::string_view, 3> split_in_three(std::string_view text, char divider) {
  std::array<std::string_view, 3> parts;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    parts[i] = text.substr(0, text.find(divider));
    text.remove_prefix(std::min(parts[i].size() + 1, text.size()));
  }
  parts.back() = text;
  return parts;
}

/// A number of one or two digits.
std::optional<unsigned> short_number(std::string_view text) {
  return text.size() <= 2 ? parse_number<unsigned>(text) : std::nullopt;
}

std::optional<unsigned> year_number(std::string_view text) {
  const auto year = parse_number<unsigned>(text);
  if (!year || text.size() == 4) return year;
  if (text.size() != 2) return std::nullopt;
  return *year + (*year < 70 ? 2000 : 1900);
}

enum class HalfDay { kNone, kMorning, kAfternoon };

/// Takes "AM" or "PM" off the end of `text`.
HalfDay take_half_day(std::string_view& text) {
  const std::string_view suffix = text.substr(text.size() - std::min<std::size_t>(2, text.size()));
  const HalfDay half = equal_in_any_case(suffix, "AM")   ? HalfDay::kMorning
                       : equal_in_any_case(suffix, "PM") ? HalfDay::kAfternoon
                                                         : HalfDay::kNone;
  if (half != HalfDay::kNone) text.remove_suffix(suffix.size());
  return half;
}

unsigned hour_of_day(unsigned hour, HalfDay half) {
  if (half == HalfDay::kMorning && hour == 12) return 0;
  if (half == HalfDay::kAfternoon && hour < 12) return hour + 12;
  return hour;
}

}  // namespace

std::vector<Word> split_columns(std::string_view line) {
  constexpr std::size_t kMostColumns = 24;
  std::vector<Word> words;
  std::size_t begin = line.find_first_not_of(' ');
  while (begin != std::string_view::npos && words.size() < kMostColumns) {
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    words.push_back({line.substr(begin, end - begin), begin, end});
    begin = line.find_first_not_of(' ', end);
  }
  return words;
}

bool read_numeric_date(std::string_view text, CivilTime& time) {
  const auto [first, second, third] = split_in_three(text, '-');
  const bool year_first = first.size() == 4;
  const auto year = year_number(year_first ? first : third);
  const auto month = short_number(year_first ? second : first);
  const auto day = short_number(year_first ? third : second);
  if (!year || !month || !day) return false;
  time.year = *year;
  time.month = *month;
  time.day = *day;
  return true;
}

std::optional<TimePrecision> read_clock(std::string_view text, CivilTime& time) {
  const HalfDay half = take_half_day(text);
  const auto [hours, minutes, seconds] = split_in_three(text, ':');
  const auto hour = short_number(hours);
  const auto minute = short_number(minutes);
  if (!hour || !minute || minutes.size() != 2) return std::nullopt;
  time.hour = hour_of_day(*hour, half);
  time.minute = *minute;
  if (seconds.empty()) return TimePrecision::kMinute;

  const auto second = short_number(seconds.substr(0, seconds.find('.')));
  if (!second) return std::nullopt;
  time.second = *second;
  return TimePrecision::kSecond;
}

}  // namespace ftpsfs::ftp
