// ManualClock: time stands still until the test moves it.
#pragma once

#include <atomic>
#include <chrono>

#include "ftpsfs/base/clock.h"

namespace ftpsfs::test {

/// Any thread may call any member.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_.load(); }
  void advance(std::chrono::milliseconds span) { now_ = now_.load() + span; }

 private:
  std::atomic<TimePoint> now_{TimePoint(std::chrono::hours(1))};
};

}  // namespace ftpsfs::test
