// BackOff: how long a server that would not let us in is left alone.
#pragma once

#include <chrono>
#include <optional>
#include <random>

#include "ftpsfs/base/clock.h"
#include "ftpsfs/base/error.h"

namespace ftpsfs::remote {

/// Remembers why the last attempt to open a session failed. While it blocks, callers get that error at once and the
/// server hears nothing. A refused password blocks for 5 minutes, then twice as long each time, an hour at most: a few
/// of them within ten minutes, and many servers lock the account or the address. A certificate that is not trusted
/// blocks for 5 s, then twice as long, 60 s at most; anything else for a random while of 2 s at most. Not thread-safe.
class BackOff {
 public:
  void failed(const Error& error, Clock::TimePoint now);
  void succeeded();
  /// The error to answer with instead of trying; nullopt when it is time to try.
  [[nodiscard]] std::optional<Error> blocking(Clock::TimePoint now) const;
  /// Why the last attempt failed; nullopt after one that succeeded, or none.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  /// When the first of the attempts failed that failed in a row.
  [[nodiscard]] Clock::TimePoint failing_since() const { return failing_since_; }
  /// How long the last failure blocks.
  [[nodiscard]] std::chrono::milliseconds pause() const { return pause_; }

 private:
  std::optional<Error> error_;
  Clock::TimePoint failing_since_{};
  Clock::TimePoint until_{};
  std::chrono::milliseconds pause_{0};
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace ftpsfs::remote
