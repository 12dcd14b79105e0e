#include "ftpsfs/base/clock.h"

#include <ctime>

namespace ftpsfs {
namespace {

class SystemClock final : public Clock {
 public:
  TimePoint now() const override {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return TimePoint(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
  }
};

}  // namespace

const Clock& Clock::system() {
  static const SystemClock clock;
  return clock;
}

}  // namespace ftpsfs
