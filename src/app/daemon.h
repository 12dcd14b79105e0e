// Going to the background, and telling whoever waits whether it worked.
#pragma once

#include <functional>

#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

/// Called once, when there is nothing left that could fail at the start. In the background it leaves the terminal, the
/// session and the current directory, and lets the process that was started end with 0. Errors: kInterrupted when that
/// process is gone (nobody wants the result), kIo.
using Detach = std::function<Status()>;

/// Runs `body` in a child process; its result becomes the child's exit status. In the process that was started, returns
/// 0 as soon as the child detached, else the child's exit status once it ended. Until it detaches, the child shares the
/// terminal: it can be interrupted, and what it has to say is read. To be called before there are threads.
int run_in_background(const std::function<int(const Detach&)>& body);

}  // namespace ftpsfs::app
