#include "fuse/interrupts.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace ftpsfs::fuse {
namespace {

using std::chrono::milliseconds;

bool comes_true(const std::function<bool()>& condition) {
  const Deadline limit = Deadline::after(std::chrono::seconds(10));
  while (!limit.passed()) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return false;
}

TEST(Interrupts, GiveUpTheWaitOfACallerThatIsToldToEnd) {
  Interrupts interrupts([](pid_t caller) { return caller == 1; }, milliseconds(1));
  Interrupts::Wait doomed(interrupts, 1);
  Interrupts::Wait other(interrupts, 2);
  doomed.interrupted();
  other.interrupted();
  EXPECT_TRUE(comes_true([&] { return doomed.cancellation()->cancelled(); }));
  EXPECT_FALSE(other.cancellation()->cancelled());
}

TEST(Interrupts, LookAgainBecauseTheKernelReportsOnlyOnce) {
  std::atomic<int> looks = 0;
  std::atomic<bool> killed = false;
  Interrupts interrupts(
      [&](pid_t) {
        ++looks;
        return killed.load();
      },
      milliseconds(1));
  Interrupts::Wait wait(interrupts, 1);
  wait.interrupted();
  ASSERT_TRUE(comes_true([&] { return looks >= 3; }));
  EXPECT_FALSE(wait.cancellation()->cancelled());
  killed = true;
  EXPECT_TRUE(comes_true([&] { return wait.cancellation()->cancelled(); }));
}

TEST(Interrupts, LeaveThoseAloneThatNobodyReported) {
  std::atomic<int> looks = 0;
  Interrupts interrupts(
      [&](pid_t) {
        ++looks;
        return true;
      },
      milliseconds(1));
  const Interrupts::Wait quiet(interrupts, 1);
  {
    Interrupts::Wait noisy(interrupts, 2);
    noisy.interrupted();
    ASSERT_TRUE(comes_true([&] { return noisy.cancellation()->cancelled(); }));
  }
  EXPECT_FALSE(quiet.cancellation()->cancelled());
  EXPECT_EQ(looks, 1) << "once decided, a caller is not looked at again";
}

TEST(Interrupts, CancelAllCoversLaterWaitsToo) {
  Interrupts interrupts([](pid_t) { return false; }, milliseconds(1));
  const Interrupts::Wait early(interrupts, 1);
  EXPECT_FALSE(early.cancellation()->cancelled());
  interrupts.cancel_all();
  EXPECT_TRUE(early.cancellation()->cancelled());
  const Interrupts::Wait late(interrupts, 1);
  EXPECT_TRUE(late.cancellation()->cancelled());
}

}  // namespace
}  // namespace ftpsfs::fuse
