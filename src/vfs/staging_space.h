// StagingSpace: how much of the local disk staged files may take, and how much they do.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/mutex.h"

namespace ftpsfs::vfs {

/// The bound is checked before a write of at most a MiB, so as many of them as run at once may overstep it. Any thread
/// may call any member.
class StagingSpace {
 public:
  /// `bound` in bytes; absent: the disk's. In any case a fiftieth of the disk, at most 1 GiB, is left free.
  StagingSpace(std::string directory, std::optional<std::uint64_t> bound);

  /// Staged files tell what they take, and give back.
  void take(std::uint64_t bytes) EXCLUDES(mutex_);
  void give_back(std::uint64_t bytes) EXCLUDES(mutex_);

  [[nodiscard]] bool has_room(std::uint64_t bytes) EXCLUDES(mutex_);
  /// Waits for a moment, less when something was given back. Errors: of the context.
  Status await_change(const Context& context) EXCLUDES(mutex_);
  [[nodiscard]] std::uint64_t used() const EXCLUDES(mutex_);

 private:
  [[nodiscard]] std::uint64_t free_above_floor() const;

  const std::string directory_;
  const std::optional<std::uint64_t> bound_;
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::uint64_t used_ GUARDED_BY(mutex_) = 0;
  std::uint64_t good_until_ GUARDED_BY(mutex_) = 0;  ///< up to this use the disk need not be asked again
};

}  // namespace ftpsfs::vfs
