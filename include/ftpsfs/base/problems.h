// Problems: the last warnings and errors that were logged, for those who ask afterwards.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

namespace ftpsfs::log {

struct Problem {
  std::time_t at = 0;       ///< when it came last
  std::string text;         ///< at most 300 bytes
  std::uint64_t times = 1;  ///< how often it came, from when it was last forgotten
};

/// The last ten different ones, the oldest first. Any thread may call it.
[[nodiscard]] std::vector<Problem> recent_problems();

}  // namespace ftpsfs::log
