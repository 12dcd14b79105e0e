// Journal: what was closed here and is not on the server yet, so that the end of the process does not lose it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/mutex.h"
#include "ftpsfs/base/sqlite.h"
#include "ftpsfs/base/unique_fd.h"
#include "ftpsfs/remote/attributes.h"
#include "ftpsfs/remote/remote_path.h"
#include "vfs/range_set.h"
#include "vfs/staged_file.h"

namespace ftpsfs::vfs {

/// One file that is to be uploaded.
struct JournalEntry {
  std::int64_t id = 0;  ///< 0: not in the journal yet
  remote::RemotePath path;
  std::int64_t mtime = 0;
  std::optional<std::uint32_t> mode;
  std::optional<remote::Attributes> base;  ///< what the server had; absent: nothing
  bool replaces_any = false;               ///< what the server may have instead does not matter
  /// Of an earlier content of ours, which the server may have in place of the base by now.
  std::optional<std::uint64_t> sent_size;
  std::int64_t sent_mtime = 0;
  /// Why it is not on the server, as the program that closed it was told: then only a person has it sent again.
  std::string failure;
  /// These bytes were being written into the file itself: the server may have any part of them after, or in place of,
  /// the base.
  std::optional<Range> unconfirmed;
  bool holds_what_was_sent = false;  ///< those bytes are in its content as they were sent
  /// These bytes, in order, are those of the base, and not kept here.
  std::vector<Range> lacking = {};
};

/// A folder of one source with a SQLite database (WAL, synchronous=FULL) and a file for each entry. One process at a
/// time; any thread may call any member. Errors: kNoSpace, kIo.
class Journal {
 public:
  /// kBusy when another mount has it until the deadline, or for 15 s when that one is draining and is_wanted();
  /// kPermission when the folder is somebody else's.
  static Result<std::unique_ptr<Journal>> open(const std::string& folder, const Deadline& patience);

  /// All entries, the oldest first. Files without an entry were never closed, or are done: they are removed.
  Result<std::vector<JournalEntry>> recover() EXCLUDES(mutex_);
  /// The entries with a failure, those of `path` or all. Costs nothing while there never was one.
  Result<std::vector<JournalEntry>> failed(const std::optional<remote::RemotePath>& path) EXCLUDES(mutex_);
  /// Where the content of an entry is.
  [[nodiscard]] std::string file(std::int64_t id) const { return folder_ + "/" + std::to_string(id); }

  [[nodiscard]] std::uint64_t size(std::int64_t id) const;  ///< of that content, in bytes

  /// `staged` lies in this folder, and does not change from now on. On return content and entry are on disk, in the
  /// place of the entry with `entry.id` when that is not 0. Returns the new id.
  Result<std::int64_t> add(const JournalEntry& entry, const StagedFile& staged) EXCLUDES(mutex_);
  /// All of an entry but its content.
  Status update(const JournalEntry& entry) EXCLUDES(mutex_);
  /// `from` and all below it have new names; an entry that was there is gone. `replaces`: a new file's place may be
  /// that of another on the server, which does not matter.
  Status move(const remote::RemotePath& from, const remote::RemotePath& to, bool replaces) EXCLUDES(mutex_);
  /// That the disk can do what the journal needs. kUnsupported when not.
  Status probe();
  /// It is on the server, or nobody wants it any more.
  Status remove(std::int64_t id) EXCLUDES(mutex_);
  /// From here on this process only uploads what is left, and may end whenever another mount takes over.
  void note_draining();
  /// Another mount waits in open() for this one to end.
  [[nodiscard]] bool is_wanted() const;

 private:
  Status replace(std::int64_t old, const JournalEntry& added) REQUIRES(mutex_);

  struct Statements {
    Statement insert, update, move, remove, find, all;
  };
  Journal(std::string folder, UniqueFd lock, std::int64_t next_id, Database database, Statements statements)
      : folder_(std::move(folder)),
        lock_(std::move(lock)),
        next_id_(next_id),
        database_(std::move(database)),
        statements_(std::move(statements)) {}

  const std::string folder_;
  const UniqueFd lock_;
  std::atomic<std::int64_t> next_id_;  ///< never used twice: a file left behind must not become another entry's
  Mutex mutex_;
  Database database_ GUARDED_BY(mutex_);
  Statements statements_ GUARDED_BY(mutex_);
  std::atomic<bool> may_have_failed_ = true;
  std::atomic<bool> draining_ = false;
};

}  // namespace ftpsfs::vfs
