// Clock: where caches and keep-alive ask for the time, so that tests can turn it.
#pragma once

#include <chrono>

namespace ftpsfs {

class Clock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
  /// The system's monotonic clock; lives as long as the program.
  static const Clock& system();
};

}  // namespace ftpsfs
