// ChildProcess: a process we started, waited for with a deadline, and never left behind.
#pragma once

#include <sys/types.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/result.h"
#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs::app {

class ChildProcess {
 public:
  /// `pid` is a child of this process that nobody else waits for.
  explicit ChildProcess(pid_t pid);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// Kills it when it is still there, and waits some seconds: one that is stuck in the kernel is left to init.
  ~ChildProcess();

  /// Its wait status (wait(2)), or nothing when the deadline passed.
  std::optional<int> wait(const Deadline& deadline);

 private:
  pid_t pid_;
  UniqueFd ended_;  ///< a pidfd
  bool reaped_ = false;
};

/// Starts `program`, which is searched in PATH when it has no slash; `words` are its arguments, its name among them.
/// Each of the `streams` goes to `output`.
Result<pid_t> spawn(const std::string& program, std::vector<std::string> words, std::initializer_list<int> streams,
                    int output);

/// A descriptor that becomes readable when the process ends, whose child it may be; invalid when there is none.
UniqueFd open_process(pid_t pid);

/// Waits until the process behind `pidfd` has ended. False when the deadline passed before, or `interrupts` (-1: none)
/// became readable.
bool wait_for_end(int pidfd, const Deadline& deadline, int interrupts = -1);

}  // namespace ftpsfs::app
