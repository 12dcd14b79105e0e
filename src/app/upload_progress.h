// UploadProgress: how the uploads of a mount get on, from one reading of its status to the next.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>

#include "app/mount_status.h"

namespace ftpsfs::app {

class UploadProgress {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit UploadProgress(Time start) : moved_(start) {}

  void add(const MountStatus& status, Time now);

  /// "3 files, 12 of 40 MiB, 2.1 MiB/s"; the rate is that of the last five seconds. Empty before the first reading.
  [[nodiscard]] std::string line() const;
  /// How long nothing got on: fewer files or fewer bytes to send than ever before is progress, another attempt is not.
  [[nodiscard]] Time::duration idle(Time now) const { return now - moved_; }

 private:
  struct Reading {
    Time time;
    std::uint64_t left;  ///< bytes to send
  };
  [[nodiscard]] std::uint64_t rate() const;  ///< bytes each second

  std::deque<Reading> readings_;  ///< those of the last seconds, the oldest first
  std::uint64_t files_ = 0;       ///< that wait
  std::uint64_t most_left_ = 0;
  std::uint64_t least_left_ = 0;
  std::uint64_t fewest_files_ = 0;
  Time moved_;
};

}  // namespace ftpsfs::app
