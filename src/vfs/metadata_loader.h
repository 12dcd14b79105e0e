// MetadataLoader: what is known of a name, from the cache when fresh, else from one request for all who ask.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>

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
  /// A listing on its way, for all who ask meanwhile.
  struct Flight {
    bool landed = false;
    std::shared_ptr<const cache::Listing> listing;  ///< null after a failure
    bool current = false;                           ///< no change of ours came between
  };
  using FlightPtr = std::shared_ptr<const Flight>;

  Result<FlightPtr> request_listing(const remote::RemotePath& directory, const Context& context) EXCLUDES(mutex_);
  Result<Known> stat_through_listing(const remote::RemotePath& path, const Context& context) EXCLUDES(mutex_);

  remote::RemoteFs& remote_;
  cache::MetadataCache& cache_;
  Mutex mutex_;
  ConditionVariable landed_;
  std::map<remote::RemotePath, std::shared_ptr<Flight>> in_flight_ GUARDED_BY(mutex_);
};

}  // namespace ftpsfs::vfs
