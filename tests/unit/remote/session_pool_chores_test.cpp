// SessionPool: which session suits which purpose, what runs in the background, and sessions opened ahead.
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <thread>

#include "ftpsfs/base/unique_fd.h"
#include "session_pool_fixture.h"

namespace ftpsfs::remote {
namespace {

using namespace std::chrono_literals;

class SessionPoolChoresTest : public SessionPoolTest {
 protected:
  /// A pool with three idle sessions, the third used last, each as `adjust` leaves it.
  template <typename Adjust>
  void make_three(Adjust adjust) {
    make();
    std::vector<Lease> leases;
    for (int i = 0; i < 3; ++i) leases.push_back(acquire());
    for (Lease& lease : leases) {
      adjust(stub(lease));
      lease = Lease();
      clock_.advance(1s);
    }
  }

  /// Never readable: a session that waits for it goes on waiting.
  const UniqueFd silence_{::eventfd(0, EFD_CLOEXEC)};
  const ftp::Pending waiting_{{silence_.get(), net::Want::kRead, false}, std::chrono::steady_clock::time_point::max()};
};

TEST_F(SessionPoolChoresTest, ATransferGetsAPreparedSession) {
  make_three([](StubSession& session) { session.is_prepared = session.number == 1; });
  EXPECT_EQ(number_of(acquire(Purpose::kTransfer)), 1);
}

TEST_F(SessionPoolChoresTest, ATransferTakesAnyAtRestWhenNoneIsPrepared) {
  make_three([&](StubSession& session) {
    if (session.number != 1) session.pending = waiting_;
  });
  EXPECT_EQ(number_of(acquire(Purpose::kTransfer)), 1);
}

TEST_F(SessionPoolChoresTest, CommandsGetTheFreshestAtRest) {
  make_three([&](StubSession& session) {
    session.is_prepared = session.number == 1;
    if (session.number == 3) session.pending = waiting_;
  });
  EXPECT_EQ(number_of(acquire(Purpose::kCommands)), 2);
}

TEST_F(SessionPoolChoresTest, OneThatStillWaitsIsHandedOutLast) {
  make_three([&](StubSession& session) {
    if (session.number != 2) session.pending = waiting_;
  });
  const Lease at_rest = acquire();
  const Lease waited_longest = acquire();
  const Lease last = acquire();
  EXPECT_EQ(number_of(at_rest), 2);
  EXPECT_EQ(number_of(waited_longest), 1);
  EXPECT_EQ(number_of(last), 3);
  EXPECT_EQ(server_.opened, 3);
}

TEST_F(SessionPoolChoresTest, WhatASessionWaitedForLetsItGoOn) {
  make();
  {
    const Lease lease = acquire();
    stub(lease).pending = waiting_;
  }
  ASSERT_EQ(::eventfd_write(silence_.get(), 1), 0);
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(acquire().reused()) << "it is never far away for long";
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_EQ(server_.opened, 1);
}

TEST_F(SessionPoolChoresTest, WhatASessionWaitedForInVainLetsItGoOnToo) {
  make();
  StubSession* session = nullptr;
  {
    const Lease lease = acquire();
    session = &stub(lease);
    session->pending = ftp::Pending{waiting_.watch, std::chrono::steady_clock::now() + std::chrono::milliseconds(10)};
  }
  EXPECT_TRUE(soon([&] { return session->advances > 2; }));
}

TEST_F(SessionPoolChoresTest, TheBackgroundLeavesTheLastSessionToOthers) {
  make({.max_sessions = 2});
  EXPECT_TRUE(acquire(Purpose::kBackground)) << "there is room for another";
  Lease held = acquire();
  EXPECT_EQ(acquire_error(context_, Purpose::kBackground), ErrorKind::kBusy);
  held = Lease();
  EXPECT_TRUE(acquire(Purpose::kBackground));
}

TEST_F(SessionPoolChoresTest, TheBackgroundGivesUpAtOnceWhereThereIsOneSessionOnly) {
  make({.max_sessions = 1});
  Lease held = acquire();
  EXPECT_EQ(acquire_error(within(10s), Purpose::kBackground), ErrorKind::kBusy);
  park(std::move(held));
  EXPECT_EQ(acquire_error(within(10s), Purpose::kBackground), ErrorKind::kBusy);
  EXPECT_EQ(server_.aborts, 0) << "a reader at rest is not disturbed";
  EXPECT_TRUE(acquire());
  EXPECT_TRUE(acquire(Purpose::kBackground)) << "nobody needs it now";
}

TEST_F(SessionPoolChoresTest, TheBackgroundDoesNotWaitForAServerThatIsDown) {
  make({.max_sessions = 4});
  const std::uint64_t ticket = park(acquire());
  server_.refuse(Error{ErrorKind::kConnectionRefused, "connection refused", 0, false});
  EXPECT_EQ(acquire_error(context_), ErrorKind::kConnectionRefused);
  EXPECT_EQ(acquire_error(within(10s), Purpose::kBackground), ErrorKind::kBusy);
  EXPECT_TRUE(pool_->unpark(ticket).lease);
}

TEST_F(SessionPoolChoresTest, TheBackgroundStandsBackWhileSomebodyWaits) {
  make({.max_sessions = 2});
  Lease first = acquire();
  Lease second = acquire();
  std::thread other([&] { EXPECT_TRUE(acquire()); });
  std::this_thread::sleep_for(30ms);
  EXPECT_EQ(acquire_error(context_, Purpose::kBackground), ErrorKind::kBusy);
  first = Lease();
  other.join();
}

TEST_F(SessionPoolChoresTest, ASpareIsOpenedOnceAfterTheFirstUse) {
  make({.spare = 1});
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(server_.opened, 0) << "nobody came yet";
  acquire();
  EXPECT_TRUE(soon([&] { return pool_->size() == 2; }));
  EXPECT_TRUE(soon([&] { return server_.open == 2; }));
  pool_->drop_idle();
  acquire();
  std::this_thread::sleep_for(1200ms);
  EXPECT_EQ(server_.opened, 3) << "no spare a second time";
  EXPECT_EQ(pool_->size(), 1U);
}

TEST_F(SessionPoolChoresTest, ATransferThatFindsNoneReadyBringsAnother) {
  make({.max_sessions = 3, .spare = 1});
  acquire();
  EXPECT_TRUE(soon([&] { return server_.open == 2; }));
  {
    Lease first = acquire();
    Lease second = acquire();
    for (Lease* lease : {&first, &second}) stub(*lease).pending = waiting_;
  }
  const Lease lease = acquire(Purpose::kTransfer);
  EXPECT_TRUE(lease.reused()) << "it does not wait for that one";
  EXPECT_TRUE(soon([&] { return server_.open == 3; }));
  acquire(Purpose::kTransfer);
  EXPECT_EQ(server_.opened, 3) << "there is no room for more";
}

TEST_F(SessionPoolChoresTest, WhatThePoolLooksAfterIsDoneNowAndThenAndInTheEnd) {
  make();
  std::atomic<int> done = 0;
  pool_->look_after([&] {
    EXPECT_EQ(pool_->taught_limit(), std::nullopt) << "no lock is held";
    ++done;
  });
  EXPECT_TRUE(soon([&] { return done == 1; }));
  acquire();
  EXPECT_EQ(done, 1) << "not more often than every ten seconds";
  clock_.advance(10s);
  acquire();
  EXPECT_TRUE(soon([&] { return done == 2; }));
  pool_.reset();
  EXPECT_EQ(done, 3);
}

TEST_F(SessionPoolChoresTest, ASpareForWhichThereIsNoRoomTeachesTheLimit) {
  server_.room = 1;
  make({.spare = 1});
  acquire();
  EXPECT_TRUE(soon([&] { return pool_->limit() == 1; }));
  EXPECT_TRUE(acquire().reused());
}

TEST_F(SessionPoolChoresTest, WithoutASpareNothingIsOpenedAhead) {
  make();
  acquire();
  std::this_thread::sleep_for(1200ms);
  EXPECT_EQ(server_.opened, 1);
}

}  // namespace
}  // namespace ftpsfs::remote
