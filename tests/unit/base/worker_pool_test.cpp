// WorkerPool: growth, bound, reuse, and an end that loses no task.
#include "ftpsfs/base/worker_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace ftpsfs {
namespace {

using namespace std::chrono_literals;

TEST(WorkerPool, RunsBlockedTasksSideBySide) {
  constexpr int kTasks = 8;
  std::latch all_started(kTasks);  // opens only when every task has a thread of its own
  std::atomic<int> done = 0;
  {
    WorkerPool pool(kTasks);
    for (int i = 0; i < kTasks; ++i) {
      pool.submit([&] {
        all_started.arrive_and_wait();
        ++done;
      });
    }
  }
  EXPECT_EQ(done, kTasks);
}

TEST(WorkerPool, NeverRunsMoreThanItsBoundAtOnce) {
  constexpr int kBound = 3;
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  {
    WorkerPool pool(kBound);
    for (int i = 0; i < 60; ++i) {
      pool.submit([&] {
        const int now = ++running;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) continue;
        std::this_thread::sleep_for(1ms);
        --running;
      });
    }
  }
  EXPECT_EQ(most, kBound);
}

TEST(WorkerPool, UsesAnIdleThreadAgain) {
  WorkerPool pool(16);
  std::set<std::thread::id> threads;
  for (int i = 0; i < 20; ++i) {
    std::promise<std::thread::id> ran;
    pool.submit([&] { ran.set_value(std::this_thread::get_id()); });
    threads.insert(ran.get_future().get());
    std::this_thread::sleep_for(5ms);  // time for the thread to become idle
  }
  // One would do; a thread that was slow to become idle may cost a second.
  EXPECT_LE(threads.size(), 3U);
}

TEST(WorkerPool, OneThreadRunsTasksInOrder) {
  std::vector<int> order;
  {
    WorkerPool pool(1);
    for (int i = 0; i < 100; ++i) pool.submit([&order, i] { order.push_back(i); });
  }
  ASSERT_EQ(order.size(), 100U);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(WorkerPool, DestructorFinishesTheQueue) {
  std::atomic<int> done = 0;
  {
    WorkerPool pool(2);
    for (int i = 0; i < 50; ++i) {
      pool.submit([&] {
        std::this_thread::sleep_for(1ms);
        ++done;
      });
    }
  }
  EXPECT_EQ(done, 50);
}

TEST(WorkerPool, DestructorRunsWhatTasksSubmitMeanwhile) {
  std::atomic<int> done = 0;
  std::function<void(int)> chain;
  {
    WorkerPool pool(2);
    chain = [&](int left) {
      std::this_thread::sleep_for(1ms);
      ++done;
      if (left > 1) pool.submit([&, left] { chain(left - 1); });
    };
    pool.submit([&] { chain(20); });
  }
  EXPECT_EQ(done, 20);
}

TEST(WorkerPool, DestructorDoesNotWaitForIdleThreadsToExpire) {
  const auto begin = std::chrono::steady_clock::now();
  {
    WorkerPool pool(4);
    std::promise<void> ran;
    pool.submit([&] { ran.set_value(); });
    ran.get_future().get();
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(WorkerPool, LetsGoOfATaskBeforeItsThreadIdles) {
  WorkerPool pool(1);
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  pool.submit([held = std::move(held)] { ASSERT_EQ(*held, 1); });
  const auto until = std::chrono::steady_clock::now() + 5s;  // half of what an idle thread lives
  while (!watch.expired() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(watch.expired());
}

TEST(WorkerPool, ThreadsAreGoneAfterTheDestructor) {
  // A thread-local outlives its thread's last task only until the thread has ended.
  struct Counted {
    std::atomic<int>& alive;
    explicit Counted(std::atomic<int>& count) : alive(count) { ++alive; }
    ~Counted() {
      std::this_thread::sleep_for(20ms);
      --alive;
    }
  };
  static std::atomic<int> alive = 0;
  {
    std::latch all_started(4);
    WorkerPool pool(4);
    for (int i = 0; i < 4; ++i) {
      pool.submit([&] {
        static thread_local const Counted counted(alive);
        EXPECT_GT(counted.alive, 0);
        all_started.arrive_and_wait();
      });
    }
    all_started.wait();
  }
  EXPECT_EQ(alive, 0);
}

TEST(WorkerPool, ManyThreadsMaySubmit) {
  std::atomic<int> done = 0;
  {
    WorkerPool pool(4);
    std::vector<std::thread> submitters;
    for (int i = 0; i < 4; ++i) {
      submitters.emplace_back([&] {
        for (int n = 0; n < 500; ++n) pool.submit([&] { ++done; });
      });
    }
    for (std::thread& submitter : submitters) submitter.join();
  }
  EXPECT_EQ(done, 2000);
}

}  // namespace
}  // namespace ftpsfs
