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

}  // namespace ftpsfs::fuse
