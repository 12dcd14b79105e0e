// Interrupts: which waits are given up because their caller was signalled.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <unordered_set>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/mutex.h"
#include "ftpsfs/base/worker_pool.h"

namespace ftpsfs::fuse {

/// The kernel reports a signalled caller once, whatever the signal. So a request that was reported is looked at until
/// it ends: it is given up when its caller is told to end or is gone. Any thread may call any member.
class Interrupts {
 public:
  class Wait;

  /// `has_given_up` judges a caller by its thread id.
  Interrupts(std::function<bool(pid_t)> has_given_up, std::chrono::milliseconds interval)
      : has_given_up_(std::move(has_given_up)), interval_(interval) {}
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// Gives up all waits, present and future.
  void cancel_all() EXCLUDES(mutex_);

 private:
  void watch() EXCLUDES(mutex_);

  const std::function<bool(pid_t)> has_given_up_;
  const std::chrono::milliseconds interval_;
  Mutex mutex_;
  ConditionVariable wait_ended_;
  std::unordered_set<Wait*> waits_ GUARDED_BY(mutex_);
  bool watching_ GUARDED_BY(mutex_) = false;
  bool closed_ GUARDED_BY(mutex_) = false;
  WorkerPool watcher_{1};  ///< has a thread only while there is somebody to look at, and shortly after
};

/// One request that waits for the server. Exists while it does.
class Interrupts::Wait {
 public:
  Wait(Interrupts& interrupts, pid_t caller);
  ~Wait();
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  [[nodiscard]] const std::shared_ptr<Cancellation>& cancellation() const { return cancellation_; }
  /// The kernel says that the caller was signalled.
  void interrupted();

 private:
  friend class Interrupts;

  Interrupts& interrupts_;
  const pid_t caller_;
  const std::shared_ptr<Cancellation> cancellation_ = std::make_shared<Cancellation>();
  bool interrupted_ = false;  ///< guarded by the mutex of `interrupts_`
};

}  // namespace ftpsfs::fuse
