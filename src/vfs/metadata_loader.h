// MetadataLoader: what is known of a name, from the cache when fresh, else from one request for all who ask.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/cache/metadata_cache.h"
#include "ftpsfs/remote/remote_fs.h"

namespace ftpsfs::vfs {

/// What a name is, and since when that is known.
struct Known {
  remote::Attributes attributes;
  Clock::TimePoint learned;
};

/// Any thread may call any member. Errors: those of RemoteFs::stat and RemoteFs::list.
class MetadataLoader {
 public:
  MetadataLoader(remote::RemoteFs& remote, cache::MetadataCache& cache) : remote_(remote), cache_(cache) {}

  /// What the name is, as of at most `max_age` ago (default: the cache's time to live). kNotFound when it does not
  /// exist.
  Result<Known> stat(const remote::RemotePath& path, std::optional<std::chrono::milliseconds> max_age,
                     const Context& context) EXCLUDES(mutex_);
  /// The same from the cache alone; nothing when it does not know.
  std::optional<Result<Known>> try_stat(const remote::RemotePath& path,
                                        std::optional<std::chrono::milliseconds> max_age);

  Result<std::shared_ptr<const cache::Listing>> list(const remote::RemotePath& directory, const Context& context)
      EXCLUDES(mutex_);

 private:
  Status refresh_listing(const remote::RemotePath& directory, const Context& context) EXCLUDES(mutex_);
  Result<Known> stat_through_listing(const remote::RemotePath& path, const Context& context) EXCLUDES(mutex_);

  remote::RemoteFs& remote_;
  cache::MetadataCache& cache_;
  Mutex mutex_;
  ConditionVariable landed_;
  std::set<remote::RemotePath> in_flight_ GUARDED_BY(mutex_);  ///< directories being listed now
};

}  // namespace ftpsfs::vfs
