// MountStatus: what a mount tells about itself.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

/// A file that is not on the server yet, as it was written here.
struct WaitingFile {
  std::string path;        ///< relative to the mount's root; as the mount tells it, to be made printable
  std::string state;       ///< "pending", "uploading" or "failed"
  std::uint64_t size = 0;  ///< bytes
  std::uint64_t sent = 0;  ///< bytes of it that are on their way or there
  std::string error;       ///< why it failed
};

/// Bytes in use, and the bound.
struct Usage {
  std::uint64_t used = 0;
  std::uint64_t most = 0;
};

/// Why, and for how long, the server cannot be reached.
struct Offline {
  std::int64_t seconds = 0;
  std::string why;
  bool serves_stale = false;  ///< what is known is shown, and nothing can be changed
};

/// A warning or an error of the mount.
struct LoggedError {
  std::int64_t time = 0;  ///< seconds since the epoch, when it came last
  std::string text;
  std::uint64_t times = 1;
};

struct MountStatus {
  std::string version;
  pid_t pid = 0;  ///< of the daemon; 0 when it does not tell
  std::string source;
  std::string write;  ///< "sync" or "back"

  std::uint64_t pending = 0;  ///< files
  std::uint64_t uploading = 0;
  std::uint64_t failed = 0;
  std::uint64_t bytes = 0;        ///< still to be sent
  std::vector<WaitingFile> list;  ///< those uploading first, then those that failed
  bool listed_all = true;         ///< false when more files wait than are listed

  std::uint64_t open_sessions = 0;
  std::uint64_t busy_sessions = 0;
  std::uint64_t most_sessions = 0;
  std::optional<Offline> offline;
  std::string server;                      ///< its kind; empty when that is not known
  std::vector<std::string> peculiarities;  ///< what was found out about it
  Usage memory;
  std::optional<Usage> disk_cache;
  std::string staging_directory;
  std::optional<std::uint64_t> staging_used;  ///< bytes
  std::vector<std::string> in_place;          ///< files, and directories with a "/" at the end
  std::vector<LoggedError> errors;            ///< the last different ones, oldest first

  /// Files that are, or will be, uploaded without being asked for.
  [[nodiscard]] std::uint64_t waiting() const { return pending + uploading; }
};

/// From the JSON text of the attribute. What is missing, because the mount is of another version, keeps its default.
/// Errors: kProtocol.
Result<MountStatus> parse_mount_status(std::string_view json);

/// The same JSON for people and programs to read: indented, in ASCII, so that no name in it can steer a terminal; a
/// text that is no JSON is an error, kProtocol.
Result<std::string> indented_json(std::string_view json);

}  // namespace ftpsfs::app
