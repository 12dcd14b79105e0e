#include "vfs/name_claims.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

using std::chrono::milliseconds;

Context patient() { return Context{std::chrono::seconds(10), Deadline::after(std::chrono::seconds(10)), nullptr}; }
Context impatient() { return Context{milliseconds(20), Deadline::after(milliseconds(20)), nullptr}; }

class NameClaimsTest : public testing::Test {
 protected:
  bool free(std::string_view path, bool subtree = false) {
    return claims_.acquire({{at(path), subtree}}, impatient()).has_value();
  }
  NameClaims::Held take(std::string_view path, bool subtree = false) {
    return claims_.acquire({{at(path), subtree}}, patient()).value();
  }

  NameClaims claims_;
};

TEST_F(NameClaimsTest, OneNameAtATime) {
  {
    const auto held = take("a");
    EXPECT_FALSE(free("a"));
    EXPECT_TRUE(free("b"));
    EXPECT_TRUE(free("ab"));
    EXPECT_TRUE(free("a/below"));
  }
  EXPECT_TRUE(free("a"));
}

TEST_F(NameClaimsTest, ASubtreeClaimTouchesAllBelowAndOnlyThat) {
  const auto held = take("a/b", true);
  EXPECT_FALSE(free("a/b"));
  EXPECT_FALSE(free("a/b/c/d"));
  EXPECT_TRUE(free("a"));
  EXPECT_FALSE(free("a", true));
  EXPECT_TRUE(free("a/bc"));
}

TEST_F(NameClaimsTest, ANameClaimStopsASubtreeClaimAboveIt) {
  const auto held = take("a/b/c");
  EXPECT_FALSE(free("a", true));
  EXPECT_FALSE(free("", true));
  EXPECT_TRUE(free("a/b"));
}

TEST_F(NameClaimsTest, WaitersComeInTheOrderTheyCame) {
  auto first = std::make_unique<NameClaims::Held>(take("a"));
  std::mutex mutex;
  std::vector<int> order;
  std::vector<std::thread> threads;
  std::atomic<int> started = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      while (started != i) std::this_thread::yield();
      ++started;
      const auto held = take("a");
      const std::scoped_lock lock(mutex);
      order.push_back(i);
    });
    while (started != i + 1) std::this_thread::yield();
    std::this_thread::sleep_for(milliseconds(20));  // into the queue
  }
  first.reset();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3}));
}

TEST_F(NameClaimsTest, ACancelledWaiterLetsThoseBehindItPass) {
  const auto held = take("a");
  Context cancelled = patient();
  cancelled.cancellation = std::make_shared<Cancellation>();
  std::thread waiter([&] {
    const auto refused = claims_.acquire({{at("a"), false}, {at("b"), false}}, cancelled);
    EXPECT_EQ(outcome(refused), "interrupted");
  });
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_FALSE(free("b")) << "it stands behind the waiter";
  cancelled.cancellation->cancel();
  waiter.join();
  EXPECT_TRUE(free("b"));
}

TEST_F(NameClaimsTest, WaitEndsAtTheDeadline) {
  const auto held = take("a");
  EXPECT_EQ(outcome(claims_.acquire({{at("a"), false}}, impatient())), "timed out");
}

TEST_F(NameClaimsTest, CrossingRenamesNeverDeadlock) {
  std::vector<std::thread> threads;
  std::atomic<int> inside = 0;
  std::atomic<int> done = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const auto from = at(i % 2 == 0 ? "x" : "y");
      const auto to = at(i % 2 == 0 ? "y" : "x");
      for (int round = 0; round < 50; ++round) {
        const auto held = claims_.acquire({{from, true}, {to, true}}, patient());
        ASSERT_TRUE(held);
        EXPECT_EQ(++inside, 1);
        --inside;
        ++done;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(done, 200);
}

}  // namespace
}  // namespace ftpsfs::vfs
