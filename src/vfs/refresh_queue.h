// RefreshQueue: directories that were asked for again, until somebody compares them with what the kernel was told.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/mutex.h"
#include "ftpsfs/base/unique_fd.h"
#include "ftpsfs/cache/metadata_cache.h"
#include "ftpsfs/vfs/filesystem.h"
#include "ftpsfs/vfs/node.h"

namespace ftpsfs::vfs {

/// A directory was asked for again: what the kernel knows of its names is to be compared with this.
struct Refreshed {
  NodeId directory = 0;
  std::shared_ptr<const cache::Listing> listing;
};

/// Bounded: the oldest are forgotten, as what the kernel knows ends by itself when its time is over. Any thread may
/// call any member; one waits.
class RefreshQueue {
 public:
  RefreshQueue();

  void add(Refreshed refreshed) EXCLUDES(mutex_);
  /// Something that the kernel was told is known not to be true any more.
  void add_outdated(Invalidation outdated) EXCLUDES(mutex_);
  /// Ends a wait although there is nothing.
  void nudge();

  /// All there is. Never waits.
  [[nodiscard]] std::vector<Refreshed> take() EXCLUDES(mutex_);
  [[nodiscard]] std::vector<Invalidation> take_outdated() EXCLUDES(mutex_);
  /// Waits until there may be something. Errors: kTimeout and kInterrupted, within `context`.
  Status await(const Context& context);

 private:
  const UniqueFd event_;
  Mutex mutex_;
  std::deque<Refreshed> refreshed_ GUARDED_BY(mutex_);
  std::vector<Invalidation> outdated_ GUARDED_BY(mutex_);  ///< few: a person's doing
};

}  // namespace ftpsfs::vfs
