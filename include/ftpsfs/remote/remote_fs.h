// RemoteFs, the seam: what a server can do, in file-system words. Above it nobody knows FTP; below it nobody knows
// POSIX.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/net/digest.h"
#include "ftpsfs/remote/attributes.h"
#include "ftpsfs/remote/remote_path.h"

namespace ftpsfs::remote {

/// What this server allows; learned at login, constant afterwards.
struct Capabilities {
  bool stat_one = true;     ///< a single name can be looked up in one round trip (MLST); else list its directory
  bool exact_times = true;  ///< listings carry seconds
  bool set_file_mtime = true;
  bool set_directory_mtime = true;
  bool set_mode = true;
  bool folds_case = false;  ///< names that differ in case alone are one file's; it has the case it was made with
  bool glance = false;      ///< several directories can be looked into at once
  bool copy = false;        ///< RemoteFs::copy() can be expected to work
};

/// A directory to look into; `itself`: its own attributes are wanted too.
struct GlanceRequest {
  RemotePath directory;
  bool itself = false;
};
struct Glance {
  std::optional<Attributes> itself;
  std::optional<std::vector<Entry>> entries;  ///< as a listing would tell, but provisional; absent: only that can tell
};

/// A name with what is known of it.
struct Named {
  RemotePath path;
  Attributes attributes;
};

/// Free and total space in bytes, where the server tells.
struct Space {
  std::uint64_t total = 0;
  std::uint64_t available = 0;
};

/// Why no session can be had.
struct Outage {
  std::chrono::seconds lasted{0};  ///< since the first attempt that failed
  Error why;
};

/// Sessions with the server.
struct Activity {
  std::size_t open = 0;
  std::size_t busy = 0;  ///< those of them that somebody uses
  std::size_t most = 0;
  std::optional<Outage> outage = {};  ///< absent: the line is not known to be down
};

/// The server, in words for people.
struct KnownServer {
  std::string kind;                        ///< "vsftpd"; empty when it is none that is known
  std::vector<std::string> peculiarities;  ///< what was found out beyond what it says of itself: "no MLSD"
};

/// Of the whole content of a file, as the server computed it.
struct Checksum {
  net::DigestAlgorithm algorithm = net::DigestAlgorithm::kSha256;
  std::string digits;  ///< hexadecimal, lower case

  bool operator==(const Checksum&) const = default;
};

/// The bytes of one file, in order from where it was opened. One thread at a time. It keeps a session for itself while
/// it moves; when idle it should be parked, so that the session can be taken back for others.
class Reader {
 public:
  virtual ~Reader() = default;
  /// The next bytes, at least one, or 0 at the end of the file. A parked reader goes on by itself, on a new transfer
  /// when its session was taken meanwhile.
  virtual Result<std::size_t> read(std::span<std::byte> into, const Context& context) = 0;
  /// Offers the session to others until the next read().
  virtual void park() = 0;
  /// Position of the next byte in the file.
  [[nodiscard]] virtual std::uint64_t position() const = 0;
};

/// The entries of a directory as they come off the line. One thread at a time. It keeps a session for itself from the
/// first next() to the end or an error; destroyed before, it closes that session.
class ListingReader {
 public:
  virtual ~ListingReader() = default;
  /// The next entries, or none once the server has confirmed that these were all; nothing less is an end. In the
  /// server's order; of a name told twice the first counts. After a loss midway the listing begins again by itself,
  /// once, and tells names again. Errors: the common ones; nothing can be read after one.
  virtual Result<std::vector<Entry>> next(const Context& context) = 0;
};

/// A file being sent. One thread at a time. Destroyed without finish(), the transfer is aborted and what arrived is
/// left on the server.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual Status write(std::span<const std::byte> from, const Context& context) = 0;
  /// Success means the server confirmed all bytes. Gives the session back either way.
  virtual Status finish(const Context& context) = 0;
};

/// A file under a temporary name, of this mount or another.
struct TemporaryFile {
  std::string name;
  std::string mount;       ///< its id
  bool set_aside = false;  ///< by a step that may want it back: perhaps all there is of a user's file
};

/// What is to be read.
struct ReadRequest {
  RemotePath path;
  std::optional<Version> expected = std::nullopt;  ///< only this content
  std::uint64_t offset = 0;                        ///< of the first byte
  std::uint64_t length = 0;  ///< how many bytes are wanted, when that is known; more can be read all the same
  bool ahead = false;        ///< nobody waits for it: kBusy rather than take the last session
};

enum class WriteMode {
  kReplace,
  kAppend,
  kPatch,  ///< over the old content from `offset` on; see keeps_rest_of_file()
};

/// What is to be written.
struct WriteRequest {
  RemotePath path;
  WriteMode mode = WriteMode::kReplace;
  bool ahead = false;        ///< nobody waits for it yet: kBusy rather than take the last session
  std::uint64_t offset = 0;  ///< for kPatch alone; never 0, where a server cuts the file to nothing
};

/// What the server is to copy by itself.
struct CopyRequest {
  RemotePath source;
  Version expected;  ///< only this content
  RemotePath target;
};

/// How an uploaded temporary file becomes the file itself.
struct PublishRequest {
  RemotePath temporary;
  RemotePath target;
  std::uint64_t size = 0;             ///< what the temporary file must measure
  bool check_size = true;             ///< false: the server is not asked what it measures
  std::optional<std::int64_t> mtime;  ///< seconds since 1970; set when given
  std::optional<std::uint32_t> mode;  ///< permission bits; set when given
  std::optional<Version> base;        ///< what `target` must still be
  bool base_absent = false;           ///< `target` must not exist
  bool keep_standing = false;         ///< refuse to replace a file whose owner or mode the new one would not have
};

/// All members may be called by any thread, also at once. Errors common to all: kNotFound, kPermission, kNotDirectory,
/// kConnectionLost, kConnectionRefused, kTimeout, kInterrupted, kBusy, kUnsupported, kIo. A lost session is replaced
/// and an operation that is safe to repeat is repeated once.
class RemoteFs {
 public:
  virtual ~RemoteFs() = default;

  [[nodiscard]] virtual const Capabilities& capabilities() const = 0;

  /// Whether something new may get this name, as far as that is known without asking: kUnrepresentable when the
  /// server's character set lacks a letter of it, kNameTooLong over the 255 bytes that file systems take.
  [[nodiscard]] virtual Status check_new_name(const RemotePath& path) const = 0;

  virtual Result<Attributes> stat(const RemotePath& path, const Context& context) = 0;

  /// Begins with its first next(). All entries with a representable name, times to the second where the server has any
  /// way to tell them. Names of our own temporary files are left out.
  [[nodiscard]] virtual std::unique_ptr<ListingReader> open_listing(const RemotePath& directory) = 0;

  /// Looks into all of the directories in a round trip or two. One answer for each.
  virtual Result<std::vector<Glance>> glance(const std::vector<GlanceRequest>& requests, const Context& context) = 0;

  /// Completes provisional attributes of many names in a round trip or two. One answer for each; absent when the name
  /// does not exist any more. `ahead`: nobody waits for it, so kBusy rather than take the last session.
  virtual Result<std::vector<std::optional<Attributes>>> refine(const std::vector<Named>& names, bool ahead,
                                                                const Context& context) = 0;

  /// kStale when the file is not the one expected, now or when the reader has to begin a new transfer.
  virtual Result<std::unique_ptr<Reader>> open_reader(const ReadRequest& request, const Context& context) = 0;
  /// kIsDirectory, kNoSpace, kQuota besides the common errors.
  virtual Result<std::unique_ptr<Writer>> open_writer(const WriteRequest& request, const Context& context) = 0;

  /// Makes `target`, which must not exist, a copy of `source`: no byte crosses the line. A server is silent while it
  /// copies: `context` has to allow for that. On error what there is of the target is removed where possible. kStale
  /// when the source is not the one expected, kUnsupported when the server cannot copy this file or cannot copy at all,
  /// kNoSpace, kQuota. After a broken line the server may go on copying.
  virtual Status copy(const CopyRequest& request, const Context& context) = 0;

  /// Checks size and base, sets mtime and mode, and renames onto the target; the old target is intact until then.
  /// Returns the new file's attributes. On error the temporary file is removed where possible. kConflict when the base
  /// changed, kNotPermitted for what `keep_standing` refuses.
  virtual Result<Attributes> publish(const PublishRequest& request, const Context& context) = 0;

  /// Renames onto an existing file where `replace`, also on servers that refuse to; else kExists.
  virtual Status rename(const RemotePath& from, const RemotePath& to, bool replace, const Context& context) = 0;
  virtual Status remove(const RemotePath& file, const Context& context) = 0;
  virtual Status make_directory(const RemotePath& directory, const Context& context) = 0;    ///< kExists
  virtual Status remove_directory(const RemotePath& directory, const Context& context) = 0;  ///< kNotEmpty
  /// `target` as symlink(2) takes it. kExists; kNotFound where the server wants the target to exist; kNotPermitted
  /// where it makes no links, or not this one, and for what lies outside of the mount.
  virtual Status make_link(const RemotePath& link, const std::string& target, const Context& context) = 0;
  virtual Status set_mtime(const RemotePath& path, std::int64_t mtime, const Context& context) = 0;
  virtual Status set_mode(const RemotePath& path, std::uint32_t mode, const Context& context) = 0;
  /// By the strongest algorithm that both sides have. nullopt when the server tells none, or none of this file. A
  /// server is silent while it computes: `context` has to allow for that.
  virtual Result<std::optional<Checksum>> checksum(const RemotePath& file, const Context& context) = 0;
  /// What it tells of a file or directory in its own words (RFC 3659 section 7.5); nullopt when it tells none.
  virtual Result<std::optional<std::string>> facts(const RemotePath& path, const Context& context) = 0;
  /// nullopt when the server does not tell.
  virtual Result<std::optional<Space>> space(const Context& context) = 0;

  /// Asks nobody; so the next.
  [[nodiscard]] virtual Activity activity() const = 0;
  [[nodiscard]] virtual KnownServer server() const = 0;

  /// A short hidden name of fixed length, unique to this mount: ".ftpsfs-", the mount's id, a counter.
  [[nodiscard]] virtual std::string new_temporary_name() = 0;
  /// The same for a file of the user's that is only out of the way for a moment.
  [[nodiscard]] virtual std::string new_aside_name() = 0;
  /// What tells this mount's names from all others'. Constant; fit for a file name.
  [[nodiscard]] virtual std::string mount_id() const = 0;
  /// The temporary files of all mounts in a directory. Nobody waits for it: kBusy rather than take the last session.
  virtual Result<std::vector<TemporaryFile>> list_temporary_files(const RemotePath& directory,
                                                                  const Context& context) = 0;
};

}  // namespace ftpsfs::remote
