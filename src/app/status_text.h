// StatusText: a mount's status as people read it.
#pragma once

#include <chrono>
#include <string>

#include "app/mount_status.h"

namespace ftpsfs::app {

/// "2 uploading, 1 pending, 1 failed, 12 MiB to send", or "nothing waits".
std::string counts_text(const MountStatus& status);

/// A line with path and reason for each listed file that failed; all names printable.
std::string failures_text(const MountStatus& status);

/// Remembers the last reading, for the rates of the uploads.
class StatusText {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Several lines, each ended by a line break, of which at most `most_files` are files'; all names printable. `now` is
  /// when `status` was read.
  std::string show(const MountStatus& status, Time now, std::size_t most_files);

 private:
  [[nodiscard]] std::string file_line(const WaitingFile& file, Time now) const;
  [[nodiscard]] std::string rate_text(const WaitingFile& file, Time now) const;

  MountStatus last_;
  Time last_time_;
};

}  // namespace ftpsfs::app
