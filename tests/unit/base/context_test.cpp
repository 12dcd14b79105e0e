// Deadline, Cancellation and Context: when a wait ends.
#include "ftpsfs/base/context.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>

#include <chrono>
#include <memory>
#include <thread>

namespace ftpsfs {
namespace {

using namespace std::chrono_literals;

bool readable(int fd, int timeout_ms) {
  pollfd watched{fd, POLLIN, 0};
  return ::poll(&watched, 1, timeout_ms) == 1;
}

TEST(Deadline, PassedTellsWhetherItLiesBehind) {
  EXPECT_FALSE(Deadline::after(1h).passed());
  EXPECT_TRUE(Deadline::after(0ms).passed());
  EXPECT_TRUE(Deadline::after(-1s).passed());
}

TEST(Deadline, PollTimeoutIsRoundedUpSoThatPollNeverReturnsEarly) {
  const Deadline soon(Deadline::Clock::now() + 500us);
  const int timeout = soon.poll_timeout_ms();
  EXPECT_TRUE(timeout == 1 || soon.passed());
}

TEST(Deadline, PollTimeoutStaysInRange) {
  EXPECT_EQ(Deadline::after(-1h).poll_timeout_ms(), 0);
  EXPECT_EQ(Deadline(Deadline::Clock::time_point::max()).poll_timeout_ms(), 24 * 3600 * 1000);
  const int timeout = Deadline::after(10s).poll_timeout_ms();
  EXPECT_GT(timeout, 8'000);
  EXPECT_LE(timeout, 10'000);
}

TEST(Cancellation, WakesAPollThatIsUnderWay) {
  Cancellation cancellation;
  EXPECT_FALSE(cancellation.cancelled());
  EXPECT_FALSE(readable(cancellation.fd(), 0));
  std::thread other([&] {
    std::this_thread::sleep_for(20ms);
    cancellation.cancel();
  });
  EXPECT_TRUE(readable(cancellation.fd(), 10'000));
  EXPECT_TRUE(cancellation.cancelled());
  other.join();
}

TEST(Cancellation, StaysCancelled) {
  Cancellation cancellation;
  cancellation.cancel();
  cancellation.cancel();
  EXPECT_TRUE(cancellation.cancelled());
  EXPECT_TRUE(readable(cancellation.fd(), 0));
  EXPECT_TRUE(readable(cancellation.fd(), 0));
}

TEST(Cancellation, WorksWithoutADescriptor) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  Cancellation cancellation;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);

  EXPECT_EQ(cancellation.fd(), -1);
  cancellation.cancel();
  EXPECT_TRUE(cancellation.cancelled());
}

TEST(Context, NextWaitEndsAtTheNearerLimit) {
  Context context;
  context.stall_limit = 1s;
  EXPECT_LE(context.next_wait().poll_timeout_ms(), 1'000);
  context.deadline = Deadline::after(1h);
  EXPECT_LE(context.next_wait().poll_timeout_ms(), 1'000);
  context.deadline = Deadline::after(10ms);
  EXPECT_LE(context.next_wait().poll_timeout_ms(), 10);
}

TEST(Context, NextWaitBeginsAnewEachTime) {
  Context context;
  context.stall_limit = 1s;
  const auto first = context.next_wait().at();
  std::this_thread::sleep_for(2ms);
  EXPECT_GE(context.next_wait().at() - first, 2ms);
}

TEST(Context, CheckTellsWhyToGiveUp) {
  Context context;
  EXPECT_TRUE(context.check());

  context.deadline = Deadline::after(1h);
  EXPECT_TRUE(context.check());
  context.deadline = Deadline::after(0ms);
  ASSERT_FALSE(context.check());
  EXPECT_EQ(context.check().error().kind, ErrorKind::kTimeout);

  context.cancellation = std::make_shared<Cancellation>();
  EXPECT_EQ(context.check().error().kind, ErrorKind::kTimeout);
  context.cancellation->cancel();
  EXPECT_EQ(context.check().error().kind, ErrorKind::kInterrupted);
}

TEST(Context, UncancellableKeepsTheLimitsOnly) {
  Context context;
  context.stall_limit = 7s;
  context.deadline = Deadline::after(1h);
  context.cancellation = std::make_shared<Cancellation>();
  context.cancellation->cancel();

  const Context firm = context.uncancellable();
  EXPECT_TRUE(firm.check());
  EXPECT_EQ(firm.stall_limit, 7s);
  ASSERT_TRUE(firm.deadline);
  EXPECT_EQ(firm.deadline->at(), context.deadline->at());
}

}  // namespace
}  // namespace ftpsfs
