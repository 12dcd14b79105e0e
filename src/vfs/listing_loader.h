// ListingLoader: listings on their way from the server, one request for all who ask.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/base/worker_pool.h"
#include "ftpsfs/cache/metadata_cache.h"
#include "ftpsfs/remote/remote_fs.h"
#include "vfs/listing_flight.h"

namespace ftpsfs::vfs {

/// What a name is, and since when that is known.
struct Known {
  remote::Attributes attributes;
  Clock::TimePoint learned;
};

/// A directory to be read from its beginning. As long as somebody holds it, a listing too large for the cache answers
/// for its names.
struct DirectoryReading {
  std::shared_ptr<const cache::Listing> listing;  ///< null while a large one is on its way
  std::shared_ptr<const ListingFlight> flight;    ///< null when the listing was known
};

/// A listing is fetched by a thread of its own and taken in by the cache when it is complete; whoever asked for it may
/// give up waiting. Any thread may call any member. Errors: those of RemoteFs::open_listing.
class ListingLoader {
 public:
  /// `stale_when_offline`: while the server is out of reach, open() and list() tell what is known, however old.
  ListingLoader(remote::RemoteFs& remote, cache::MetadataCache& cache, std::chrono::milliseconds stall_limit,
                bool stale_when_offline = false)
      : remote_(remote), cache_(cache), stall_limit_(stall_limit), stale_when_offline_(stale_when_offline) {}
  /// Gives up what is under way.
  ~ListingLoader() { stop_->cancel(); }
  ListingLoader(const ListingLoader&) = delete;
  ListingLoader& operator=(const ListingLoader&) = delete;

  /// The directory as soon as there is something to show: a small one whole, a large one when its beginning is told.
  Result<DirectoryReading> open(const remote::RemotePath& directory, const Context& context) EXCLUDES(mutex_);
  /// The whole of it, not older than any change of ours.
  Result<std::shared_ptr<const cache::Listing>> list(const remote::RemotePath& directory, const Context& context)
      EXCLUDES(mutex_);
  /// One answer of the server, whole, even if a change of ours came between.
  Result<ListingFlight::Landing> request(const remote::RemotePath& directory, const Context& context) EXCLUDES(mutex_);

  /// What a listing that the cache does not have (yet) tells of a name; nothing when there is none, or it is older than
  /// `max_age` or than a change of ours. An error says that the name does not exist.
  [[nodiscard]] std::optional<Result<Known>> find(const remote::RemotePath& path,
                                                  std::optional<std::chrono::milliseconds> max_age) const
      EXCLUDES(mutex_);

  /// For those who come to know a directory in another way: from claim(), false when it is on its way already, to
  /// land(), others wait for them. A null listing says that it did not work out.
  bool claim(const remote::RemotePath& directory) EXCLUDES(mutex_);
  void land(const remote::RemotePath& directory, ListingFlight::Landing landing) EXCLUDES(mutex_);
  /// Waits while the directory is on its way.
  Status await(const remote::RemotePath& directory, const Context& context) EXCLUDES(mutex_);

 private:
  struct Joined {
    std::shared_ptr<const ListingFlight> flight;
    bool started = false;  ///< by this very call
  };

  Result<DirectoryReading> open_current(const remote::RemotePath& directory, const Context& context) EXCLUDES(mutex_);
  Result<std::shared_ptr<const cache::Listing>> list_current(const remote::RemotePath& directory,
                                                             const Context& context) EXCLUDES(mutex_);
  [[nodiscard]] std::shared_ptr<const cache::Listing> instead(const Error& error, const remote::RemotePath& directory);
  Joined join(const remote::RemotePath& directory) EXCLUDES(mutex_);
  void fetch(const remote::RemotePath& directory, ListingFlight& flight) EXCLUDES(mutex_);
  Result<std::optional<ListingFlight::Landing>> await_landing(const Joined& joined, const Context& context);

  remote::RemoteFs& remote_;
  cache::MetadataCache& cache_;
  const std::chrono::milliseconds stall_limit_;
  const bool stale_when_offline_;
  const std::shared_ptr<Cancellation> stop_ = std::make_shared<Cancellation>();

  mutable Mutex mutex_;
  std::map<remote::RemotePath, std::shared_ptr<ListingFlight>> under_way_ GUARDED_BY(mutex_);
  /// Landed, not in the cache, and perhaps still held by somebody who reads.
  std::map<remote::RemotePath, std::weak_ptr<const ListingFlight>> outside_ GUARDED_BY(mutex_);

  static constexpr std::size_t kMostAtOnce = 64;
  WorkerPool workers_{kMostAtOnce};  ///< last: its threads end before what they use does
};

}  // namespace ftpsfs::vfs
