// Mounting: from a command line to a served directory.
#pragma once

#include "app/command_line.h"

namespace ftpsfs::app {

/// Does what `line`, whose action is kMount or kFakeMount, asks. Returns the exit status; why it failed is on standard
/// error by then, in one line. In the background: 0 when the mount stands, and the daemon's own when it ends. To be
/// called before there are threads.
int mount(const CommandLine& line);

}  // namespace ftpsfs::app
