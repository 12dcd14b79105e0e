// Uploader: commits staged files. Afterwards the server's file equals the staged one, or is as it was (an append, or a
// commit in place, that broke off may leave a part of what it sent).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/cache/metadata_cache.h"
#include "ftpsfs/remote/remote_fs.h"
#include "vfs/attribute_memory.h"
#include "vfs/commit_policy.h"
#include "vfs/kept_on_disk.h"
#include "vfs/name_claims.h"
#include "vfs/node_table.h"
#include "vfs/open_file.h"
#include "vfs/staged_file.h"
#include "vfs/temporary_files.h"

namespace ftpsfs::vfs {

/// Any thread may call any member; commits of one name queue.
class Uploader {
 public:
  /// All of them outlive it; `workers` send what is still being written.
  struct Services {
    remote::RemoteFs& remote;
    cache::MetadataCache& metadata;
    AttributeMemory& memory;
    NodeTable& nodes;
    NameClaims& claims;
    WorkerPool& workers;
    TemporaryFiles& temporaries;
    std::chrono::milliseconds stall_limit;
    bool sends_whole = false;  ///< whatever is changed of a file
    bool resumes = true;       ///< an upload that the line cut goes on by appending
    VerifyUpload verify = VerifyUpload::kSize;
    CommitMode mode = CommitMode::kAuto;
    /// `staged`, or its end, is about to be written into the file itself, or that was refused, as
    /// `OpenFile::unconfirmed` tells: what goes there must outlive a crash, lest the server keep a part of it.
    std::function<Status(OpenFile&, const std::shared_ptr<StagedFile>& staged)> note_unconfirmed = {};
  };

  Uploader(const Services& services, KeptOnDisk kept) : services_(services), kept_(kept), policy_(services.mode) {}

  /// Commits what is newer here; does nothing when nothing is. Not interruptible: its steps have deadlines; but what is
  /// being sent under another name gives way to a Removal, after which the commit goes on with what is left. On error
  /// the server's file is untouched (but in place) and the staged one still dirty. A broken line or a busy file is
  /// tried once more. Errors: those of RemoteFs::open_writer and RemoteFs::publish. `closed`: nothing but this one,
  /// else kStale, also when it is replaced by another before it is the server's.
  Status commit(OpenFile& file, const Context& context, const std::shared_ptr<StagedFile>& closed = nullptr);

  /// Sends `closed` under another name, which must be free (else kConflict). The file itself stays as it is.
  Status commit_copy(OpenFile& file, const remote::RemotePath& copy, const std::shared_ptr<StagedFile>& closed,
                     const Context& context);

  /// Puts a copy that the server makes of `source` in the place of the file, whose name, `path`, the caller has
  /// claimed. The copying can be interrupted, what follows not. The staged file is not looked at: what it is now is up
  /// to the caller. Errors: those of RemoteFs::copy and RemoteFs::publish; the server's file is then as it was.
  Result<remote::Attributes> copy_on_server(OpenFile& file, const remote::RemotePath& path, const remote::Named& source,
                                            const Context& context);

  /// New content went into the staged file: lets the upload on its way go on, or begins one. kNoSpace and kQuota when
  /// the server has said so already.
  Status note_written(OpenFile& file);
  /// What is on its way is not wanted: the file goes, or moves with its directory.
  static void give_up_stream(OpenFile& file);

  /// True when `staged` only became longer, so that its new end alone is sent: all of that is here.
  [[nodiscard]] bool sends_end_alone(const OpenFile& file, const StagedFile& staged) const REQUIRES(file.mutex);
  /// True when what is changed of `staged` will be sent alone, its end or other ranges, unless the server refuses: what
  /// else there is of the old content is not needed here.
  [[nodiscard]] bool sends_changes_alone(const OpenFile& file, const StagedFile& staged) REQUIRES(file.mutex);

  /// CommitPolicy::remembered().
  [[nodiscard]] std::vector<std::string> written_in_place(std::size_t most) { return policy_.remembered(most); }

  /// Brings the bytes `within` of the old content here, so that the staged file can be read there. kConflict when the
  /// server has them no more.
  static Status fetch_missing(OpenFile& file, Range within, const Context& context);

 private:
  static Status fetch_missing(StagedFile& staged, FileReader* reader, Range within, const Context& context);

  /// One attempt to bring a staged file to the server.
  struct Attempt {
    std::shared_ptr<StagedFile> staged = {};
    StagedState state = {};  ///< of it, as it is sent
    /// Where to: a temporary name, or the file itself; absent: nothing was sent.
    std::optional<remote::RemotePath> path;
    bool streamed = false;       ///< it was on its way before the commit
    bool resumed = false;        ///< an upload that was cut went on
    bool keeps_standing = true;  ///< not by a rename that loses owner or mode, where the policy minds
    bool appended = false;       ///< the new end alone was sent, onto the file itself
    bool patched = false;        ///< the changes alone were sent, into a copy that the server made
    bool damaged = false;        ///< the server has other bytes than were sent
    /// Ends what is sent under another name.
    std::shared_ptr<Cancellation> sending = {};
  };

  /// What is known of remote::keeps_rest_of_file().
  enum class Patching { kUntried, kWorks, kRefused };

  /// When a file that is being sent is written anew.
  enum class WhenSuperseded {
    kStop,  ///< nobody wants it any more
    kGoOn,  ///< half of it would be worse
  };

  /// What an upload does to the time of its directory, with its temporary name and a rename, happened for the user when
  /// the name came up. A time remembered since goes on.
  class ParentTime {
   public:
    ParentTime(const Services& services, const remote::RemotePath& directory)
        : services_(services), directory_(directory), change_(services.memory, directory) {}
    ~ParentTime();
    ParentTime(const ParentTime&) = delete;
    ParentTime& operator=(const ParentTime&) = delete;

   private:
    const Services& services_;
    const remote::RemotePath directory_;
    const AttributeMemory::OwnChange change_;  ///< last: it ends once what was known before is outdated
  };

  Status commit_claimed(OpenFile& file, const remote::RemotePath& path, const std::shared_ptr<StagedFile>& closed,
                        const std::shared_ptr<Cancellation>& sending, const Context& context);
  void await_way_in(const Cancellation& sending);
  Status commit_once(OpenFile& file, const remote::RemotePath& path, Attempt& attempt, const Context& context);
  Status replace(OpenFile& file, const remote::RemotePath& path, Attempt& attempt, const Context& context);
  static tl::unexpected<Error> conflict(const remote::RemotePath& path, const char* what);
  static tl::unexpected<Error> cut_short(const remote::RemotePath& path, std::uint64_t held, std::uint64_t size);
  Result<remote::Attributes> set_and_look(const remote::RemotePath& path, std::optional<std::uint32_t> mode,
                                          std::int64_t mtime, const Context& context);
  [[nodiscard]] bool checks_size(const Attempt& attempt) const;
  Status replace_in_place(OpenFile& file, const remote::RemotePath& path, Attempt& attempt, const Context& context);
  Status note_unconfirmed(OpenFile& file, const std::shared_ptr<StagedFile>& staged, std::optional<Range> sent);
  Status check_base(OpenFile& file, const remote::RemotePath& path, const Context& context);
  Result<remote::Attributes> write_in_place(OpenFile& file, const remote::RemotePath& path, Attempt& attempt,
                                            const Context& context);
  Status copy_by_rename(OpenFile& file, const remote::RemotePath& copy, Attempt& attempt, const Context& context);
  Status copy_in_place(OpenFile& file, const remote::RemotePath& copy, Attempt& attempt, const Context& context);
  Status rewrite(OpenFile& file, const remote::RemotePath& path, Attempt& attempt, const Context& context);
  Result<remote::Attributes> publish(OpenFile& file, const remote::RemotePath& path, const Attempt& attempt,
                                     const Context& context);
  Status copy_to_temporary(const remote::RemotePath& directory, const remote::Named& source, Attempt& attempt,
                           const Context& context);
  Status verify_copy(const remote::RemotePath& source, const Attempt& attempt, const Context& context);
  [[nodiscard]] bool patches(const OpenFile& file, const StagedFile& staged) REQUIRES(file.mutex);
  Status patch(OpenFile& file, const remote::RemotePath& path, Attempt& attempt, const Context& context);
  static Status leave_out_first_byte(OpenFile& file, const remote::RemotePath& path, const StagedFile& staged,
                                     Range& range, const Context& context);
  Status copy_base(OpenFile& file, const remote::RemotePath& path, Attempt& attempt, const Context& context);
  Status require_patching(const remote::RemotePath& directory, const Context& context);
  static bool worth_sending_all(const Error& error);
  Status send_content(OpenFile& file, const remote::RemotePath& path, Attempt& attempt, const Context& context);
  Status send_all(OpenFile& file, const remote::RemotePath& directory, Attempt& attempt, const Context& context);
  Result<bool> send_rest(OpenFile& file, Attempt& attempt, const Context& context);
  Status send_under(OpenFile& file, const PartialUpload& upload, std::unique_ptr<remote::Writer> writer, Range range,
                    const Context& context);
  Status send(OpenFile& file, const std::shared_ptr<StagedFile>& staged, Range range, remote::Writer& writer,
              std::uint64_t ticket, WhenSuperseded superseded, const Context& context);
  Status verify(Attempt& attempt, const remote::RemotePath& path, const Context& context);
  static Status check_current(OpenFile& file, const std::shared_ptr<StagedFile>& staged);
  Status append(OpenFile& file, const remote::RemotePath& path, Attempt& attempt, const Context& context);
  Status settle_unconfirmed(OpenFile& file, const remote::RemotePath& path, const Attempt& attempt,
                            const Context& context);
  Result<bool> has_only_ours(const remote::RemotePath& path, const StagedFile& staged, Range sent,
                             const Context& context);
  Result<remote::Attributes> send_tail(OpenFile& file, const remote::RemotePath& path, const Attempt& attempt,
                                       const Context& context);
  static void note_litter(OpenFile& file, const remote::RemotePath& path, const Attempt& attempt,
                          const Status& outcome);
  void sweep(OpenFile& file, const Context& context);
  static void note_unheard(OpenFile& file, const StagedState& state);
  void take_over(OpenFile& file, const remote::RemotePath& path, const Attempt& attempt, const remote::Attributes& now);

  void note_changed(const remote::RemotePath& path, const StagedState& state, const remote::Attributes& now);
  void remember_what_was_lost(const remote::RemotePath& path, const StagedState& wanted, const remote::Attributes& now);
  void discard(const remote::RemotePath& temporary, const Context& context);

  const Services services_;
  const KeptOnDisk kept_;
  CommitPolicy policy_;
  std::atomic<bool> told_no_checksum_ = false;
  std::atomic<Patching> patching_ = Patching::kUntried;
};

}  // namespace ftpsfs::vfs
