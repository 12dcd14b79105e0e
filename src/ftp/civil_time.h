// CivilTime: a date and time of day, checked and turned into seconds since 1970.
#pragma once

#include <cstdint>
#include <optional>

namespace ftpsfs::ftp {

/// A moment in the proleptic Gregorian calendar, taken to be UTC.
struct CivilTime {
  unsigned year = 0;   ///< 0 to 9999
  unsigned month = 0;  ///< 1 to 12
  unsigned day = 0;    ///< 1 to 31
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;  ///< 60 is a leap second: the first second of the next minute
};

/// Seconds since 1970. nullopt: a field is out of range, or the month has no such day.
[[nodiscard]] std::optional<std::int64_t> unix_seconds(const CivilTime& time);

/// The reverse. Seconds outside the years 0 to 9999 give the nearest moment inside them.
[[nodiscard]] CivilTime civil_time(std::int64_t seconds_since_1970);

}  // namespace ftpsfs::ftp
