// Command: runs a program to its end, within a time limit, and keeps what it printed.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace ftpsfs::test {

/// How a program ended and what it printed.
struct CommandResult {
  /// The exit status; 128 + the number of the signal that ended it; 124 when the limit passed; 127 when it could not be
  /// started, with the reason in `output`.
  int status = 0;
  std::string output;  ///< standard output and standard error together, in the order written
};

/// Runs `argv` (looked up in PATH, no shell) with `environment` ("NAME=value") added to this process's own, and
/// standard input empty. The program gets a process group of its own; when `limit` passes, the group is asked to end,
/// and killed two seconds later. Returns when the program itself ends, though something it left behind may hold its
/// output open. Any thread may call this.
[[nodiscard]] CommandResult run_command(const std::vector<std::string>& argv, std::chrono::seconds limit,
                                        const std::vector<std::string>& environment = {});

/// The same with `bash -c script`.
[[nodiscard]] CommandResult run_shell(std::string script, std::chrono::seconds limit,
                                      const std::vector<std::string>& environment = {});

}  // namespace ftpsfs::test
