// WorkerPool: a growing, bounded set of threads for work that blocks.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <thread>

#include "ftpsfs/base/mutex.h"

namespace ftpsfs {

/// Runs each task on an idle thread, or on a new one while fewer than `max_threads` exist; else it queues, in order.
/// Threads idle for 10 s end. Any thread, a task's too, may call submit(); the destructor runs what is queued, then
/// joins. A task is callable and throws nothing. The queue has no bound of its own: whoever submits bounds what is
/// under way.
class WorkerPool {
 public:
  /// `max_threads` is at least 1.
  explicit WorkerPool(std::size_t max_threads) : max_threads_(max_threads) {}
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// When the system has no thread to give, the task waits for one of ours; std::system_error when there is none at
  /// all.
  void submit(std::function<void()> task) EXCLUDES(mutex_);

 private:
  using Threads = std::list<std::thread>;

  bool grow() REQUIRES(mutex_);
  void run(Threads::iterator self) EXCLUDES(mutex_);
  std::function<void()> next_task(Threads::iterator self, std::thread& ended_before) EXCLUDES(mutex_);

  const std::size_t max_threads_;
  Mutex mutex_;
  ConditionVariable wake_;
  std::deque<std::function<void()>> queue_ GUARDED_BY(mutex_);
  Threads threads_ GUARDED_BY(mutex_);
  std::thread ended_ GUARDED_BY(mutex_);  ///< the last to end; it has joined the one that ended before it
  std::size_t idle_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace ftpsfs
