// LIST lines in the style of ls -l: permissions, owners, size, date, name. The date is found first, for every other
// column can be missing or hold spaces.
#include <algorithm>
#include <array>
#include <chrono>
#include <span>

#include "ftp/entry_name.h"
#include "ftp/list_columns.h"
#include "ftp/list_line.h"
#include "ftpsfs/ftp/ascii.h"

namespace ftpsfs::ftp {
namespace {

using Words = std::span<const Word>;

constexpr std::size_t kPermissionLetters = 10;

std::optional<EntryType> type_of_letter(char letter) {
  switch (letter) {
    case '-':
      return EntryType::kFile;
    case 'd':
      return EntryType::kDirectory;
    case 'l':
      return EntryType::kSymlink;
    case 'b':
    case 'c':
    case 'p':
    case 's':
    case 'D':
      return EntryType::kOther;
    default:
      return std::nullopt;
  }
}

/// Three letters such as "rwx" as three bits; `special` is added for set-uid, set-gid or sticky: 's', 't', or 'S', 'T'
/// without execute permission ('l' on Solaris).
std::optional<std::uint32_t> permission_bits(std::string_view letters, std::uint32_t special) {
  std::uint32_t bits = 0;
  if (letters[0] == 'r') bits |= 4;
  if (letters[1] == 'w') bits |= 2;
  if ((letters[0] != 'r' && letters[0] != '-') || (letters[1] != 'w' && letters[1] != '-')) return std::nullopt;
  switch (letters[2]) {
    case '-':
      return bits;
    case 'x':
      return bits | 1;
    case 's':
    case 't':
      return bits | 1 | special;
    case 'S':
    case 'T':
    case 'l':
      return bits | special;
    default:
      return std::nullopt;
  }
}

/// "rwxr-xr-x", behind the letter of the type; one more character tells of an ACL or a security context.
std::optional<std::uint32_t> read_permissions(std::string_view text) {
  const bool marked = text.size() == kPermissionLetters + 1 && std::string_view("+.@").find(text.back()) != text.npos;
  if (text.size() != kPermissionLetters && !marked) return std::nullopt;
  const auto user = permission_bits(text.substr(1, 3), 04000 >> 6);
  const auto group = permission_bits(text.substr(4, 3), 02000 >> 3);
  const auto others = permission_bits(text.substr(7, 3), 01000);
  if (!user || !group || !others) return std::nullopt;
  return *user << 6 | *group << 3 | *others;
}

std::optional<unsigned> month_number(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto month =
      std::find_if(kMonths.begin(), kMonths.end(), [text](std::string_view m) { return equal_in_any_case(m, text); });
  if (month == kMonths.end()) return std::nullopt;
  return static_cast<unsigned>(month - kMonths.begin()) + 1;
}

std::optional<unsigned> year_number(std::string_view text) {
  return text.size() == 4 ? parse_number<unsigned>(text) : std::nullopt;
}

/// A date without a year: ls writes it so for the past months, and a clock ahead of ours may put it into tomorrow.
std::optional<std::int64_t> latest_before_tomorrow(CivilTime time, std::int64_t now) {
  constexpr unsigned kLongestGapOfLeapYears = 8;
  const std::int64_t tomorrow = now + std::chrono::seconds(std::chrono::days(1)).count();
  time.year = civil_time(tomorrow).year;
  for (unsigned tries = 0; tries <= kLongestGapOfLeapYears && time.year > 0; ++tries, --time.year) {
    const auto seconds = unix_seconds(time);
    if (seconds && *seconds <= tomorrow) return seconds;
  }
  return std::nullopt;
}

struct Date {
  std::int64_t seconds;
  TimePrecision precision;
  std::size_t end;  ///< of its last word, in the line
};

std::optional<Date> make_date(std::optional<std::int64_t> seconds, TimePrecision precision, const Word& last) {
  if (!seconds) return std::nullopt;
  return Date{*seconds, precision, last.end};
}

/// "Mar  3 14:05", "Mar  3  2024" or "Mar  3 14:05:33 2024" at the front of `words`.
std::optional<Date> read_month_date(Words words, std::int64_t now) {
  if (words.size() < 3) return std::nullopt;
  CivilTime time;
  const auto month = month_number(words[0].text);
  const auto day = parse_number<unsigned>(words[1].text);
  if (!month || !day) return std::nullopt;
  time.month = *month;
  time.day = *day;
  if (const auto year = year_number(words[2].text)) {
    time.year = *year;
    return make_date(unix_seconds(time), TimePrecision::kDay, words[2]);
  }
  const auto precision = read_clock(words[2].text, time);
  if (!precision) return std::nullopt;
  const auto year =
      words.size() > 3 && *precision == TimePrecision::kSecond ? year_number(words[3].text) : std::nullopt;
  if (year) {
    time.year = *year;
    return make_date(unix_seconds(time), *precision, words[3]);
  }
  return make_date(latest_before_tomorrow(time, now), *precision, words[2]);
}

bool is_zone(std::string_view text) {
  return text.size() == 5 && (text[0] == '+' || text[0] == '-') && parse_number<unsigned>(text.substr(1));
}

/// "2024-03-03 14:05" or "2024-03-03 14:05:33.000000000 +0100" at the front of `words`. The zone is left out of the
/// sum, as in lines that do not tell it.
std::optional<Date> read_iso_date(Words words) {
  CivilTime time;
  if (words.size() < 2 || !read_numeric_date(words[0].text, time)) return std::nullopt;
  const auto precision = read_clock(words[1].text, time);
  if (!precision) return std::nullopt;
  const bool zoned = *precision == TimePrecision::kSecond && words.size() > 2 && is_zone(words[2].text);
  return make_date(unix_seconds(time), *precision, words[zoned ? 2 : 1]);
}

/// A size, or the "major, minor" of a device, or its second half.
bool may_be_size(std::string_view text) {
  return text.find_first_not_of("0123456789,-") == std::string_view::npos && is_digit(text.back());
}

/// The columns between the permissions and the size: links, owner, group, of which any may be missing.
void read_owners(Words columns, ListedEntry& entry) {
  if (columns.empty()) return;
  entry.links = parse_number<std::uint32_t>(columns.front().text);
  if (entry.links) columns = columns.subspan(1);
  const bool may_hold_spaces = columns.size() > 2;
  if (columns.empty() || may_hold_spaces) return;
  entry.uid = parse_number<std::uint32_t>(columns[0].text);
  if (columns.size() == 2) entry.gid = parse_number<std::uint32_t>(columns[1].text);
}

/// Splits "name -> target". Both can hold " -> ": a link's size is the length of its target, which tells where to
/// split.
void read_link(std::string_view text, ListedEntry& entry) {
  constexpr std::string_view kArrow = " -> ";
  std::size_t arrow = text.find(kArrow);
  if (arrow == std::string_view::npos) return;
  for (std::size_t i = arrow; i != std::string_view::npos; i = text.find(kArrow, i + 1)) {
    if (text.size() - i - kArrow.size() == entry.size) arrow = i;
  }
  entry.name = text.substr(0, arrow);
  entry.link_target = text.substr(arrow + kArrow.size());
}

}  // namespace

std::optional<ListedEntry> parse_unix_line(std::string_view line, std::int64_t now) {
  const std::vector<Word> columns = split_columns(line);
  if (columns.empty()) return std::nullopt;
  const auto type = type_of_letter(columns[0].text.front());
  const auto mode = read_permissions(columns[0].text);
  if (!type || !mode) return std::nullopt;

  for (std::size_t i = 2; i < columns.size(); ++i) {
    const Words words = Words(columns).subspan(i);
    if (!may_be_size(columns[i - 1].text)) continue;
    auto date = read_month_date(words, now);
    if (!date) date = read_iso_date(words);
    if (!date || date->end >= line.size()) continue;

    ListedEntry entry;
    entry.type = *type;
    entry.mode = mode;
    entry.mtime = date->seconds;
    entry.precision = date->precision;
    if (*type != EntryType::kOther) entry.size = parse_size(columns[i - 1].text);
    const bool major_minor = columns[i - 2].text.ends_with(',');
    read_owners(Words(columns).subspan(1, i - (major_minor ? 3 : 2)), entry);
    entry.name = line.substr(date->end + 1);
    if (*type == EntryType::kSymlink) read_link(line.substr(date->end + 1), entry);
    return entry;
  }
  return std::nullopt;
}

}  // namespace ftpsfs::ftp
