#include "remote/server_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include "remote/ability.h"

namespace ftpsfs::remote {
namespace {

using std::chrono::sys_days;

constexpr std::chrono::days kDoubtAfter{7};
/// One odd refusal may have said that something is lacking, and one command more asks again.
constexpr std::chrono::days kDoubtLackAfter{1};

constexpr std::string_view kHeading =
    "# What ftpsfs found out about this server. After a week, or a day for what it lacks, it is tried again.\n";

struct Field {
  std::string_view name;
  std::string ServerNotes::*text;
};
constexpr std::array kFields{Field{"greeting ", &ServerNotes::greeting}, Field{"system ", &ServerNotes::system},
                             Field{"features ", &ServerNotes::features}};

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// "1.0.49" or "8.5", but no address and no time.
bool is_version(std::string_view word) {
  if (!is_digit(word.front()) || !is_digit(word.back())) return false;
  const auto dots = std::count(word.begin(), word.end(), '.');
  return (dots == 1 || dots == 2) &&
         std::all_of(word.begin(), word.end(), [](char c) { return is_digit(c) || c == '.'; });
}

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

/// "2026-11-27"
std::optional<sys_days> parse_day(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  if (!read_number(text.substr(0, 4), year) || !read_number(text.substr(5, 2), month) ||
      !read_number(text.substr(8, 2), day)) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return sys_days(date);
}

std::string day_text(sys_days day) {
  const std::chrono::year_month_day date(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

void take_line(std::string_view line, ServerNotes& notes) {
  for (const Field& field : kFields) {
    if (line.starts_with(field.name)) notes.*field.text = line.substr(field.name.size());
  }
  const auto day = parse_day(line.substr(0, line.find(' ')));
  if (day && line.find(' ') != std::string_view::npos) {
    notes.notes.push_back({std::string(line.substr(line.find(' ') + 1)), *day});
  }
}

}  // namespace

std::string lasting_part(std::string_view greeting) {
  constexpr std::string_view kBetweenWords = " ;,()[]<>";
  std::string result;
  while (!greeting.empty()) {
    const auto end = std::min(greeting.find_first_of(kBetweenWords), greeting.size());
    const std::string_view word = greeting.substr(0, end);
    for (const char c : word) {
      if (is_version(word) || !is_digit(c)) result += c;
    }
    if (end < greeting.size()) result += greeting[end];
    greeting.remove_prefix(std::min(end + 1, greeting.size()));
  }
  return result;
}

std::string to_text(const ServerNotes& notes) {
  std::string text(kHeading);
  for (const Field& field : kFields) text += fmt::format("{}{}\n", field.name, notes.*field.text);
  for (const ServerNote& note : notes.notes) text += fmt::format("{} {}\n", day_text(note.since), note.observation);
  return text;
}

ServerNotes parse_notes(std::string_view text) {
  ServerNotes notes;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    take_line(text.substr(0, end), notes);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return notes;
}

ServerNotes without_old(ServerNotes notes, sys_days today) {
  std::erase_if(notes.notes, [=](const ServerNote& note) {
    const auto lasts = ability_lacking(note.observation) ? kDoubtLackAfter : kDoubtAfter;
    return note.since > today || today - note.since > lasts;
  });
  return notes;
}

std::vector<ServerNote> dated(const std::vector<std::string>& observations, const std::vector<ServerNote>& before,
                              sys_days today) {
  std::vector<ServerNote> notes;
  for (const std::string& observation : observations) {
    const auto known = std::find_if(before.begin(), before.end(),
                                    [&](const ServerNote& note) { return note.observation == observation; });
    notes.push_back({observation, known == before.end() ? today : known->since});
  }
  return notes;
}

}  // namespace ftpsfs::remote
