// AttributeMemory: times and modes that were set here but that the server cannot hold.
#pragma once

#include <cstdint>
#include <optional>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/cache/lru_cache.h"
#include "ftpsfs/remote/attributes.h"
#include "ftpsfs/remote/remote_path.h"

namespace ftpsfs::vfs {

/// A value that was set here, and what the server told in its place when first asked afterwards.
template <typename T>
struct Remembered {
  T wanted{};
  std::optional<T> told;
};

/// Lets rsync and make find what they set, on a server that refuses to set it (vsftpd: the time of a directory). A
/// remembered value holds while the server goes on telling the same, and is forgotten once that changes. Kept for the
/// life of the mount, oldest forgotten first. Any thread may call any member.
class AttributeMemory {
 public:
  AttributeMemory();

  void remember_mtime(const remote::RemotePath& path, std::int64_t mtime) EXCLUDES(mutex_);
  void remember_mode(const remote::RemotePath& path, std::uint32_t mode) EXCLUDES(mutex_);
  /// The attributes with what is remembered in the place of what the server told.
  [[nodiscard]] remote::Attributes apply(const remote::RemotePath& path, remote::Attributes told) EXCLUDES(mutex_);
  void forget_mtime(const remote::RemotePath& path) EXCLUDES(mutex_);
  void forget_mode(const remote::RemotePath& path) EXCLUDES(mutex_);
  void forget(const remote::RemotePath& path) EXCLUDES(mutex_);
  /// With what is below it.
  void move(const remote::RemotePath& from, const remote::RemotePath& to) EXCLUDES(mutex_);

 private:
  struct Entry {
    std::optional<Remembered<std::int64_t>> mtime;
    std::optional<Remembered<std::optional<std::uint32_t>>> mode;  ///< not every server tells modes
  };
  Entry& entry(const remote::RemotePath& path) REQUIRES(mutex_);

  Mutex mutex_;
  cache::LruCache<remote::RemotePath, Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace ftpsfs::vfs
