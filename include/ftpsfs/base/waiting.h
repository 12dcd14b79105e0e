// Waiting on a condition within the limits of a Context.
#pragma once

#include <chrono>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/mutex.h"

namespace ftpsfs {

/// Waits until notified, or for a moment: callers loop on their predicate. A cancellation is noticed within 50 ms.
inline Status wait_briefly(ConditionVariable& condition, Mutex& mutex, const Context& context) REQUIRES(mutex) {
  constexpr std::chrono::milliseconds kSlice{50};
  FTPSFS_TRY(context.check());
  condition.wait_until(mutex, std::chrono::steady_clock::now() + kSlice);
  return {};
}

}  // namespace ftpsfs
