// BackOff: how long a server that would not let us in is left alone.
#pragma once

#include <chrono>
#include <optional>
#include <random>

#include "ftpsfs/base/clock.h"
#include "ftpsfs/base/error.h"

namespace ftpsfs::remote {

/// Remembers why the last attempt to open a session failed. While it blocks, callers get that error at once and the
/// server hears nothing. A refused password or certificate blocks for 5 s, then twice as long each time, 60 s at most,
/// so that no account is locked; anything else for a random while of 2 s at most. Not thread-safe.
class BackOff {
 public:
  void failed(const Error& error, Clock::TimePoint now);
  void succeeded();
  /// The error to answer with instead of trying; nullopt when it is time to try.
  [[nodiscard]] std::optional<Error> blocking(Clock::TimePoint now) const;

 private:
  std::optional<Error> error_;
  Clock::TimePoint until_{};
  std::chrono::milliseconds pause_{0};
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace ftpsfs::remote
