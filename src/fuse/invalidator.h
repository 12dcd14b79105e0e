// Invalidator: tells the kernel what it should not believe, or keep, any longer.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "ftpsfs/base/context.h"
#include "ftpsfs/vfs/filesystem.h"
#include "fuse/libfuse.h"

namespace ftpsfs::fuse {

/// A thread of its own: to drop a name the kernel locks the directory, and a request that is not answered yet may hold
/// that lock. So whoever ends it goes on answering requests until ended() says yes.
class Invalidator {
 public:
  /// Both outlive it. Begins at once.
  Invalidator(vfs::Filesystem& filesystem, fuse_session* session);
  ~Invalidator();
  Invalidator(const Invalidator&) = delete;
  Invalidator& operator=(const Invalidator&) = delete;

  /// Nothing new is begun.
  void stop();
  [[nodiscard]] bool ended() const { return ended_.load(); }

 private:
  void run();
  void tell(const vfs::Invalidation& invalidation);

  vfs::Filesystem& filesystem_;
  fuse_session* const session_;
  const std::shared_ptr<Cancellation> stop_ = std::make_shared<Cancellation>();
  std::atomic<bool> ended_ = false;
  std::thread thread_;  ///< last
};

/// Has the kernel ask for the attributes of a node again. Takes no lock that a request could hold but one that changes
/// this very node (libfuse's fuse_lowlevel_notify_inval_inode), so that an open may do it before its answer.
void invalidate_attributes(fuse_session* session, vfs::NodeId node);

}  // namespace ftpsfs::fuse
