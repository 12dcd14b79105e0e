// FilledDirectories: those made here, which a program is likely to fill next; and with what.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_set>

#include "ftpsfs/base/clock.h"
#include "ftpsfs/base/mutex.h"
#include "ftpsfs/cache/lru_cache.h"
#include "ftpsfs/remote/remote_path.h"

namespace ftpsfs::vfs {

/// From the first file that is created in such a directory until the program pauses nobody need be asked whether a name
/// is taken there, unless it came from us. Where somebody else was quicker, the commit finds out. Bounded in bytes. Any
/// thread may call any member.
class FilledDirectories {
 public:
  /// `pause`: after this long without a new file the server is asked again. `clock` outlives this.
  FilledDirectories(std::chrono::milliseconds pause, const Clock& clock);

  void note_made(const remote::RemotePath& directory) EXCLUDES(mutex_);
  /// We gave a name in its directory away: a file when `created`, else a directory or something renamed.
  void note_name(const remote::RemotePath& path, bool created) EXCLUDES(mutex_);
  /// The directory, or another of its name, is not the one that was made.
  void forget(const remote::RemotePath& directory) EXCLUDES(mutex_);
  [[nodiscard]] bool lacks(const remote::RemotePath& path) EXCLUDES(mutex_);

 private:
  struct Filling {
    bool begun = false;
    Clock::TimePoint last;                  ///< when a file was created, once begun
    std::unordered_set<std::size_t> names;  ///< hashes: of two names with the same the server is asked
  };

  const std::chrono::milliseconds pause_;
  const Clock& clock_;
  Mutex mutex_;
  cache::LruCache<remote::RemotePath, Filling> directories_ GUARDED_BY(mutex_);
};

}  // namespace ftpsfs::vfs
