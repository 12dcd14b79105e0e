// FileReader: reads one version of one file through the block cache, with streams that run ahead of the reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/base/worker_pool.h"
#include "ftpsfs/cache/block_cache.h"
#include "ftpsfs/cache/disk_cache.h"
#include "ftpsfs/remote/remote_fs.h"
#include "ftpsfs/vfs/slice.h"
#include "vfs/parallelism.h"

namespace ftpsfs::vfs {

/// What all readers of a mount share. Outlives them.
struct ReadServices {
  remote::RemoteFs& remote;
  cache::BlockCache& blocks;
  WorkerPool& workers;
  Parallelism::Learned& learned;
  std::chrono::milliseconds stall_limit;  ///< longest wait for the server's next byte
  /// Bytes a stream may run ahead; a small part of what `blocks` holds, or it pushes out what is not read yet.
  std::uint64_t max_window = 8 * 1024 * 1024;
  cache::DiskCache* disk = nullptr;  ///< asked before the server; null: there is none
};

/// A stream is one RETR, kept open: it fills blocks from where it stands up to a target ahead of the reader, then
/// parks. A sequential reader has one that stays ahead, or several, on one segment each, where one cannot keep up;
/// scattered readers get up to kMaxStreams, each short. Any thread
/// may call any member. Made with make(), since a stream on a worker thread keeps its reader alive.
class FileReader : public std::enable_shared_from_this<FileReader> {
 public:
  static constexpr std::ptrdiff_t kMaxStreams = 4;  ///< for scattered reads
  static constexpr std::size_t kMaxAhead = 7;       ///< for one sequential reader

  /// `version` is the only one it reads; `content` its number in the block cache.
  static std::shared_ptr<FileReader> make(ReadServices services, remote::RemotePath path, std::uint64_t content,
                                          remote::Version version);

  /// Up to `length` bytes from `offset`, fewer only at the end of the file. Errors: those of RemoteFs::open_reader,
  /// kStale when the server's file has become another, and after stop().
  Result<std::vector<Slice>> read(std::uint64_t offset, std::size_t length, const Context& context) EXCLUDES(mutex_);

  /// The same when every block is in the cache; nothing otherwise. Never waits.
  std::optional<std::vector<Slice>> try_read(std::uint64_t offset, std::size_t length) EXCLUDES(mutex_);

  [[nodiscard]] std::uint64_t content() const { return content_; }
  /// The same content has a new name on the server, or a new time; downloads begun from now on expect it so.
  void set_path(remote::RemotePath path) EXCLUDES(mutex_);
  void set_mtime(std::int64_t mtime) EXCLUDES(mutex_);  ///< 0: any, as while it is being set
  /// The same content is now the beginning of a longer file.
  void set_version(const remote::Version& version) EXCLUDES(mutex_);
  /// A reader of what has taken the place of that content, under the same name.
  [[nodiscard]] std::shared_ptr<FileReader> renewed(const remote::Version& version) EXCLUDES(mutex_);
  /// Ends all streams and reads: nobody reads any more, or the server has another version.
  void stop() EXCLUDES(mutex_);

 private:
  struct Stream {
    std::uint64_t begin = 0;   ///< index of its first block
    std::uint64_t next = 0;    ///< of the block it fills next
    std::uint64_t target = 0;  ///< it rests before this block
    std::uint64_t end = 0;     ///< it ends before this one: the file ends, or another stream began there
    std::uint64_t last_used = 0;
    bool ahead = false;     ///< on a segment nobody waits for yet; takes no session that others want
    bool running = false;   ///< a worker is on it; only that worker touches `reader`
    bool outdated = false;  ///< `reader` was opened under an earlier name or time
    bool settled = false;   ///< `reader` was opened when the content was settled: its blocks may go to disk
    std::optional<Error> error;
    std::unique_ptr<remote::Reader> reader;
  };

  using ReaderPtr = std::unique_ptr<remote::Reader>;
  using DiskContentPtr = std::shared_ptr<const cache::DiskContent>;

  FileReader(ReadServices services, remote::RemotePath path, std::uint64_t content, remote::Version version);

  Result<cache::BlockPtr> block(std::uint64_t index, const Context& context) EXCLUDES(mutex_);
  bool stands_alone(std::uint64_t offset, std::size_t length) REQUIRES(mutex_);
  Result<std::vector<Slice>> read_piece(std::uint64_t offset, std::size_t length, const Context& context)
      EXCLUDES(mutex_);
  void note_read(std::uint64_t offset, std::size_t length) REQUIRES(mutex_);
  [[nodiscard]] std::uint64_t window_blocks() const REQUIRES(mutex_);
  std::vector<std::unique_ptr<remote::Reader>> outdate_streams() REQUIRES(mutex_);
  Stream* stream_for(std::uint64_t index, ReaderPtr& unused) REQUIRES(mutex_);
  [[nodiscard]] std::uint64_t end_of_gap(std::uint64_t index) const REQUIRES(mutex_);
  void spread(std::uint64_t reader_at) REQUIRES(mutex_);
  [[nodiscard]] std::size_t count_running() const REQUIRES(mutex_);
  void start_ahead(std::uint64_t begin, std::uint64_t end) REQUIRES(mutex_);
  bool share(std::uint64_t least, std::uint64_t reach) REQUIRES(mutex_);
  std::uint64_t cut(std::uint64_t reader_at, std::uint64_t segment) REQUIRES(mutex_);
  void gather() REQUIRES(mutex_);
  void halt() REQUIRES(mutex_);
  void take_out(Stream& stream, std::list<Stream>& over) REQUIRES(mutex_);
  void leave(Stream& stream, std::list<Stream>& over) REQUIRES(mutex_);
  void give_way(Stream& stream, std::list<Stream>& over) REQUIRES(mutex_);
  void steer(Stream& stream, std::uint64_t target) REQUIRES(mutex_);
  void run(Stream& stream) EXCLUDES(mutex_);
  void rest(Stream& stream, ReaderPtr& unused) REQUIRES(mutex_);
  void finish(Stream& stream) EXCLUDES(mutex_);
  Status fill_next(Stream& stream, std::uint64_t index) EXCLUDES(mutex_);
  Result<cache::BlockPtr> download(Stream& stream, std::uint64_t index, bool settled) EXCLUDES(mutex_);
  [[nodiscard]] DiskContentPtr disk_content() EXCLUDES(mutex_);
  [[nodiscard]] bool is_on_disk(std::uint64_t offset, std::size_t length) EXCLUDES(mutex_);
  [[nodiscard]] std::uint64_t block_count() const { return (size_ + cache::kBlockSize - 1) / cache::kBlockSize; }

  /// A jump forward of this many blocks is read through rather than paid for with a new RETR.
  static constexpr std::uint64_t kReadThrough = 4;

  const ReadServices services_;
  const std::uint64_t content_;
  const std::uint64_t size_;

  Mutex mutex_;
  ConditionVariable progress_;
  remote::RemotePath path_ GUARDED_BY(mutex_);
  remote::Version version_ GUARDED_BY(mutex_);
  DiskContentPtr disk_content_
      GUARDED_BY(mutex_);                          ///< null: not kept on disk, or not under this name and time any more
  std::list<Stream> streams_ GUARDED_BY(mutex_);   ///< some for scattered reads, some ahead; addresses stay valid
  cache::BlockPtr last_block_ GUARDED_BY(mutex_);  ///< newest block made, safe from eviction until the next
  std::uint64_t last_index_ GUARDED_BY(mutex_) = 0;
  std::uint64_t expected_offset_ GUARDED_BY(mutex_) = 0;   ///< where a sequential reader would go on
  std::uint64_t sequential_bytes_ GUARDED_BY(mutex_) = 0;  ///< read in order so far
  Parallelism parallelism_ GUARDED_BY(mutex_);
  std::optional<std::uint64_t> frontier_ GUARDED_BY(mutex_);  ///< block behind the last segment, while there are any
  std::deque<std::uint64_t> pieces_ GUARDED_BY(mutex_);       ///< blocks of which a piece was read alone, a moment ago
  std::uint64_t uses_ GUARDED_BY(mutex_) = 0;
  bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace ftpsfs::vfs
