// RemoteFilesystem: the Filesystem of a mount. Composes the owners of identity, knowledge and newer content.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/base/worker_pool.h"
#include "ftpsfs/cache/block_cache.h"
#include "ftpsfs/cache/metadata_cache.h"
#include "ftpsfs/vfs/filesystem.h"
#include "vfs/attribute_memory.h"
#include "vfs/drainer.h"
#include "vfs/filled_directories.h"
#include "vfs/journal.h"
#include "vfs/metadata_loader.h"
#include "vfs/name_claims.h"
#include "vfs/node_table.h"
#include "vfs/open_file.h"
#include "vfs/prompt_answer.h"
#include "vfs/refresh_queue.h"
#include "vfs/sibling_reader.h"
#include "vfs/temporary_files.h"
#include "vfs/tree_walker.h"
#include "vfs/uploader.h"

namespace ftpsfs::vfs {

/// The members are defined by subject: remote_filesystem.cpp has lookups, _directories.cpp the reading of directories,
/// _kernel.cpp what the kernel keeps, _attributes.cpp the changes of attributes, _files.cpp what open files do,
/// _handles.cpp which files are open, _room.cpp what happens when the staging area is full, _names.cpp what changes the
/// tree, _copy.cpp what the server copies, _journal.cpp what the journal knows, _back.cpp what write=back adds,
/// _failed.cpp what the server refused, and what a person hears of it.
class RemoteFilesystem final : public Filesystem {
 public:
  RemoteFilesystem(remote::RemoteFs& remote, const Clock& clock, FilesystemOptions options);
  ~RemoteFilesystem() override;
  /// Before anything else: what an earlier mount left to be uploaded is taken up.
  Status start_journal();

  Result<NodeAttributes> look_up(NodeId parent, std::string_view name, const Context& context) override;
  std::optional<Result<NodeAttributes>> try_look_up(NodeId parent, std::string_view name) override;
  std::optional<NodeAttributes> try_offer(NodeId parent, std::string_view name) override;
  void forget(NodeId node, std::uint64_t count) override;
  Result<NodeAttributes> attributes(NodeId node, const Context& context) override;
  std::optional<Result<NodeAttributes>> try_attributes(NodeId node) override;
  Result<NodeAttributes> change_attributes(NodeId node, HandleId handle, const AttributeChange& change,
                                           const Context& context) override;
  Status check_access(NodeId node, AccessMode mode, const Context& context) override;
  Result<std::string> read_link(NodeId node, const Context& context) override;
  Result<std::optional<std::string>> server_facts(NodeId node, const Context& context) override;
  Result<std::optional<std::string>> server_sha256(NodeId node, const Context& context) override;

  Result<HandleId> open_directory(NodeId node, const Context& context) override;
  void rewind_directory(HandleId handle) override;
  Result<std::vector<DirectoryEntry>> read_directory(HandleId handle, std::size_t first, std::size_t most,
                                                     const Context& context) override;
  std::optional<Result<std::vector<DirectoryEntry>>> try_read_directory(HandleId handle, std::size_t first,
                                                                        std::size_t most) override;
  void release_directory(HandleId handle) override;

  Result<NodeAttributes> make_link(NodeId parent, std::string_view name, std::string_view target,
                                   const Context& context) override;
  Result<NodeAttributes> make_directory(NodeId parent, std::string_view name, std::uint32_t mode,
                                        const Context& context) override;
  Status remove(NodeId parent, std::string_view name, const Context& context) override;
  Status remove_directory(NodeId parent, std::string_view name, const Context& context) override;
  Status rename(NodeId parent, std::string_view name, NodeId new_parent, std::string_view new_name, RenameMode mode,
                const Context& context) override;

  Result<Opened> open(NodeId node, OpenMode mode, pid_t process, const Context& context) override;
  Result<Created> create(NodeId parent, std::string_view name, std::uint32_t permissions, OpenMode mode, pid_t process,
                         const Context& context) override;
  Result<std::vector<Slice>> read(HandleId handle, std::uint64_t offset, std::size_t length,
                                  const Context& context) override;
  std::optional<std::vector<Slice>> try_read(HandleId handle, std::uint64_t offset, std::size_t length) override;
  Result<std::uint64_t> copy_range(const CopyRange& range, const Context& context) override;
  bool has_room(std::size_t bytes) override;
  Status write(HandleId handle, std::uint64_t offset, std::span<const std::byte> from) override;
  Status write_when_room(HandleId handle, std::uint64_t offset, std::span<const std::byte> from,
                         const Context& context) override;
  Status flush(HandleId handle, pid_t process, const Context& context) override;
  Status sync(HandleId handle, const Context& context) override;
  void release(HandleId handle, const Context& context) override;

  Undrained drain(const Context& context) override;
  FilesystemStatus status() override;
  Status sync_all(const Context& context) override;
  Status retry(std::string_view path, const Context& context) override;
  Status discard(std::string_view path, const Context& context) override;

  Result<std::optional<remote::Space>> space(const Context& context) override;

  std::vector<Invalidation> next_invalidations(const Context& context) override;

 private:
  /// One opendir(3): the entries as of its first read. The kernel reads it with one thread at a time.
  struct DirectoryHandle {
    NodeId node = 0;
    bool begun = false;  ///< what follows is of the reading that begins with the first read or a rewind
    remote::RemotePath path;
    DirectoryReading reading;
    std::map<std::string, Known, std::less<>> written;  ///< newer here than on the server
  };
  /// A name within a directory.
  struct Place {
    NodeId parent = 0;
    std::string name;
  };
  /// A name that is to be made.
  struct NewName {
    Place place;
    remote::RemotePath path;
    NameClaims::Held held;
  };
  using OpenFilePtr = std::shared_ptr<OpenFile>;
  using FileHandlePtr = std::shared_ptr<FileHandle>;

  /// A handle of our own to a file that is open, if it is: its last close must not come while its name changes.
  class Hold {
   public:
    Hold(RemoteFilesystem& owner, std::optional<NodeId> node, const Context& context)
        : owner_(owner), context_(context.uncancellable()), handle_(node ? owner.hold_open(*node) : nullptr) {}
    ~Hold() {
      if (handle_) owner_.let_go(handle_, context_);
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    /// Null when the file is not open.
    [[nodiscard]] OpenFilePtr file() const { return handle_ ? handle_->file : nullptr; }

   private:
    RemoteFilesystem& owner_;
    const Context context_;
    const FileHandlePtr handle_;
  };

  [[nodiscard]] Result<remote::RemotePath> path_of(const Place& place) const;
  [[nodiscard]] Known recall(const remote::RemotePath& path, Known told);
  [[nodiscard]] NodeAttributes present(std::uint64_t inode, NodeId node, const Known& known) const;
  [[nodiscard]] std::optional<Known> local_attributes(NodeId node) EXCLUDES(mutex_);
  [[nodiscard]] OpenFilePtr find_open(NodeId node) EXCLUDES(mutex_);
  [[nodiscard]] OpenFilePtr find_open(const Place& place) EXCLUDES(mutex_);
  [[nodiscard]] std::shared_ptr<FileReader> reader_of(NodeId node) EXCLUDES(mutex_);
  [[nodiscard]] std::vector<OpenFilePtr> all_open() EXCLUDES(mutex_);
  NodeAttributes present_with_lookup(const Place& place, const Known& known);
  NodeAttributes present_told(NodeId node, const Known& known);
  [[nodiscard]] std::size_t most_nodes() const;
  [[nodiscard]] bool is_news(NodeId node, const remote::RemotePath& path, const Known& known);
  void note_listed(const DirectoryHandle& directory, const std::shared_ptr<const cache::Listing>& listing);
  void compare(const Refreshed& refreshed, std::vector<Invalidation>& outdated);
  [[nodiscard]] std::vector<Invalidation> surplus_nodes() EXCLUDES(mutex_);
  [[nodiscard]] Result<std::shared_ptr<DirectoryHandle>> directory_of(HandleId handle) EXCLUDES(mutex_);
  Status begin_reading(DirectoryHandle& directory, const Context& context) EXCLUDES(mutex_);
  [[nodiscard]] std::map<std::string, Known, std::less<>> written_in(NodeId directory) EXCLUDES(mutex_);
  [[nodiscard]] std::optional<Result<std::vector<DirectoryEntry>>> entries_of(const DirectoryHandle& directory,
                                                                              std::size_t first, std::size_t most);
  [[nodiscard]] std::vector<DirectoryEntry> present_entries(const DirectoryHandle& directory,
                                                            std::span<const remote::Entry> entries);
  [[nodiscard]] std::vector<DirectoryEntry> present_only_here(const DirectoryHandle& directory,
                                                              const cache::Listing& listing, std::size_t first,
                                                              std::size_t most);
  [[nodiscard]] DirectoryEntry present_entry(const DirectoryHandle& directory, const std::string& name,
                                             const Known& known);
  [[nodiscard]] Status forbid_when_read_only() const;
  Result<Known> root_attributes(const Context& context);

  Result<NodeAttributes> change_link(NodeId node, const AttributeChange& change, const Context& context);
  Status change_size(NodeId node, HandleId handle, std::uint64_t size, const Context& context);
  Status change_mtime(NodeId node, std::int64_t mtime, const Context& context);
  Status change_mode(NodeId node, std::uint32_t mode, const Context& context);

  [[nodiscard]] Result<FileHandlePtr> handle_of(HandleId handle) EXCLUDES(mutex_);
  std::optional<Opened> join_open(NodeId node, OpenMode mode, pid_t process) EXCLUDES(mutex_);
  Opened add_handle(NodeId node, const remote::RemotePath& path, std::optional<remote::Attributes> told, OpenMode mode,
                    pid_t process) EXCLUDES(mutex_);
  Opened register_handle(const OpenFilePtr& file, OpenMode mode, pid_t process, bool keep_cache)
      REQUIRES(mutex_, file->mutex);
  bool adopt_version(OpenFile& file, const remote::RemotePath& path, const remote::Attributes& told)
      REQUIRES(file.mutex);
  [[nodiscard]] FileHandlePtr hold_open(NodeId node) EXCLUDES(mutex_);
  Status stage(OpenFile& file, bool without_content) EXCLUDES(mutex_);
  Result<std::vector<Slice>> read_staged(OpenFile& file, const StagedFile& staged, std::uint64_t offset,
                                         std::size_t length, const Context& context);
  [[nodiscard]] Result<remote::Named> as_on_server(const OpenFile& file) const;
  Status put_copy(OpenFile& file, const remote::RemotePath& path, const remote::Named& source, const Context& context)
      EXCLUDES(mutex_);
  void end_writing(const OpenFilePtr& written, const Context& context) EXCLUDES(mutex_);
  void let_go(const FileHandlePtr& handle, const Context& context) EXCLUDES(mutex_);
  void commit_pending(const remote::RemotePath& path, const Context& context) EXCLUDES(mutex_);
  [[nodiscard]] static bool awaits_commit(const OpenFile& file);
  [[nodiscard]] bool makes_room() EXCLUDES(mutex_);
  Status await_room(std::size_t bytes, const Context& context) EXCLUDES(mutex_);
  static void note_torn(OpenFile& file, OpenMode mode, std::uint64_t offset, std::size_t length) REQUIRES(file.mutex);
  [[nodiscard]] static Status check_whole(const OpenFile& file);
  void drop_torn(OpenFile& file) EXCLUDES(mutex_);
  Status commit(OpenFile& file, const Context& context);
  void rescue(const OpenFile& file, const StagedFile& staged);

  Result<NewName> claim_new_name(NodeId parent, std::string_view name, const Context& context);
  Result<NameClaims::Held> claim_places(const std::vector<Place>& places, std::vector<remote::RemotePath>& paths,
                                        const Context& context);
  Status check_new_name(const Place& place, const remote::RemotePath& path, std::string_view giving_way,
                        const Context& context);
  Status make_link_on_server(NodeId parent, const remote::RemotePath& link, const std::string& target,
                             const Context& context);
  [[nodiscard]] std::optional<NodeId> node_at(NodeId directory, std::string_view path) const;
  Result<bool> set_aside(const OpenFilePtr& file, const remote::RemotePath& path, bool for_good,
                         const Context& context);
  void bring_back(OpenFile& file, const remote::RemotePath& path, const Context& context);
  void orphan(std::optional<NodeId> node, const std::function<void()>& unname) EXCLUDES(mutex_);
  [[nodiscard]] bool has_files_only_here(NodeId directory) EXCLUDES(mutex_);
  [[nodiscard]] bool has_unsent_files(NodeId directory) EXCLUDES(mutex_);
  Status rename_claimed(const Place& from, const Place& to, const remote::RemotePath& from_path,
                        const remote::RemotePath& to_path, RenameMode mode, const Context& context);
  Status rename_uncommitted(OpenFile& file, const remote::RemotePath& from, RenameMode mode, const Context& context);
  Status rename_on_server(const remote::RemotePath& from, const remote::RemotePath& to, RenameMode mode,
                          const Context& context);
  void follow_rename(const remote::RemotePath& to) EXCLUDES(mutex_);
  void touch(const remote::RemotePath& directory);

  Status open_journal();
  void keep_attributes();
  [[nodiscard]] OpenFilePtr take_up(const JournalEntry& entry) EXCLUDES(mutex_);
  Status keep(OpenFile& file, const Context& context);
  static void take_next(OpenFile& file, std::shared_ptr<StagedFile> next, bool has_content) REQUIRES(file.mutex);
  Status thaw_unless_journalled(OpenFile& file);
  Status note_in_journal(OpenFile& file, const remote::RemotePath& path);
  Status renew_entry(OpenFile& file);
  Status note_unconfirmed(OpenFile& file, const std::shared_ptr<StagedFile>& staged);
  Status fetch_unless_changes_alone(OpenFile& file, const Context& context);
  [[nodiscard]] static std::vector<Range> lacking(const StagedFile& staged);
  Status stand_for_whole(OpenFile& file, std::shared_ptr<StagedFile>& closed);
  [[nodiscard]] static JournalEntry entry_of(const OpenFile& file, const remote::RemotePath& path,
                                             const StagedFile& content) REQUIRES(file.mutex);
  [[nodiscard]] static bool is_what_we_sent_before(OpenFile& file, const remote::Attributes& now);
  void let_wait(const OpenFilePtr& file) EXCLUDES(mutex_);
  [[nodiscard]] OpenFilePtr waiting_file(NodeId node) EXCLUDES(mutex_);
  Status keep_change(NodeId node) EXCLUDES(mutex_);
  void finish_entry(OpenFile& file);
  Status drop_entry(OpenFile& file) REQUIRES(file.journaling);
  void end_waiting(NodeId node) EXCLUDES(mutex_);
  void forget_waiting(NodeId node) EXCLUDES(mutex_);
  Result<bool> upload_waiting(NodeId node) EXCLUDES(mutex_);
  [[nodiscard]] bool was_uploaded_before(OpenFile& file, const Context& context);
  [[nodiscard]] bool adopt_if_ours(OpenFile& file, const remote::Attributes& now);
  void keep_failed(OpenFile& file, const Error& why);
  Status note_failed(OpenFile& file, const std::shared_ptr<StagedFile>& staged, const Error& why);
  void drop_failed(const std::vector<JournalEntry>& superseded);
  void forget_failed(const remote::RemotePath& path);
  Status retry_entry(const JournalEntry& entry, const Context& context) EXCLUDES(mutex_);
  Status note_failed_again(OpenFile& file, const JournalEntry& entry, const Error& why);
  Status drop_waiting(NodeId node) EXCLUDES(mutex_);
  bool drop_staged(OpenFile& file, const remote::RemotePath& path, const std::shared_ptr<StagedFile>& dropped)
      EXCLUDES(mutex_);
  [[nodiscard]] std::vector<NodeId> failing(const std::optional<remote::RemotePath>& path);
  [[nodiscard]] std::optional<UploadStatus> upload_status(const OpenFile& file, const Waiting* waiting);
  Status keep_both(OpenFile& file, std::shared_ptr<StagedFile> closed, const Context& context) EXCLUDES(mutex_);

  const FilesystemOptions options_;
  remote::RemoteFs& remote_;
  const Clock& clock_;
  cache::BlockCache blocks_;
  cache::MetadataCache metadata_;
  NodeTable nodes_;
  RefreshQueue refreshed_;
  NameClaims claims_;
  std::unique_ptr<Journal> journal_;  ///< null: nothing outlives the mount; else there is a drainer
  AttributeMemory memory_;            ///< its file is in the journal's folder, and safe only while that is locked
  TemporaryFiles temporaries_;        ///< its notes, too
  FilledDirectories filled_;
  MetadataLoader loader_;
  std::size_t nodes_before_ = 0;  ///< when some were last asked back; for next_invalidations() alone
  const KeptOnDisk kept_;
  Uploader uploader_;
  Parallelism::Learned parallelism_;
  TreeWalker walker_;
  SiblingReader siblings_;

  Mutex mutex_;
  std::map<NodeId, OpenFilePtr> open_files_ GUARDED_BY(mutex_);
  std::unordered_map<HandleId, FileHandlePtr> handles_ GUARDED_BY(mutex_);
  std::map<NodeId, FileHandlePtr> waiting_ GUARDED_BY(mutex_);  ///< write=back: held open until they are uploaded
  std::unordered_map<HandleId, std::shared_ptr<DirectoryHandle>> directories_ GUARDED_BY(mutex_);
  HandleId next_handle_ GUARDED_BY(mutex_) = 1;

  std::shared_ptr<StagingSpace> staging_space_;
  std::string staging_dir_;  ///< where files are staged; the journal can take over what lies beside it
  PromptAnswer<Known> root_;
  PromptAnswer<std::optional<remote::Space>> space_;
  WorkerPool workers_;                ///< its threads end before what they use does
  std::unique_ptr<Drainer> drainer_;  ///< last: it ends before the threads it uses
};

}  // namespace ftpsfs::vfs
