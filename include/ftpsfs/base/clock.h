// Clock: where caches and keep-alive ask for the time, so that tests can turn it.
#pragma once

#include <chrono>

namespace ftpsfs {

class Clock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
  /// Monotonic, and goes on while the machine is suspended: what was learnt before that is old afterwards. Not to be
  /// compared with std::chrono::steady_clock, which stands still meanwhile. Lives as long as the program.
  static const Clock& system();
};

}  // namespace ftpsfs
