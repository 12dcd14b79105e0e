// CommitPolicy: decides whether new content is renamed onto a file or written into it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ftpsfs/base/error.h"
#include "ftpsfs/base/mutex.h"
#include "ftpsfs/cache/lru_cache.h"
#include "ftpsfs/remote/remote_path.h"
#include "ftpsfs/vfs/filesystem.h"

namespace ftpsfs::vfs {

/// CommitMode::kAuto renames, because the old content then stays whole until the new one is; but where the server does
/// not allow that, or the file would lose its owner or mode, it is written in place. What was found out is remembered
/// for the life of the mount, oldest forgotten first: a refusal for the directory, a loss for the file. Any thread may
/// call any member.
class CommitPolicy {
 public:
  explicit CommitPolicy(CommitMode mode);

  /// The file itself is to be written, without a temporary one.
  [[nodiscard]] bool in_place(const remote::RemotePath& file) EXCLUDES(mutex_);
  /// PublishRequest::keep_standing of what is renamed.
  [[nodiscard]] bool keeps_standing() const { return mode_ == CommitMode::kAuto; }
  /// May the file itself be written after a commit by rename failed so?
  [[nodiscard]] bool in_place_after(const Error& failure) const;
  /// That worked.
  void remember(const remote::RemotePath& file, const Error& failure) EXCLUDES(mutex_);
  /// What is remembered, the last used first, at most so many: files, and directories with a "/" at the end.
  [[nodiscard]] std::vector<std::string> remembered(std::size_t most) EXCLUDES(mutex_);

 private:
  struct Known {
    bool is_directory = false;
  };

  const CommitMode mode_;
  Mutex mutex_;
  cache::LruCache<remote::RemotePath, Known> written_in_place_ GUARDED_BY(mutex_);  ///< files and directories
};

}  // namespace ftpsfs::vfs
