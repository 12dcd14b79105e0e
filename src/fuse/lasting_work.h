// LastingWork: how work ended that goes on whether anybody waits for its end or not.
#pragma once

#include <optional>

#include "ftpsfs/base/waiting.h"

namespace ftpsfs::fuse {

/// Shared by the thread that works and the one that waits.
class LastingWork {
 public:
  void end(Status outcome) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    outcome_ = std::move(outcome);
    ended_.notify_all();
  }

  /// How it ended; kInterrupted when the context is cancelled before it does.
  [[nodiscard]] Status await(const Context& context) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (!outcome_) FTPSFS_TRY(wait_briefly(ended_, mutex_, context));
    return *outcome_;
  }

 private:
  Mutex mutex_;
  ConditionVariable ended_;
  std::optional<Status> outcome_ GUARDED_BY(mutex_);
};

}  // namespace ftpsfs::fuse
