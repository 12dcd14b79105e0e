// SiblingReader: sees that small files of a directory are read one after another, and fetches the next ones ahead.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/base/worker_pool.h"
#include "ftpsfs/cache/block_cache.h"
#include "ftpsfs/cache/disk_cache.h"
#include "ftpsfs/cache/metadata_cache.h"
#include "ftpsfs/remote/remote_fs.h"
#include "vfs/metadata_loader.h"
#include "vfs/node_table.h"

namespace ftpsfs::vfs {

/// cp -r, grep -r and tar read the files of a directory in the order of its names or of their inode numbers. After
/// three in one of these orders the next ones are fetched whole into the block cache, on all sessions nobody waits for.
/// Any thread may call any member.
class SiblingReader {
 public:
  struct Services {
    remote::RemoteFs& remote;
    cache::BlockCache& blocks;
    cache::DiskCache* disk;  ///< null: there is none
    cache::MetadataCache& metadata;
    MetadataLoader& loader;
    const NodeTable& nodes;
    WorkerPool& workers;
    std::chrono::milliseconds stall_limit;
    std::size_t most_bytes;  ///< fetched and not yet asked for; a part of what `blocks` holds
  };

  explicit SiblingReader(Services services) : services_(services) {}

  /// A file is opened for reading; `parent` is the node of its directory.
  void note_opened(const remote::RemotePath& file, NodeId parent) EXCLUDES(mutex_);
  /// The number in the block cache of what was fetched of this version, or is being fetched; once.
  std::optional<std::uint64_t> take(const remote::RemotePath& file, const remote::Version& version) EXCLUDES(mutex_);
  /// Waits while this content is being fetched.
  Status await(std::uint64_t content, const Context& context) EXCLUDES(mutex_);

 private:
  /// How far a reader is in one order of a directory's files.
  struct Order {
    std::vector<std::uint32_t> places;             ///< where the files stand in the listing
    std::map<std::uint32_t, std::uint32_t> ranks;  ///< and the reverse
    std::uint32_t last = 0;
    int streak = 0;
  };
  struct Track {
    std::size_t entries = 0;
    Order by_name;
    Order by_inode;
    std::vector<bool> seen;  ///< by place: opened, or queued to be fetched
    std::uint64_t used = 0;
  };
  struct Fetched {
    remote::Version version;
    std::uint64_t content = 0;
    std::uint64_t bytes = 0;
    std::chrono::steady_clock::time_point since;
  };

  Track& track(const remote::RemotePath& directory, NodeId parent, const cache::Listing& listing) REQUIRES(mutex_);
  static void follow(Order& order, std::uint32_t place);
  void queue_next(Track& known, const Order& order, const remote::RemotePath& directory, const cache::Listing& listing)
      REQUIRES(mutex_);
  void start() REQUIRES(mutex_);
  void run() EXCLUDES(mutex_);
  void drop_unwanted() REQUIRES(mutex_);
  Status fetch(const remote::RemotePath& file) EXCLUDES(mutex_);
  Status fetch_content(const remote::Named& file, const Fetched& wanted, const Context& context);
  Result<bool> fetch_from_disk(const remote::Named& file, const Fetched& wanted, const cache::DiskContent& kept,
                               const Context& context);

  const Services services_;
  Mutex mutex_;
  ConditionVariable done_;
  std::map<remote::RemotePath, Track> tracks_ GUARDED_BY(mutex_);  ///< of the directories read last
  std::deque<remote::RemotePath> queue_ GUARDED_BY(mutex_);
  std::map<remote::RemotePath, Fetched> fetched_ GUARDED_BY(mutex_);  ///< or being fetched; not yet taken
  std::set<std::uint64_t> under_way_ GUARDED_BY(mutex_);              ///< contents
  std::uint64_t bytes_ GUARDED_BY(mutex_) = 0;                        ///< of all in fetched_
  std::uint64_t uses_ GUARDED_BY(mutex_) = 0;
  std::size_t running_ GUARDED_BY(mutex_) = 0;
};

}  // namespace ftpsfs::vfs
