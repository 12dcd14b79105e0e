// Events: what wanlink is told from outside: signals, and the end of the process it works for.
#pragma once

#include <sys/types.h>

#include "ftpsfs/base/result.h"
#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs::netlab {

enum class Event { kNone, kReport, kEnd };

/// Takes SIGTERM, SIGINT and SIGHUP for the wish to end and SIGUSR1 for the wish to report, from its creation on, and
/// watches the owner. For one thread; the signals stay blocked afterwards.
class Events {
 public:
  /// Fails when there is no process `owner`.
  static Result<Events> watch(pid_t owner);

  /// Descriptors that are readable when next() has something to tell.
  [[nodiscard]] int signals() const { return signals_.get(); }
  [[nodiscard]] int owner() const { return owner_.get(); }

  /// What happened since the last call; never waits.
  Event next();

 private:
  Events(UniqueFd signals, UniqueFd owner);

  UniqueFd signals_;
  UniqueFd owner_;
};

}  // namespace ftpsfs::netlab
