// BackOff: how long, and how regularly, a server is left alone.
#include "remote/back_off.h"

#include <gtest/gtest.h>

#include <set>

namespace ftpsfs::remote {
namespace {

using namespace std::chrono_literals;

/// How long the next failure blocks, to the millisecond.
std::chrono::milliseconds blocked_for(BackOff& back_off, ErrorKind kind) {
  const Clock::TimePoint now(1h);
  back_off.failed({kind, "no", 0, false}, now);
  std::chrono::milliseconds span{0};
  std::chrono::milliseconds step{1h};
  for (; step >= 1ms; step /= 2) {
    while (back_off.blocking(now + span + step)) span += step;
  }
  return span + 1ms;
}

TEST(BackOff, RefusedConnectionsBlockForARandomWhile) {
  std::set<std::chrono::milliseconds> spans;
  for (int i = 0; i < 30; ++i) {
    BackOff back_off;
    const auto span = blocked_for(back_off, ErrorKind::kConnectionRefused);
    EXPECT_GE(span, 120ms);
    EXPECT_LE(span, 260ms);
    spans.insert(span);
  }
  EXPECT_GT(spans.size(), 5U) << "mounts that lost a server at the same time do not come back at the same time";
}

TEST(BackOff, RefusedConnectionsBlockForLongerEachTimeUpToTwoSeconds) {
  BackOff back_off;
  (void)blocked_for(back_off, ErrorKind::kConnectionRefused);
  EXPECT_GE(blocked_for(back_off, ErrorKind::kConnectionRefused), 245ms);
  for (int i = 0; i < 10; ++i) {
    const auto span = blocked_for(back_off, ErrorKind::kConnectionRefused);
    EXPECT_GE(span, 490ms);
    EXPECT_LE(span, 2010ms);
  }
}

TEST(BackOff, ARefusedPasswordBlocksForMinutes) {
  BackOff back_off;
  EXPECT_EQ(back_off.error(), std::nullopt);
  EXPECT_GE(blocked_for(back_off, ErrorKind::kLogin), 5min);
  EXPECT_GE(blocked_for(back_off, ErrorKind::kLogin), 10min);
  for (int i = 0; i < 5; ++i) EXPECT_LE(blocked_for(back_off, ErrorKind::kLogin), 1h + 10ms);
}

TEST(BackOff, AProxyThatLetsNobodyInIsLeftAloneAsLong) {
  BackOff back_off;
  EXPECT_GE(blocked_for(back_off, ErrorKind::kPermission), 5min);
}

TEST(BackOff, AnotherReasonBeginsAnew) {
  BackOff back_off;
  (void)blocked_for(back_off, ErrorKind::kLogin);
  EXPECT_LE(blocked_for(back_off, ErrorKind::kConnectionLost), 260ms);
}

TEST(BackOff, SuccessEndsIt) {
  BackOff back_off;
  back_off.failed({ErrorKind::kLogin, "no", 530, false}, Clock::TimePoint(1h));
  back_off.succeeded();
  EXPECT_FALSE(back_off.blocking(Clock::TimePoint(1h)));
  EXPECT_FALSE(back_off.error());
}

TEST(BackOff, OneWhoGaveUpSaysNothingOfTheServer) {
  BackOff back_off;
  back_off.failed({ErrorKind::kInterrupted, "interrupted", 0, false}, Clock::TimePoint(1h));
  EXPECT_FALSE(back_off.blocking(Clock::TimePoint(1h)));
}

}  // namespace
}  // namespace ftpsfs::remote
