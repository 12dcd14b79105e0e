// The terminal, where a person can be asked for a password.
#pragma once

#include <string>
#include <string_view>

#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

/// Asks on `terminal` (the controlling one by default), echo off, and returns the line that is typed. The echo comes
/// back whatever happens, also when a signal ends or stops the program meanwhile. Waits five minutes at most. Errors:
/// kNotFound when there is no terminal, kTimeout, kInterrupted at end of file, kIo.
Result<std::string> ask_for_password(std::string_view question, const std::string& terminal = "/dev/tty");

}  // namespace ftpsfs::app
