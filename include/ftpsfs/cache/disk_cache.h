// DiskCache: blocks of file contents on the local disk, kept from one mount to the next.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/mutex.h"
#include "ftpsfs/cache/block_cache.h"
#include "ftpsfs/cache/disk_content.h"

namespace ftpsfs::cache {

class ContentFiles;
struct BlockPlace;
struct OfferedBlock;

struct DiskCacheOptions {
  std::string directory;  ///< absolute; ours, and private to us
  std::string source;     ///< what is mounted, in so many words: each source has a folder of its own in `directory`
  std::uint64_t capacity_bytes = std::uint64_t{10} << 30;  ///< of the blocks on disk
  std::size_t queue_bytes = std::size_t{8} << 20;          ///< of the blocks in memory that wait to be written
  std::chrono::milliseconds patience{3000};                ///< a mount that has just ended may still hold the directory
};

/// Holds what the server once sent, and says nothing about what the server has now: whoever asks must have been told
/// the version by the server. What is found was checked byte by byte: after a crash, a torn write or a fault of the
/// disk a block is missing, never wrong. Least recently used blocks go first.
///
/// A disk that is full or fails switches the cache off, with one line in the log: nothing is found any more.
/// Any thread may call any member; find() and holds() read the disk, offer() does not wait for it.
class DiskCache {
 public:
  /// Takes the source's folder for this process alone. Errors: kBusy when another has it, kPermission when it belongs
  /// to somebody else, kNoSpace, kIo.
  static Result<std::unique_ptr<DiskCache>> open(const DiskCacheOptions& options);
  /// The name of a source's folder: readable, and not shared with another source.
  [[nodiscard]] static std::string folder_of(std::string_view source);
  /// Writes what was offered.
  ~DiskCache();
  DiskCache(const DiskCache&) = delete;
  DiskCache& operator=(const DiskCache&) = delete;

  /// Null when the block is not there.
  [[nodiscard]] BlockPtr find(const DiskContent& content, std::uint64_t index) EXCLUDES(mutex_);
  /// Whether all of these blocks seem to be there. `count` is at least 1.
  [[nodiscard]] bool holds(const DiskContent& content, std::uint64_t first, std::uint64_t count) EXCLUDES(mutex_);
  /// To be written some time soon, or dropped when more wait than the disk can take. `block` must have been read by a
  /// download that began when the content was settled; see is_settled().
  void offer(const DiskContent& content, std::uint64_t index, BlockPtr block) EXCLUDES(mutex_);

  /// We made the file into this version ourselves: what is kept under it, if anything, is of an earlier content that
  /// was alike in size, time and identity. Nothing of it is found from now on, and nothing is taken in until it is
  /// removed.
  void forget(const DiskContent& content) EXCLUDES(mutex_);

  /// Waits until all that was offered is written; false at the deadline.
  [[nodiscard]] bool drain(const Deadline& deadline) EXCLUDES(mutex_);
  /// What the blocks take on disk; never over the capacity once drain() has returned.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_.load(); }
  [[nodiscard]] std::uint64_t capacity() const { return options_.capacity_bytes; }

 private:
  struct Work {
    std::vector<OfferedBlock> blocks;
    std::vector<BlockPlace> used;
    std::vector<std::uint64_t> forgotten;
    std::size_t bytes = 0;
  };

  DiskCache(const DiskCacheOptions& options, std::unique_ptr<ContentFiles> files);

  void run() EXCLUDES(mutex_);
  [[nodiscard]] bool is_forgotten(const DiskContent& content) EXCLUDES(mutex_);
  [[nodiscard]] Status keep() EXCLUDES(mutex_);
  [[nodiscard]] bool next_work(Work& work) EXCLUDES(mutex_);
  void switch_off(const Error& error) EXCLUDES(mutex_);

  const DiskCacheOptions options_;
  const std::unique_ptr<const ContentFiles> files_;
  std::atomic<bool> off_ = false;
  std::atomic<std::uint64_t> bytes_ = 0;

  Mutex mutex_;
  ConditionVariable wake_;  ///< there is work
  ConditionVariable idle_;  ///< there is none left
  std::deque<OfferedBlock> queue_ GUARDED_BY(mutex_);
  std::size_t queued_bytes_ GUARDED_BY(mutex_) = 0;             ///< of `queue_` and of what is being written
  std::vector<BlockPlace> used_ GUARDED_BY(mutex_);             ///< found since the keeper last asked
  std::map<std::uint64_t, bool> forgotten_ GUARDED_BY(mutex_);  ///< hashes; true: the keeper is at it
  std::uint64_t dropped_ GUARDED_BY(mutex_) = 0;
  bool busy_ GUARDED_BY(mutex_) = true;
  bool stopping_ GUARDED_BY(mutex_) = false;

  std::thread keeper_;  ///< alone with the index
};

}  // namespace ftpsfs::cache
