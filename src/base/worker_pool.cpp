#include "ftpsfs/base/worker_pool.h"

#include <chrono>
#include <system_error>
#include <utility>

namespace ftpsfs {

namespace {
constexpr std::chrono::seconds kIdleLife{10};
}

WorkerPool::~WorkerPool() {
  std::thread last;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
    while (!threads_.empty()) wake_.wait_until(mutex_, std::chrono::steady_clock::now() + kIdleLife);
    last.swap(ended_);
  }
  if (last.joinable()) last.join();
}

void WorkerPool::submit(std::function<void()> task) {
  MutexLock lock(mutex_);
  queue_.push_back(std::move(task));
  const bool too_few = idle_ < queue_.size() && threads_.size() < max_threads_;
  if (!too_few || !grow()) wake_.notify_one();
}

/// Starts one thread; false when the system has none to give and others of ours will do the work.
bool WorkerPool::grow() {
  const auto self = threads_.emplace(threads_.end());
  try {
    *self = std::thread([this, self] { run(self); });
    return true;
  } catch (const std::system_error&) {
    threads_.erase(self);
    if (!threads_.empty()) return false;
    queue_.pop_back();
    throw;
  }
}

void WorkerPool::run(Threads::iterator self) {
  std::thread ended_before;
  while (const auto task = next_task(self, ended_before)) task();
  if (ended_before.joinable()) ended_before.join();
}

/// Waits for a task. Empty when there was none for long: then this thread counts no more, and joins the one before it.
std::function<void()> WorkerPool::next_task(Threads::iterator self, std::thread& ended_before) {
  const auto idle_until = std::chrono::steady_clock::now() + kIdleLife;
  MutexLock lock(mutex_);
  ++idle_;
  bool expired = false;
  while (queue_.empty() && !stopping_ && !expired) expired = !wake_.wait_until(mutex_, idle_until);
  --idle_;
  if (!queue_.empty()) {
    std::function<void()> task = std::move(queue_.front());
    queue_.pop_front();
    return task;
  }
  ended_before = std::exchange(ended_, std::move(*self));
  threads_.erase(self);
  if (stopping_ && threads_.empty()) wake_.notify_all();
  return {};
}

}  // namespace ftpsfs
