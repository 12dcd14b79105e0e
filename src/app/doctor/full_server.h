// A server that takes few sessions at a time.
#pragma once

#include <chrono>
#include <thread>

#include "ftpsfs/base/error.h"

namespace ftpsfs::app {

/// The outcome of `ask`, which opens a session: asked again, for a moment, while the server has no room for it. What
/// the doctor closed just before may still count there.
template <typename Ask>
auto when_there_is_room(const Ask& ask) {
  constexpr std::chrono::milliseconds kLongestPause{400};
  for (std::chrono::milliseconds pause{100};; pause *= 2) {
    auto outcome = ask();
    if (outcome || outcome.error().kind != ErrorKind::kTooManySessions || pause > kLongestPause) return outcome;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace ftpsfs::app
