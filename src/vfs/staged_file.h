// StagedFile: owns what is newer here than on the server, in a local sparse file and a map of which bytes are here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/base/result.h"
#include "ftpsfs/base/unique_fd.h"
#include "vfs/range_set.h"
#include "vfs/staging_space.h"

namespace ftpsfs::vfs {

/// What a commit must make true on the server.
struct StagedState {
  std::uint64_t size = 0;
  std::int64_t mtime = 0;             ///< seconds since 1970
  std::optional<std::uint32_t> mode;  ///< permission bits to set; absent: as the old file has them
  std::uint64_t generation = 0;       ///< raised by each change; equal generations mean equal content
};

/// What of a file is to be sent onto a copy of the old content.
struct StagedChanges {
  StagedState state;
  std::vector<Range> ranges;
  std::uint64_t ticket = 0;  ///< of StagedFile::begin_taking()
};

/// Any thread may call any member. Errors: kNoSpace when the local disk is full, kIo.
class StagedFile : public std::enable_shared_from_this<StagedFile> {
 public:
  /// In `directory`, which must be ours. The first `base_size` bytes are the server's until written or filled in.
  static Result<std::shared_ptr<StagedFile>> create(const std::string& directory, std::uint64_t base_size,
                                                    std::int64_t mtime);

  /// A file that keep() gave its name in an earlier mount, when it lacked these ranges, in order: they are the
  /// server's, and unchanged.
  static Result<std::shared_ptr<StagedFile>> reopen(const std::string& path, const std::vector<Range>& lacking,
                                                    std::int64_t mtime, std::optional<std::uint32_t> mode);

  /// What it takes of the disk counts there from now on, also what its copies take.
  void count_in(std::shared_ptr<StagingSpace> space) EXCLUDES(mutex_);
  ~StagedFile();
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  /// Another file with the same content and state, in the same directory. What is not here is not there either.
  /// `from` on: what is before it is the server's, unchanged, and not taken along.
  Result<std::shared_ptr<StagedFile>> copy(std::uint64_t from = 0) const EXCLUDES(mutex_);
  /// Another file with the content from `begin` on as all of its content; what is missing of it reads as zeros.
  Result<std::shared_ptr<StagedFile>> copy_from(std::uint64_t begin) const EXCLUDES(mutex_);

  /// Writes new content. `offset` absent: at the end (O_APPEND). Returns the end of what was written.
  Result<std::uint64_t> write(std::optional<std::uint64_t> offset, std::span<const std::byte> from) EXCLUDES(mutex_);
  Status truncate(std::uint64_t size) EXCLUDES(mutex_);
  void set_mtime(std::int64_t mtime) EXCLUDES(mutex_);
  void set_mode(std::uint32_t mode) EXCLUDES(mutex_);

  /// The parts of `within` whose content is still only on the server.
  [[nodiscard]] std::vector<Range> missing(Range within) const EXCLUDES(mutex_);
  /// Takes in old content; what was written meanwhile stays.
  Status fill(std::uint64_t offset, std::span<const std::byte> from) EXCLUDES(mutex_);

  /// Reads up to the end of the file; the range must not be missing. Returns the bytes read.
  Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) const;

  /// The content can be taken from its beginning on, in order, while it is still being written; the ticket is void once
  /// what was taken has changed, or somebody else began.
  [[nodiscard]] std::uint64_t begin_taking() EXCLUDES(mutex_);
  /// Who takes the bytes by read() says how far that got, before each; a void ticket is ignored.
  void note_taken(std::uint64_t ticket, std::uint64_t end) EXCLUDES(mutex_);
  /// The next bytes to be taken are those from `offset` on, which were taken before. False when that cannot be.
  bool go_back(std::uint64_t ticket, std::uint64_t offset) EXCLUDES(mutex_);
  /// The next bytes; 0 when there are no more yet. kStale when the ticket is void, or old content is missing.
  Result<std::size_t> take(std::uint64_t ticket, std::span<std::byte> into) EXCLUDES(mutex_);
  /// The present state, when all of it was taken.
  [[nodiscard]] std::optional<StagedState> all_taken(std::uint64_t ticket) const EXCLUDES(mutex_);

  /// The server has what was here in that state.
  void note_committed(const StagedState& state) EXCLUDES(mutex_);
  /// The server has what was in `sent`. Where this is a copy of it, made while it was being sent, the bytes that are
  /// alike in both are old now.
  void note_committed(const std::shared_ptr<const StagedFile>& sent) EXCLUDES(mutex_);
  /// So many bytes from the beginning on are as they were in `sent` when that was sent last: this file, or what it was
  /// copied from meanwhile; 0 for any other.
  [[nodiscard]] std::uint64_t same_as(const std::shared_ptr<const StagedFile>& sent) const EXCLUDES(mutex_);
  /// After an upload onto the old content that broke off: the server has these bytes as they are here, and behind them
  /// nobody knows what.
  void note_server_has(Range same) EXCLUDES(mutex_);
  /// How many bytes from the beginning on are as they were at the last commit, or else when this began.
  [[nodiscard]] std::uint64_t unchanged_prefix() const EXCLUDES(mutex_);
  /// The ranges of which the server may have other bytes, in order; those with no more than `gap` between them as one.
  /// They are here, but for what lies between.
  [[nodiscard]] std::vector<Range> changed(std::uint64_t gap) const EXCLUDES(mutex_);
  /// The same as it is at one moment, from which on they are being taken: a write that comes later is not in it.
  [[nodiscard]] StagedChanges take_changes(std::uint64_t gap) EXCLUDES(mutex_);

  [[nodiscard]] StagedState state() const EXCLUDES(mutex_);
  /// True when bytes were written or cut off after that generation; a new time or mode does not count.
  [[nodiscard]] bool has_new_content_since(std::uint64_t generation) const EXCLUDES(mutex_);

  /// The file outlives us under this name, in the directory of create(): what it holds now is on disk on return.
  /// Once only; kExists when the name is taken.
  Status keep(const std::string& path) const;
  /// What was filled in since is on disk, too.
  Status sync() const;

  /// Gives the content a name in its directory, so that it outlives us: `name`, or one like it when that is taken.
  /// Returns the path.
  Result<std::string> rescue(const std::string& name) const;

 private:
  StagedFile(UniqueFd fd, std::string directory, std::uint64_t base_size, std::int64_t mtime);
  Status write_fully(std::uint64_t offset, std::span<const std::byte> from) const;
  void add_present(Range range) REQUIRES(mutex_);
  void set_stored(std::uint64_t bytes) REQUIRES(mutex_);
  void note_change() REQUIRES(mutex_);
  void note_new_content(Range written) REQUIRES(mutex_);
  std::uint64_t begin_taking_locked() REQUIRES(mutex_);
  [[nodiscard]] std::vector<Range> changed_locked(std::uint64_t gap) const REQUIRES(mutex_);

  const UniqueFd fd_;
  const std::string directory_;
  mutable Mutex mutex_;
  RangeSet present_ GUARDED_BY(mutex_);
  std::uint64_t base_limit_ GUARDED_BY(mutex_);  ///< beyond it nothing is the server's any more
  StagedState state_ GUARDED_BY(mutex_);
  std::shared_ptr<StagingSpace> space_ GUARDED_BY(mutex_);  ///< null: nobody counts
  std::uint64_t stored_ GUARDED_BY(mutex_) = 0;             ///< bytes on the disk
  std::uint64_t content_generation_ GUARDED_BY(mutex_) = 0;
  /// Every byte outside is as the server has it, and before the end of what it has. What is inside is present.
  RangeSet changed_ GUARDED_BY(mutex_);
  /// Of what this was copied from, if that was being sent: so many bytes from the beginning on are alike in both.
  std::weak_ptr<const StagedFile> origin_ GUARDED_BY(mutex_);
  std::uint64_t alike_ GUARDED_BY(mutex_) = 0;
  std::uint64_t as_sent_ GUARDED_BY(mutex_) = 0;  ///< bytes that are as they were when somebody began to take them
  std::uint64_t ticket_ GUARDED_BY(mutex_) = 0;
  std::uint64_t taken_ GUARDED_BY(mutex_) = 0;       ///< bytes, with that ticket
  std::uint64_t most_taken_ GUARDED_BY(mutex_) = 0;  ///< before it went back, too: they may still be on their way
};

}  // namespace ftpsfs::vfs
