// Clock::system(): time that a suspended machine does not stop.
#include "ftpsfs/base/clock.h"

#include <gtest/gtest.h>

#include <ctime>

namespace ftpsfs {
namespace {

Clock::TimePoint boot_time() {
  timespec now{};
  EXPECT_EQ(::clock_gettime(CLOCK_BOOTTIME, &now), 0);
  return Clock::TimePoint(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

TEST(SystemClock, CountsTheTimeOfSuspensions) {
  const Clock::TimePoint before = boot_time();
  const Clock::TimePoint now = Clock::system().now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, boot_time());
}

}  // namespace
}  // namespace ftpsfs
