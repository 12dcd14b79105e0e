// `ftpsfs status`: on standard output, once or until nothing waits.
#pragma once

#include "app/mount_control.h"

namespace ftpsfs::app {

struct StatusOutput {
  bool json = false;
  /// Again each second until nothing waits. A terminal shows the present state; elsewhere, and with JSON, there is one
  /// line, or one document, for each change.
  bool watch = false;
};

/// Returns the exit status; the reason of a failure is on standard error.
int show_status(MountControl& control, const StatusOutput& output);

}  // namespace ftpsfs::app
