// CivilTime: calendar arithmetic by std::chrono.
#include "ftp/civil_time.h"

#include <algorithm>
#include <chrono>

namespace ftpsfs::ftp {
namespace {

using std::chrono::sys_days;
using std::chrono::sys_seconds;

sys_seconds start_of_year(int year) { return sys_days{std::chrono::year{year} / 1 / 1}; }

}  // namespace

std::optional<std::int64_t> unix_seconds(const CivilTime& time) {
  const bool in_range = time.year <= 9999 && time.month <= 12 && time.day <= 31 && time.hour <= 23 &&
                        time.minute <= 59 && time.second <= 60;
  if (!in_range) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(time.year)}, std::chrono::month{time.month},
                                         std::chrono::day{time.day}};
  if (!date.ok()) return std::nullopt;
  const sys_seconds moment = sys_days{date} + std::chrono::hours{time.hour} + std::chrono::minutes{time.minute} +
                             std::chrono::seconds{time.second};
  return moment.time_since_epoch().count();
}

CivilTime civil_time(std::int64_t seconds_since_1970) {
  const sys_seconds moment = std::clamp(sys_seconds{std::chrono::seconds{seconds_since_1970}}, start_of_year(0),
                                        start_of_year(10000) - std::chrono::seconds{1});
  const sys_days midnight = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss clock{moment - midnight};
  return CivilTime{static_cast<unsigned>(static_cast<int>(date.year())),
                   static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day()),
                   static_cast<unsigned>(clock.hours().count()),
                   static_cast<unsigned>(clock.minutes().count()),
                   static_cast<unsigned>(clock.seconds().count())};
}

}  // namespace ftpsfs::ftp
