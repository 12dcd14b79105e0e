// SessionPool while no session can be had: how often it tries, who waits for that, and what it tells.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "session_pool_fixture.h"

namespace ftpsfs::remote {
namespace {

using namespace std::chrono_literals;

const Error kWrongPassword{ErrorKind::kLogin, "Login incorrect", 530, false};
const Error kNobodyListens{ErrorKind::kConnectionRefused, "connection refused", 0, false};

class OutageTest : public SessionPoolTest {
 protected:
  /// What all get who ask at once.
  std::vector<ErrorKind> errors_of(int callers) {
    std::vector<ErrorKind> kinds(static_cast<std::size_t>(callers), ErrorKind::kIo);
    std::vector<std::thread> threads;
    threads.reserve(kinds.size());
    for (ErrorKind& kind : kinds) threads.emplace_back([&] { kind = acquire_error(context_); });
    for (std::thread& thread : threads) thread.join();
    return kinds;
  }
};

TEST_F(OutageTest, AWrongPasswordIsTriedOnceForAllWhoAsk) {
  server_.refuse(kWrongPassword);
  server_.login_ms = 30;
  make({.spare = 1});
  EXPECT_EQ(errors_of(8), std::vector<ErrorKind>(8, ErrorKind::kLogin));
  EXPECT_EQ(server_.opened, 1);
}

TEST_F(OutageTest, AWrongPasswordIsNotTriedAgainForMinutes) {
  server_.refuse(kWrongPassword);
  make();
  EXPECT_EQ(acquire_error(context_), ErrorKind::kLogin);
  clock_.advance(4min);
  EXPECT_EQ(acquire_error(context_), ErrorKind::kLogin);
  EXPECT_EQ(server_.opened, 1);
  clock_.advance(2min);
  EXPECT_EQ(acquire_error(context_), ErrorKind::kLogin);
  EXPECT_EQ(server_.opened, 2);
  clock_.advance(6min);  // the pause has doubled
  EXPECT_EQ(acquire_error(context_), ErrorKind::kLogin);
  EXPECT_EQ(server_.opened, 2);
  clock_.advance(1h);
  server_.refuse(std::nullopt);
  EXPECT_TRUE(acquire());
}

TEST_F(OutageTest, APasswordThatWasChangedIsToldTwiceAtMost) {
  make();
  std::vector<Lease> in_use;
  for (int i = 0; i < 4; ++i) in_use.push_back(acquire());
  server_.refuse(kWrongPassword);
  EXPECT_EQ(acquire_error(within(20ms)), ErrorKind::kTimeout) << "it may be for want of room";
  while (in_use.size() > 1) {
    stub(in_use.back()).lose();
    in_use.pop_back();
    EXPECT_EQ(acquire_error(within(20ms)), ErrorKind::kTimeout);
  }
  stub(in_use.back()).lose();
  in_use.pop_back();
  EXPECT_EQ(acquire_error(context_), ErrorKind::kLogin);
  EXPECT_EQ(acquire_error(context_), ErrorKind::kLogin);
  EXPECT_EQ(server_.opened, 6);
}

TEST_F(OutageTest, OnlyOneTriesWhileNobodyIsIn) {
  server_.login_ms = 30;
  server_.refuse(kNobodyListens);
  make();
  EXPECT_EQ(errors_of(8), std::vector<ErrorKind>(8, ErrorKind::kConnectionRefused));
  EXPECT_EQ(server_.opened, 1);
}

TEST_F(OutageTest, ALostConnectionIsTriedOnceMoreAtOnce) {
  server_.refuse(Error{ErrorKind::kConnectionLost, "reset", 0, false});
  make();
  EXPECT_EQ(acquire_error(context_), ErrorKind::kConnectionLost);
  EXPECT_EQ(server_.opened, 2);
  EXPECT_EQ(acquire_error(context_), ErrorKind::kConnectionLost);
  EXPECT_EQ(server_.opened, 2);
}

TEST_F(OutageTest, SaysSinceWhenAndWhy) {
  make();
  EXPECT_FALSE(pool_->outage()) << "nobody has tried";
  server_.refuse(kNobodyListens);
  (void)acquire_error(context_);
  clock_.advance(30s);
  (void)acquire_error(context_);
  ASSERT_TRUE(pool_->outage());
  EXPECT_EQ(pool_->outage()->lasted, 30s);
  EXPECT_EQ(pool_->outage()->why.message, "connection refused");
  server_.refuse(std::nullopt);
  clock_.advance(2s);
  acquire();
  EXPECT_FALSE(pool_->outage());
}

TEST_F(OutageTest, OneMoreSessionThatCannotBeHadIsNoOutage) {
  make({.max_sessions = 2});
  const Lease held = acquire();
  server_.refuse(kNobodyListens);
  EXPECT_EQ(acquire_error(context_), ErrorKind::kConnectionRefused);
  EXPECT_FALSE(pool_->outage());
}

TEST_F(OutageTest, InTheBackgroundNobodyWaitsForTheNextAttempt) {
  server_.refuse(kNobodyListens);
  make({.reopen_in_background = true});
  EXPECT_EQ(acquire_error(context_), ErrorKind::kConnectionRefused);
  clock_.advance(2s);
  server_.refuse(std::nullopt);
  server_.login_ms = 50;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(acquire_error(context_), ErrorKind::kConnectionRefused) << "what is known";
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 50ms);
  EXPECT_TRUE(soon([&] { return !pool_->outage() && pool_->busy() == 0; }));
  EXPECT_TRUE(acquire().reused());
  EXPECT_EQ(server_.opened, 2);
}

TEST_F(OutageTest, InTheBackgroundNothingIsTriedThatNobodyAsksFor) {
  server_.refuse(kNobodyListens);
  make({.reopen_in_background = true});
  (void)acquire_error(context_);
  clock_.advance(1h);
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(server_.opened, 1);
}

TEST_F(OutageTest, TellsASessionThatWasSilentForLong) {
  make();
  acquire();
  clock_.advance(4s);
  EXPECT_FALSE(acquire().long_silent());
  clock_.advance(5s);
  const Lease lease = acquire();
  EXPECT_TRUE(lease.reused());
  EXPECT_TRUE(lease.long_silent());
}

TEST_F(OutageTest, TellsATransferThatRestedForLong) {
  make();
  const std::uint64_t ticket = park(acquire());
  clock_.advance(5s);
  EXPECT_TRUE(pool_->unpark(ticket).lease.long_silent());
}

}  // namespace
}  // namespace ftpsfs::remote
