// OpenHandles: what the kernel holds open.
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/vfs/filesystem.h"

namespace ftpsfs::fuse {

/// Knows each handle between open and release, so that the end of the mount, which may swallow the kernel's last
/// releases, releases them all. Any thread may call any member.
class OpenHandles {
 public:
  void add_file(vfs::HandleId handle, bool writes) EXCLUDES(mutex_);
  /// True when the file was opened for writing, so that closing it may have something to commit.
  [[nodiscard]] bool writes(vfs::HandleId handle) const EXCLUDES(mutex_);
  void remove_file(vfs::HandleId handle) EXCLUDES(mutex_);

  void add_directory(vfs::HandleId handle) EXCLUDES(mutex_);
  void remove_directory(vfs::HandleId handle) EXCLUDES(mutex_);

  /// Releases what is left, files first; a commit waits for the server within `context`.
  void release_all(vfs::Filesystem& filesystem, const Context& context) EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::unordered_map<vfs::HandleId, bool> files_ GUARDED_BY(mutex_);  ///< the value: opened for writing
  std::unordered_set<vfs::HandleId> directories_ GUARDED_BY(mutex_);
};

}  // namespace ftpsfs::fuse
