// The columns that Unix and DOS listings share: words, dates in digits, times of day.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "ftp/civil_time.h"
#include "ftpsfs/ftp/listing.h"

namespace ftpsfs::ftp {

/// A run of characters other than space, and where in its line it stands.
struct Word {
  std::string_view text;
  std::size_t begin;
  std::size_t end;
};

/// The words at the beginning of `line`, as many as can belong to the columns before a name.
[[nodiscard]] std::vector<Word> split_columns(std::string_view line);

/// Sets the day, month and year of `time` from "YYYY-MM-DD", "MM-DD-YYYY" or "MM-DD-YY" (1970 to 2069).
[[nodiscard]] bool read_numeric_date(std::string_view text, CivilTime& time);

/// Sets the time of day of `time` from "14:05", "02:05PM", "14:05:33" or "14:05:33.125", and says how exact it is.
[[nodiscard]] std::optional<TimePrecision> read_clock(std::string_view text, CivilTime& time);

}  // namespace ftpsfs::ftp
