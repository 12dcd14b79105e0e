// SessionPool: reuse, limits, waiting, parking, keep-alive.
#include "ftpsfs/remote/session_pool.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "session_pool_fixture.h"

namespace ftpsfs::remote {
namespace {

using namespace std::chrono_literals;

TEST_F(SessionPoolTest, HandsOutTheFreshestIdleSession) {
  make();
  {
    Lease first = acquire();
    Lease second = acquire();
    EXPECT_FALSE(second.reused());
    first = Lease();
    clock_.advance(1s);
  }
  const Lease again = acquire();
  EXPECT_TRUE(again.reused());
  EXPECT_EQ(number_of(again), 2);
  EXPECT_EQ(pool_->size(), 2U);
}

TEST_F(SessionPoolTest, ClosesAnUnusableSession) {
  make();
  {
    const Lease lease = acquire();
    stub(lease).lose();
  }
  EXPECT_EQ(server_.open, 0);
  EXPECT_EQ(pool_->size(), 0U);
}

TEST_F(SessionPoolTest, ALeaseMustYieldOnlyAfterItsTurnAndToSomebody) {
  make({.max_sessions = 1, .turn = 100ms});
  Lease lease = acquire();
  clock_.advance(1s);
  EXPECT_FALSE(pool_->must_yield(lease)) << "nobody waits";
  std::thread other([&] { EXPECT_TRUE(acquire()); });
  EXPECT_TRUE(soon([&] { return pool_->must_yield(lease); }));
  lease = Lease();
  other.join();
  lease = acquire();
  std::thread third([&] { EXPECT_TRUE(acquire()); });
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(pool_->must_yield(lease)) << "its turn has just begun";
  lease = Lease();
  third.join();
}

TEST_F(SessionPoolTest, DiscardClosesAGoodSession) {
  make();
  Lease lease = acquire();
  lease.discard();
  EXPECT_FALSE(lease);
  EXPECT_EQ(server_.open, 0);
}

TEST_F(SessionPoolTest, ReplacesASessionThatHungUpWhileIdle) {
  make();
  acquire();
  server_.hung_up = true;
  const Lease lease = acquire();
  EXPECT_FALSE(lease.reused());
  EXPECT_EQ(number_of(lease), 2);
}

TEST_F(SessionPoolTest, LearnsTheLimitFromARefusedLogin) {
  server_.room = 2;
  make();
  Lease first = acquire();
  const Lease second = acquire();
  EXPECT_EQ(acquire_error(within(50ms)), ErrorKind::kTimeout);
  EXPECT_EQ(pool_->limit(), 2U);
  const int attempts = server_.opened;
  EXPECT_EQ(acquire_error(within(50ms)), ErrorKind::kTimeout);
  EXPECT_EQ(server_.opened, attempts);  // not asked again
}

TEST_F(SessionPoolTest, DoubtsTheLimitAfterSomeMinutes) {
  server_.room = 1;
  make();
  const Lease first = acquire();
  EXPECT_EQ(acquire_error(within(50ms)), ErrorKind::kTimeout);
  server_.room = 2;
  clock_.advance(6min);
  EXPECT_TRUE(acquire());
  EXPECT_EQ(pool_->limit(), 2U);
}

TEST_F(SessionPoolTest, ARefusedPasswordBesideOpenSessionsMeansNoRoom) {
  make();
  Lease first = acquire();
  server_.refuse(Error{ErrorKind::kLogin, "Login incorrect", 530, false});
  std::thread giver([&] {
    std::this_thread::sleep_for(50ms);
    first = Lease();
  });
  EXPECT_TRUE(acquire().reused());
  giver.join();
  EXPECT_EQ(pool_->limit(), 1U);
  EXPECT_EQ(pool_->taught_limit(), std::nullopt) << "it may have meant something else";
}

TEST_F(SessionPoolTest, IsPatientWithAServerThatStillCountsAClosedSession) {
  server_.room = 0;
  make();
  std::thread server([&] {
    std::this_thread::sleep_for(100ms);
    server_.room = 1;
    for (int i = 0; i < 20; ++i) {
      clock_.advance(200ms);
      std::this_thread::sleep_for(50ms);
    }
  });
  EXPECT_TRUE(acquire());
  server.join();
}

TEST_F(SessionPoolTest, AnswersPromptlyWhileTheServerIsDown) {
  server_.refuse(Error{ErrorKind::kConnectionRefused, "connection refused", 0, false});
  make();
  EXPECT_EQ(acquire_error(context_), ErrorKind::kConnectionRefused);
  EXPECT_EQ(acquire_error(context_), ErrorKind::kConnectionRefused);
  EXPECT_EQ(server_.opened, 1);
  server_.refuse(std::nullopt);
  clock_.advance(2s);
  EXPECT_TRUE(acquire());
}

TEST_F(SessionPoolTest, WaitsInTurn) {
  make({.max_sessions = 1});
  Lease held = acquire();
  std::mutex mutex;
  std::vector<int> order;
  std::vector<std::thread> waiters;
  for (int i = 0; i < 3; ++i) {
    waiters.emplace_back([&, i] {
      const Lease lease = acquire();
      const std::lock_guard lock(mutex);
      order.push_back(i);
    });
    std::this_thread::sleep_for(30ms);
  }
  held = Lease();
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
}

TEST_F(SessionPoolTest, AWaitCanBeInterrupted) {
  make({.max_sessions = 1});
  const Lease held = acquire();
  Context context = within(10s);
  context.cancellation = std::make_shared<Cancellation>();
  std::thread interrupter([&] {
    std::this_thread::sleep_for(30ms);
    context.cancellation->cancel();
  });
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(acquire_error(context), ErrorKind::kInterrupted);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  interrupter.join();
}

TEST_F(SessionPoolTest, AWaitEndsAtItsLimit) {
  make({.max_sessions = 1, .wait_limit = 50ms});
  const Lease held = acquire();
  EXPECT_EQ(acquire_error(Context{}), ErrorKind::kTimeout);
}

TEST_F(SessionPoolTest, UnparkGivesTheTransferBack) {
  make();
  const std::uint64_t ticket = park(acquire());
  const Parked parked = pool_->unpark(ticket);
  EXPECT_TRUE(parked.lease);
  EXPECT_TRUE(parked.transfer);
  EXPECT_FALSE(pool_->unpark(ticket).lease);
}

TEST_F(SessionPoolTest, TakesBackTheTransferLongestAtRest) {
  make({.max_sessions = 2});
  Lease first = acquire();
  Lease second = acquire();
  const std::uint64_t older = park(std::move(first));
  clock_.advance(1s);
  const std::uint64_t newer = park(std::move(second));
  const Lease taken = acquire();
  EXPECT_EQ(number_of(taken), 1);
  EXPECT_EQ(server_.aborts, 1);
  EXPECT_FALSE(pool_->unpark(older).lease);
  EXPECT_TRUE(pool_->unpark(newer).lease);
}

TEST_F(SessionPoolTest, OpensANewSessionWhereAnAbortFailed) {
  server_.aborts_fail = true;
  make({.max_sessions = 1});
  park(acquire());
  const Lease lease = acquire();
  EXPECT_FALSE(lease.reused());
  EXPECT_EQ(number_of(lease), 2);
  EXPECT_EQ(server_.open, 1);
  EXPECT_EQ(pool_->size(), 1U);
}

TEST_F(SessionPoolTest, KeepsIdleSessionsAlive) {
  make({.keep_alive = 45s});
  acquire();
  clock_.advance(44s);
  std::this_thread::sleep_for(1200ms);
  EXPECT_EQ(server_.noops, 0);
  clock_.advance(1s);
  EXPECT_TRUE(soon([&] { return server_.noops == 1; }));
  EXPECT_TRUE(soon([&] { return acquire().reused(); }));
}

TEST_F(SessionPoolTest, ClosesSurplusIdleSessions) {
  make({.idle_close = 300s});
  {
    const Lease first = acquire();
    const Lease second = acquire();
  }
  clock_.advance(301s);
  EXPECT_TRUE(soon([&] { return pool_->size() == 1; }));
  EXPECT_EQ(server_.open, 1);
}

TEST_F(SessionPoolTest, DropIdleLeavesLeasesAlone) {
  make();
  const Lease held = acquire();
  acquire();
  pool_->drop_idle();
  EXPECT_EQ(pool_->size(), 1U);
}

TEST_F(SessionPoolTest, ManyThreadsNeverExceedTheServersRoom) {
  server_.room = 3;
  make({.max_sessions = 8});
  std::vector<std::thread> threads;
  std::atomic<int> served{0};
  std::latch together(16);  // so that more than the server's room is asked for at once
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      together.arrive_and_wait();
      for (int turn = 0; turn < 20; ++turn) {
        Lease lease = acquire();
        if (turn == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        if (turn % 3 == 0) {
          const auto ticket = park(std::move(lease));
          std::this_thread::yield();
          lease = std::move(pool_->unpark(ticket).lease);
        }
        ++served;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served, 16 * 20);
  EXPECT_LE(server_.open, 3);
  EXPECT_LE(pool_->limit(), 3U);
}

}  // namespace
}  // namespace ftpsfs::remote
