// Time values: "YYYYMMDDHHMMSS[.fraction]" (RFC 3659 section 2.3), read and written.
#include <fmt/format.h>

#include "ftp/civil_time.h"
#include "ftpsfs/ftp/ascii.h"
#include "ftpsfs/ftp/listing.h"

namespace ftpsfs::ftp {
namespace {

constexpr std::size_t kDigits = 14;

bool all_digits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

std::optional<std::int64_t> read_time_value(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? "" : text.substr(point + 1);
  // Servers that print "19" and the years since 1900 write the year 2000 as 19100.
  const bool century_bug = whole.size() == kDigits + 1 && whole.starts_with("19");
  if (!all_digits(whole) || !all_digits(fraction) || (whole.size() != kDigits && !century_bug)) return std::nullopt;

  const std::size_t year_digits = whole.size() - 10;
  const auto number = [whole](std::size_t at, std::size_t digits) {
    return parse_number<unsigned>(whole.substr(at, digits)).value_or(0);
  };
  CivilTime time;
  time.year = century_bug ? 1900 + number(2, 3) : number(0, 4);
  time.month = number(year_digits, 2);
  time.day = number(year_digits + 2, 2);
  time.hour = number(year_digits + 4, 2);
  time.minute = number(year_digits + 6, 2);
  time.second = number(year_digits + 8, 2);
  return unix_seconds(time);
}

}  // namespace

Result<std::int64_t> parse_time_value(std::string_view text) {
  if (const auto seconds = read_time_value(trim(text))) return *seconds;
  return fail(ErrorKind::kProtocol, "not a time: \"" + printable_text(text) + "\"");
}

std::string format_time_value(std::int64_t seconds_since_1970) {
  const CivilTime time = civil_time(seconds_since_1970);
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}", time.year, time.month, time.day, time.hour, time.minute,
                     time.second);
}

}  // namespace ftpsfs::ftp
