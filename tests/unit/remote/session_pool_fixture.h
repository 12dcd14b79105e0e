// SessionPoolTest: a pool of sessions without a server, and a clock that the test moves.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <thread>

#include "fakes/manual_clock.h"
#include "ftpsfs/remote/session_pool.h"
#include "stub_session.h"

namespace ftpsfs::remote {

class SessionPoolTest : public testing::Test {
 protected:
  void make(PoolOptions options = {}) { pool_.emplace(server_.opener(), options, clock_); }

  Lease acquire(Purpose purpose = Purpose::kCommands) {
    auto lease = pool_->acquire(purpose, context_);
    EXPECT_TRUE(lease) << lease.error().message;
    return lease ? std::move(*lease) : Lease();
  }

  ErrorKind acquire_error(const Context& context, Purpose purpose = Purpose::kCommands) {
    const auto lease = pool_->acquire(purpose, context);
    EXPECT_FALSE(lease);
    return lease ? ErrorKind::kIo : lease.error().kind;
  }

  static StubSession& stub(const Lease& lease) { return dynamic_cast<StubSession&>(lease.session()); }
  static int number_of(const Lease& lease) { return stub(lease).number; }

  std::uint64_t park(Lease lease) { return pool_->park({std::move(lease), std::make_unique<StubTransfer>()}); }

  /// Waits a few turns of the housekeeper at most.
  template <typename Condition>
  static bool soon(Condition condition) {
    for (int i = 0; i < 500 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return condition();
  }

  static Context within(std::chrono::milliseconds span) { return Context{span, Deadline::after(span), nullptr}; }

  StubServer server_;
  test::ManualClock clock_;
  Context context_ = within(std::chrono::seconds(10));
  std::optional<SessionPool> pool_;
};

}  // namespace ftpsfs::remote
