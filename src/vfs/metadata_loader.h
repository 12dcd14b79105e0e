// MetadataLoader: what is known of a name, from the cache when fresh, else from one request for all who ask.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/cache/metadata_cache.h"
#include "ftpsfs/remote/remote_fs.h"
#include "vfs/listing_loader.h"

namespace ftpsfs::vfs {

/// Any thread may call any member. Errors: those of RemoteFs::stat and RemoteFs::open_listing.
class MetadataLoader {
 public:
  /// `stall_limit`: longest wait for the server's next byte while a listing is fetched. `stale_when_offline`: while the
  /// server is out of reach, stat() and open() answer what is known, however old.
  MetadataLoader(remote::RemoteFs& remote, cache::MetadataCache& cache,
                 std::chrono::milliseconds stall_limit = Context{}.stall_limit, bool stale_when_offline = false)
      : remote_(remote),
        cache_(cache),
        stale_when_offline_(stale_when_offline),
        listings_(remote, cache, stall_limit, stale_when_offline) {}

  /// What the name is, provisional attributes completed, as of at most `max_age` ago (default: the cache's time to
  /// live). kNotFound when it does not exist.
  Result<Known> stat(const remote::RemotePath& path, std::optional<std::chrono::milliseconds> max_age,
                     const Context& context) EXCLUDES(mutex_);
  /// The type of a name of which nothing but provisional attributes are known.
  [[nodiscard]] std::optional<remote::FileType> provisional_type(const remote::RemotePath& path);
  /// As stat() from memory alone; nothing when it does not know.
  std::optional<Result<Known>> try_stat(const remote::RemotePath& path,
                                        std::optional<std::chrono::milliseconds> max_age);

  /// What was last known of the name, however old; nothing when it was absent or never told.
  std::optional<Known> last_known(const remote::RemotePath& path);

  /// A directory to be read, a large one while it comes in.
  Result<DirectoryReading> open(const remote::RemotePath& directory, const Context& context) {
    return listings_.open(directory, context);
  }
  /// The whole of it.
  Result<std::shared_ptr<const cache::Listing>> list(const remote::RemotePath& directory, const Context& context) {
    return listings_.list(directory, context);
  }
  /// The same from the cache alone; null when it does not know.
  std::shared_ptr<const cache::Listing> try_list(const remote::RemotePath& directory) {
    return cache_.listing(directory);
  }

  using Found = std::vector<std::pair<remote::RemotePath, std::shared_ptr<const cache::Listing>>>;
  /// Looks into those of the directories that are neither known nor on their way; whoever asks for one of them
  /// meanwhile waits for this. Returns what was found. Errors: those of RemoteFs::glance.
  Result<Found> glance(const std::vector<remote::GlanceRequest>& requests, const Context& context) EXCLUDES(mutex_);

  /// Completes the provisional attributes in these directories. Errors: those of RemoteFs::refine.
  Status complete(const std::vector<remote::RemotePath>& directories, const Context& context) EXCLUDES(mutex_);

 private:
  Result<Known> ask(const remote::RemotePath& path, std::optional<std::chrono::milliseconds> max_age,
                    const Context& context) EXCLUDES(mutex_);

  /// Provisional names of one directory on their way to being completed.
  struct Completion {
    remote::RemotePath directory;
    std::shared_ptr<const cache::Listing> listing;
    cache::Mark mark;
    std::size_t first = 0;            ///< of its names among all that are asked for
    std::vector<std::size_t> places;  ///< of the names in the listing
  };

  Status settle(const remote::RemotePath& path, const Context& context) EXCLUDES(mutex_);
  [[nodiscard]] std::optional<Completion> plan(const remote::RemotePath& directory, std::string_view from,
                                               std::vector<remote::Named>& names);
  Status complete_planned(std::vector<Completion>& plans, const std::vector<remote::Named>& names, bool ahead,
                          const Context& context);
  Result<Known> stat_through_listing(const remote::RemotePath& path, const Context& context) EXCLUDES(mutex_);

  remote::RemoteFs& remote_;
  cache::MetadataCache& cache_;
  const bool stale_when_offline_;
  Mutex mutex_;
  ConditionVariable completed_;
  std::set<remote::RemotePath> completing_ GUARDED_BY(mutex_);  ///< directories
  ListingLoader listings_;                                      ///< last: its threads end before what they use does
};

}  // namespace ftpsfs::vfs
