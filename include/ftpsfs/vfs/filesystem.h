// Filesystem: what POSIX means here. Nodes, handles and names on one side, a RemoteFs on the other; no FUSE types.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ftpsfs/base/clock.h"
#include "ftpsfs/base/context.h"
#include "ftpsfs/base/worker_pool.h"
#include "ftpsfs/cache/disk_cache.h"
#include "ftpsfs/remote/remote_fs.h"
#include "ftpsfs/vfs/node.h"
#include "ftpsfs/vfs/slice.h"

namespace ftpsfs::vfs {

/// What proves that an upload arrived whole, besides the server's word.
enum class VerifyUpload { kNone, kSize, kChecksum };

/// How new content gets to its name: under a temporary name that is renamed, or into the file itself; kAuto takes the
/// second way where the first is refused or would lose the file's owner or mode.
enum class CommitMode { kAuto, kRename, kInPlace };

struct FilesystemOptions {
  bool read_only = false;
  uid_t uid = 0;  ///< whom files belong to
  gid_t gid = 0;
  std::optional<std::uint32_t> umask;             ///< permission bits taken away from what the server tells
  bool hide_special_bits = true;                  ///< drop set-user-id, set-group-id and sticky (07000)
  std::chrono::milliseconds cache_ttl{30'000};    ///< how long listings and attributes are believed
  std::chrono::milliseconds attr_ttl{3'000};      ///< an open() asks again when it knows a file for longer than this
  std::chrono::milliseconds stall_limit{15'000};  ///< longest wait for the server's next byte, in background reads
  std::chrono::milliseconds moment{1'000};        ///< longest wait for what df, and ls of the directory above, ask
  std::size_t memory_bytes = std::size_t{64} * 1024 * 1024;  ///< bound of all caches together
  std::string staging_dir;                                   ///< directory of ours for content not yet on the server
  std::string state_dir;  ///< a folder of ours for one source, for one mount at a time; empty: none
  std::optional<std::uint64_t> staging_bytes;  ///< most that staged files may take of the disk; absent: no bound
  std::optional<std::uint64_t> quota_bytes;    ///< total space on the server, which it does not tell itself
  bool write_back = false;                     ///< a close waits for the local disk only; needs a state_dir
  std::chrono::milliseconds settle{1'000};     ///< write=back: how long an upload waits for further changes
  std::size_t uploads = 8;                     ///< write=back: most at once
  bool append_rewrites = false;                ///< a changed file is sent whole, even when the changes would do
  VerifyUpload verify_upload = VerifyUpload::kSize;
  CommitMode commit = CommitMode::kAuto;
  bool stale_when_offline = false;   ///< while the server is out of reach: what is known of it, and no changes
  cache::DiskCache* disk = nullptr;  ///< keeps contents beyond the mount; outlives it; null: none
};

/// How a file is opened.
struct OpenMode {
  bool read = false;
  bool write = false;
  bool append = false;
  bool truncate = false;
  bool exclusive = false;  ///< create() only: fail when it exists
};

using HandleId = std::uint64_t;

struct Opened {
  HandleId handle = 0;
  bool keep_cache = false;           ///< the kernel's pages are of this very version
  bool direct_io = false;            ///< the kernel must not keep pages (O_APPEND)
  bool attributes_outdated = false;  ///< what the kernel was told of the file is not true any more
};

struct Created {
  NodeAttributes attributes;
  Opened opened;
};

/// What copy_file_range(2) is to copy, in bytes.
struct CopyRange {
  HandleId from = 0;
  std::uint64_t from_offset = 0;
  HandleId to = 0;
  std::uint64_t to_offset = 0;
  std::uint64_t length = 0;  ///< at most: what lies behind the end of the file is none of it
};

/// Attributes to change; absent ones stay.
struct AttributeChange {
  std::optional<std::uint32_t> mode;
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  std::optional<std::uint64_t> size;
  std::optional<std::int64_t> mtime;  ///< seconds since 1970
};

/// What access(2) asks for.
struct AccessMode {
  bool read = false;
  bool write = false;
  bool execute = false;
};

/// What the kernel should not believe, or keep, any longer.
struct Invalidation {
  NodeId parent = 0;  ///< 0: the attributes of `node`; else what `name` stands for in this directory
  std::string name;
  NodeId node = 0;
};

/// What became of the uploads after the unmount, so far.
struct Undrained {
  std::size_t files = 0;    ///< that wait
  std::size_t failing = 0;  ///< those of them whose last attempt failed
  std::size_t refused = 0;  ///< those of them that are not tried again by themselves
  bool wanted = false;      ///< another mount of the source waits to take them over
};

/// A file whose newer content is not on the server yet.
struct UploadStatus {
  enum class State {
    kPending,
    kUploading,
    kFailed,  ///< and is not tried again by itself
  };
  std::string path;
  State state = State::kPending;
  std::uint64_t size = 0;  ///< bytes
  std::uint64_t sent = 0;  ///< of them, in the attempt under way
  std::string error;       ///< of the last attempt; empty: none failed
};

/// Bytes in use, and the most that may be.
struct Usage {
  std::uint64_t used = 0;
  std::uint64_t most = 0;
};

struct FilesystemStatus {
  std::vector<UploadStatus> uploads;  ///< those under way first, then the failed ones
  remote::Activity sessions;
  remote::KnownServer server;
  Usage memory;
  std::optional<Usage> disk_cache;  ///< absent: none
  std::uint64_t staged = 0;         ///< bytes of the local disk
  /// What was found to need writing in place: files, and directories with a "/" at the end. The last used ones.
  std::vector<std::string> in_place;
};

enum class RenameMode { kReplace, kNoReplace };

/// Any thread may call any member. Members named try_ answer from memory alone and never wait; the others may wait for
/// the server, within their Context. All errors are ErrorKinds, one errno each at the kernel's edge.
class Filesystem {
 public:
  /// All handles must be released before; background reads come to rest.
  virtual ~Filesystem() = default;

  // Nodes. Each successful look_up, offer, make_directory and create gives the kernel one lookup, which forget() takes
  // back.
  virtual Result<NodeAttributes> look_up(NodeId parent, std::string_view name, const Context& context) = 0;
  virtual std::optional<Result<NodeAttributes>> try_look_up(NodeId parent, std::string_view name) = 0;
  /// For a name in a directory being read, which nobody asked for; a lookup too. Nothing where memory cannot tell, nor
  /// for a name new to the kernel once it knows so many that their nodes take a quarter of `memory_bytes`.
  virtual std::optional<NodeAttributes> try_offer(NodeId parent, std::string_view name) = 0;
  virtual void forget(NodeId node, std::uint64_t count) = 0;
  virtual Result<NodeAttributes> attributes(NodeId node, const Context& context) = 0;
  virtual std::optional<Result<NodeAttributes>> try_attributes(NodeId node) = 0;
  /// `handle`: the open file through which it was asked, 0 for none. kNotPermitted for another owner than the present
  /// one.
  virtual Result<NodeAttributes> change_attributes(NodeId node, HandleId handle, const AttributeChange& change,
                                                   const Context& context) = 0;
  virtual Status check_access(NodeId node, AccessMode mode, const Context& context) = 0;
  /// kPermission for a link that leads out of the mount or whose target the server keeps to itself.
  virtual Result<std::string> read_link(NodeId node, const Context& context) = 0;

  /// What the server itself tells of the node, as of now: its MLST facts; the SHA-256 of a file, in hexadecimal digits.
  /// nullopt where it tells none, and where the content is newer here.
  virtual Result<std::optional<std::string>> server_facts(NodeId node, const Context& context) = 0;
  virtual Result<std::optional<std::string>> server_sha256(NodeId node, const Context& context) = 0;

  // Directories.
  virtual Result<HandleId> open_directory(NodeId node, const Context& context) = 0;
  /// At most `most` entries from number `first` on, counted from 0, "." and ".." not among them; none only at the end,
  /// which waits until the server has confirmed it. A large directory is told while it comes in. The entries are those
  /// of the first call, or of the first one after a rewind, and keep their numbers until the next rewind.
  virtual Result<std::vector<DirectoryEntry>> read_directory(HandleId handle, std::size_t first, std::size_t most,
                                                             const Context& context) = 0;
  virtual std::optional<Result<std::vector<DirectoryEntry>>> try_read_directory(HandleId handle, std::size_t first,
                                                                                std::size_t most) = 0;
  /// rewinddir(3): the next read asks again.
  virtual void rewind_directory(HandleId handle) = 0;
  virtual void release_directory(HandleId handle) = 0;

  // Names.
  virtual Result<NodeAttributes> make_directory(NodeId parent, std::string_view name, std::uint32_t mode,
                                                const Context& context) = 0;
  /// A symbolic link. kNotPermitted where the server makes none, or not this one.
  virtual Result<NodeAttributes> make_link(NodeId parent, std::string_view name, std::string_view target,
                                           const Context& context) = 0;
  virtual Status remove(NodeId parent, std::string_view name, const Context& context) = 0;
  virtual Status remove_directory(NodeId parent, std::string_view name, const Context& context) = 0;
  virtual Status rename(NodeId parent, std::string_view name, NodeId new_parent, std::string_view new_name,
                        RenameMode mode, const Context& context) = 0;

  // Files. `process`: the caller's process id, by which flush() tells a close by the opener from one by a child.
  virtual Result<Opened> open(NodeId node, OpenMode mode, pid_t process, const Context& context) = 0;
  virtual Result<Created> create(NodeId parent, std::string_view name, std::uint32_t permissions, OpenMode mode,
                                 pid_t process, const Context& context) = 0;
  virtual Result<std::vector<Slice>> read(HandleId handle, std::uint64_t offset, std::size_t length,
                                          const Context& context) = 0;
  virtual std::optional<std::vector<Slice>> try_read(HandleId handle, std::uint64_t offset, std::size_t length) = 0;
  /// Whether so much more may be staged now.
  virtual bool has_room(std::size_t bytes) = 0;
  /// Writes to local staging only, room or not.
  virtual Status write(HandleId handle, std::uint64_t offset, std::span<const std::byte> from) = 0;
  /// The same once there is room: waits for uploads to make some, kNoSpace when there are none. What did not fit has to
  /// be written after all, or cut off; until then the file is not committed (kNoSpace), and at its last close what was
  /// written of it is dropped.
  virtual Status write_when_room(HandleId handle, std::uint64_t offset, std::span<const std::byte> from,
                                 const Context& context) = 0;
  /// Has the server copy a whole file into an empty one; returns its size. The copy is on the server then, with nothing
  /// left to be committed. kUnsupported where the bytes have to be read and written: any other range, content that is
  /// newer here, a server that cannot. Unlike a commit it can be interrupted.
  virtual Result<std::uint64_t> copy_range(const CopyRange& range, const Context& context) = 0;
  /// close(2): commits when there is new content and the opener closes, or whoever goes on when the opener is gone, as
  /// daemons do. A child's close is none of the opener's.
  /// With write=back the content is then on the local disk, and waits there for its upload.
  virtual Status flush(HandleId handle, pid_t process, const Context& context) = 0;
  /// fsync(2): returns once the content is on the server.
  virtual Status sync(HandleId handle, const Context& context) = 0;
  /// The last close: commits what is left. A failure keeps the content where status() shows it, else in the staging
  /// directory, and logs its name.
  virtual void release(HandleId handle, const Context& context) = 0;

  /// After the unmount: uploads all that waits, without letting it settle. Returns what is left when `context`
  /// ends, or when the server refuses them; they wait for the next mount.
  virtual Undrained drain(const Context& context) = 0;

  // What waits for its upload, as a person sees it.
  virtual FilesystemStatus status() = 0;
  /// Uploads at once what was closed, and what failed before, too; goes on over a broken line until `context` ends.
  /// Errors: of the first file that the server refuses.
  virtual Status sync_all(const Context& context) = 0;
  /// Tries failed files again: the one at `path`, or all when it is empty. Errors: of the first that fails again;
  /// kNotFound when there is none, kBusy when it is open.
  virtual Status retry(std::string_view path, const Context& context) = 0;
  /// Drops what could not be uploaded; the server's file stays as it is. kNotFound when there is none, kBusy while
  /// somebody writes to it.
  virtual Status discard(std::string_view path, const Context& context) = 0;

  /// nullopt when the server does not tell. This and attributes() of the root node wait for a moment only: then they
  /// answer what is known.
  virtual Result<std::optional<remote::Space>> space(const Context& context) = 0;

  /// Waits until there is something to tell the kernel: names and attributes that it was told and that were found
  /// changed on the server since, and files that it should give back because it knows too many. None when `context`
  /// ends the wait. One thread at a time, none that answers requests: the kernel may keep it waiting until another
  /// request is answered.
  virtual std::vector<Invalidation> next_invalidations(const Context& context) = 0;
};

/// `remote` and `clock` outlive the result. `options.staging_dir` exists and is ours. Errors: those of the journal,
/// kBusy when another mount has it.
Result<std::unique_ptr<Filesystem>> make_filesystem(remote::RemoteFs& remote, const Clock& clock,
                                                    FilesystemOptions options);

}  // namespace ftpsfs::vfs
