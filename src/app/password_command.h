// The programs of -o password_command=CMD and its like.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

/// Runs the command of the `option` by /bin/sh -c, with this program's standard input and error, and returns the first
/// line it prints. A command that takes longer than `limit` is killed. Errors: kLogin (it failed, with its exit status,
/// or printed nothing or more than 64 KiB), kTimeout, kIo. To be called before there are other threads that wait for
/// children.
Result<std::string> run_password_command(std::string_view option, const std::string& command,
                                         std::chrono::milliseconds limit = std::chrono::seconds(60));

}  // namespace ftpsfs::app
