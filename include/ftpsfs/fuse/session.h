// Session: one mount point, and the kernel's requests about it.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "ftpsfs/base/result.h"
#include "ftpsfs/vfs/filesystem.h"

namespace ftpsfs::fuse {

/// What the mount says of itself, in the extended attribute user.ftpsfs.status of its root.
struct MountDescription {
  std::string version;
  std::string source;
  std::string staging_directory;
  bool write_back = false;
  bool stale_when_offline = false;
};

struct SessionOptions {
  std::string mount_options;                               ///< for libfuse's `-o`: names, permissions, flags
  std::chrono::milliseconds stall_limit{15'000};           ///< longest wait for the server's next byte or reply
  std::chrono::milliseconds negative_entry_ttl{3'000};     ///< how long the kernel may believe that a name is absent
  std::chrono::milliseconds interrupt_poll_interval{100};  ///< an interrupted caller is looked at again this often
  MountDescription description;
};

/// Used by the program's first thread. Destroyed, it lets commits under way finish, gives up other waits, releases the
/// handles still open and unmounts.
class Session {
 public:
  /// Mounts `filesystem`, which outlives the session, on a directory given by its absolute path. From here on SIGHUP,
  /// SIGINT and SIGTERM end serve(), and SIGPIPE is ignored. One session at a time in a process. Errors: kInvalid
  /// (options libfuse does not know), kIo with what libfuse said.
  static Result<std::unique_ptr<Session>> mount(vfs::Filesystem& filesystem, const SessionOptions& options,
                                                const std::string& mount_point);
  virtual ~Session() = default;

  /// Answers the kernel until the directory is unmounted or a signal says to end, which is success. Starts threads.
  virtual Status serve() = 0;
};

}  // namespace ftpsfs::fuse
