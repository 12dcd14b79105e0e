// Problems: the last warnings and errors that were logged, for those who ask afterwards.
#pragma once

#include <ctime>
#include <string>
#include <vector>

namespace ftpsfs::log {

struct Problem {
  std::time_t at = 0;
  std::string text;  ///< at most 300 bytes
};

/// The last ten since configure(), the oldest first. Any thread may call it.
[[nodiscard]] std::vector<Problem> recent_problems();

}  // namespace ftpsfs::log
