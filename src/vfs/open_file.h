// OpenFile: one file while a handle to it is open, or while it is newer here than on the server.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/mutex.h"
#include "ftpsfs/remote/attributes.h"
#include "ftpsfs/remote/remote_path.h"
#include "ftpsfs/vfs/filesystem.h"
#include "ftpsfs/vfs/node.h"
#include "vfs/file_reader.h"
#include "vfs/partial_upload.h"
#include "vfs/range_set.h"
#include "vfs/staged_file.h"
#include "vfs/upload_stream.h"

namespace ftpsfs::vfs {

/// Shared by all handles of a node. The fields are plain; whoever touches them holds the mutex, and never while talking
/// to the server: take what is needed out, release, ask, put the answer back.
struct OpenFile {
  explicit OpenFile(NodeId id) : node(id) {}

  const NodeId node;
  mutable Mutex mutex;
  std::uint64_t handles GUARDED_BY(mutex) = 0;
  std::uint64_t writers GUARDED_BY(mutex) = 0;  ///< those of the handles that may write

  std::optional<remote::Attributes> base GUARDED_BY(mutex);  ///< the server's file; absent: it has none yet
  std::shared_ptr<FileReader> reader GUARDED_BY(mutex);      ///< of the base
  std::shared_ptr<StagedFile> staged GUARDED_BY(mutex);      ///< null: nothing differs from the base
  std::optional<std::uint64_t> committed GUARDED_BY(mutex);  ///< generation of `staged` that the server has
  std::shared_ptr<UploadStream> stream GUARDED_BY(mutex);    ///< sends `staged` ahead of its first commit
  std::vector<remote::RemotePath> litter GUARDED_BY(mutex);  ///< temporary files that a cut line may have left
  std::optional<PartialUpload> partial GUARDED_BY(mutex);    ///< where the next upload goes on
  int streams GUARDED_BY(mutex) = 0;                         ///< how many were begun
  int uploading GUARDED_BY(mutex) = 0;                       ///< how many commits are under way
  std::shared_ptr<Cancellation> sending GUARDED_BY(mutex);   ///< ends the upload under way
  int removals GUARDED_BY(mutex) = 0;                        ///< how many are about to take its name away
  /// Bytes of `staged` that are sent, in the upload under way.
  const std::shared_ptr<std::atomic<std::uint64_t>> sent = std::make_shared<std::atomic<std::uint64_t>>(0);
  /// Sending these bytes onto the file itself (an append, a commit in place) was begun and not confirmed: the server
  /// may have any part of them. They are of that staged file, as it was sent; null: nobody knows how they were.
  std::optional<Range> unconfirmed GUARDED_BY(mutex);
  std::shared_ptr<const StagedFile> unconfirmed_of GUARDED_BY(mutex);
  /// Held while the journal is told of the file, hence over waits for the local disk; taken before `mutex`.
  Mutex journaling;
  std::int64_t journal_id GUARDED_BY(mutex) = 0;  ///< its entry, while it waits for its upload; 0: none
  /// What its entry holds, or held when the entry outlived us.
  std::shared_ptr<StagedFile> journal_content GUARDED_BY(mutex);
  std::vector<Range> journal_lacks GUARDED_BY(mutex);   ///< of the content in that entry: it is the base's there
  std::optional<std::uint64_t> kept GUARDED_BY(mutex);  ///< generation of `frozen` that the journal has
  /// What was closed does not change any more: who writes again writes to a copy.
  std::shared_ptr<StagedFile> frozen GUARDED_BY(mutex);
  std::shared_ptr<StagedFile> uploaded GUARDED_BY(mutex);  ///< what was committed last
  std::optional<StagedState> attempted GUARDED_BY(mutex);  ///< what the server may have since the last attempt
  /// Contents that were to take the place of the base, and may have, though nobody told; the last one last.
  std::vector<StagedState> unheard GUARDED_BY(mutex);
  bool left_over GUARDED_BY(mutex) = false;    ///< by an earlier mount, which may have uploaded it
  bool sends_whole GUARDED_BY(mutex) = false;  ///< the server would not, or not in time, make a copy to be patched
  /// What was to be written there found no room here, and was not made up for: the rest is half of what was meant.
  RangeSet torn GUARDED_BY(mutex);
  std::uint64_t commits GUARDED_BY(mutex) = 0;  ///< how often we replaced the server's file
  bool replaces_any GUARDED_BY(mutex) =
      false;                                ///< renamed before its first commit: the server may have another file there
  bool orphaned GUARDED_BY(mutex) = false;  ///< its name was removed or taken over
  std::optional<remote::RemotePath> hidden GUARDED_BY(mutex);  ///< where an orphan's content waits for the last close

  ~OpenFile() {
    if (stream) stream->give_up();
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  /// True while the server lacks something that is here.
  [[nodiscard]] bool dirty() const REQUIRES(mutex) {
    return staged != nullptr && !orphaned && committed != staged->state().generation;
  }
  /// The server's file is another now, by our own doing: what is neither changed nor here is in both.
  void replace_base(const remote::Attributes& now) REQUIRES(mutex) {
    base = now;
    if (!reader) return;
    const auto replaced = std::exchange(reader, reader->renewed(remote::Version::exactly(now)));
    replaced->stop();
  }
  /// No part of what we sent is left on the server, or it does not matter.
  void forget_unconfirmed() REQUIRES(mutex) {
    unconfirmed.reset();
    unconfirmed_of.reset();
  }
  /// True while the journal has all that is here. Another staged file counts its generations from the beginning.
  [[nodiscard]] bool journalled() const REQUIRES(mutex) {
    return in_journal(staged) && kept == staged->state().generation;
  }
  /// True while its entry holds that content, of which the journal may have an earlier time or mode.
  [[nodiscard]] bool in_journal(const std::shared_ptr<StagedFile>& content) const REQUIRES(mutex) {
    return journal_id != 0 && content == journal_content;
  }
  /// Its entry in the journal holds that content, but for what it lacks.
  void note_entry(std::int64_t id, std::shared_ptr<StagedFile> content, std::vector<Range> lacking) REQUIRES(mutex) {
    journal_id = id;
    journal_content = std::move(content);
    journal_lacks = std::move(lacking);
  }
};

/// A name is about to go, and the upload of its file with it, which gives way: whoever removes the name would wait for
/// all of it. When the name stays after all, the upload begins anew.
class Removal {
 public:
  /// `file` may be null.
  explicit Removal(std::shared_ptr<OpenFile> file) : file_(std::move(file)) {
    if (!file_) return;
    MutexLock lock(file_->mutex);
    ++file_->removals;
    if (file_->sending) file_->sending->cancel();
  }
  ~Removal() {
    if (!file_) return;
    MutexLock lock(file_->mutex);
    --file_->removals;
  }
  Removal(const Removal&) = delete;
  Removal& operator=(const Removal&) = delete;

 private:
  const std::shared_ptr<OpenFile> file_;
};

/// One open(2). Immutable, but for the reader, which its file's mutex guards.
struct FileHandle {
  std::shared_ptr<OpenFile> file;
  OpenMode mode;
  pid_t opener = 0;  ///< the process that opened it: its close() commits, or, once it is gone, that of others
  std::shared_ptr<FileReader> reader;
  std::uint64_t seen_commits = 0;  ///< `OpenFile::commits` when `reader` was taken
};

}  // namespace ftpsfs::vfs
