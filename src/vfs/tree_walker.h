// TreeWalker: sees that somebody walks through a tree, and looks into the directories ahead of him.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <set>

#include "ftpsfs/base/clock.h"
#include "ftpsfs/base/mutex.h"
#include "ftpsfs/base/worker_pool.h"
#include "vfs/metadata_loader.h"

namespace ftpsfs::vfs {

/// One that lists a directory and soon after one inside it (find, rsync, du, ls -R) will likely list the others too.
/// They are looked into many at a time, breadth first, for as long as what was seen ahead turns out to be wanted; when
/// attributes of files are asked for on the way, they are completed ahead as well. Background work: it only uses a
/// session nobody waits for. Any thread may call any member.
class TreeWalker {
 public:
  TreeWalker(MetadataLoader& loader, WorkerPool& workers, const Clock& clock, std::chrono::milliseconds stall_limit,
             bool enabled)
      : loader_(loader), workers_(workers), clock_(clock), stall_limit_(stall_limit), enabled_(enabled) {}

  /// Somebody has read this directory.
  void note_listed(const remote::RemotePath& directory, const cache::Listing& listing) EXCLUDES(mutex_);
  /// Somebody had to wait for the attributes of a file in this directory.
  void note_attributes_wanted(const remote::RemotePath& directory) EXCLUDES(mutex_);

 private:
  using Paths = std::vector<remote::RemotePath>;
  using Queue = std::deque<remote::RemotePath>;

  void begin_walk(const remote::RemotePath& top) REQUIRES(mutex_);
  void queue_children(const remote::RemotePath& directory, const cache::Listing& listing, Queue& queue)
      REQUIRES(mutex_);
  void forget_old_walks(Clock::TimePoint now) REQUIRES(mutex_);
  void start() REQUIRES(mutex_);
  void run() EXCLUDES(mutex_);
  bool look_ahead() EXCLUDES(mutex_);
  bool complete_ahead() EXCLUDES(mutex_);
  [[nodiscard]] Context context() const { return Context{stall_limit_, std::nullopt, nullptr}; }

  MetadataLoader& loader_;
  WorkerPool& workers_;
  const Clock& clock_;
  const std::chrono::milliseconds stall_limit_;
  const bool enabled_;

  Mutex mutex_;
  std::map<remote::RemotePath, Clock::TimePoint> listed_ GUARDED_BY(mutex_);  ///< by somebody, a moment ago
  std::set<remote::RemotePath> queued_ GUARDED_BY(mutex_);                    ///< what this walk has thought of
  Queue below_ GUARDED_BY(mutex_);                ///< to be looked into: what is below a directory somebody read
  Queue beside_ GUARDED_BY(mutex_);               ///< and, when that is done, what is beside it
  Queue rough_ GUARDED_BY(mutex_);                ///< looked into; attributes incomplete
  std::size_t allowance_ GUARDED_BY(mutex_) = 0;  ///< how many directories more before somebody must have used one
  std::set<remote::RemotePath> attributes_wanted_ GUARDED_BY(mutex_);  ///< in these directories of this walk
  bool running_ GUARDED_BY(mutex_) = false;
  bool again_ GUARDED_BY(mutex_) = false;  ///< something was noted while it ran
};

}  // namespace ftpsfs::vfs
