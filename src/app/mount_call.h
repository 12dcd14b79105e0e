// MountCall: a question to a mount, asked in a process of its own. A daemon that does not answer blocks that process
// and not this one; and the process can take the identity of who mounted, since FUSE lets nobody else in, not even
// root.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/child_process.h"
#include "app/mount_point.h"
#include "ftpsfs/base/context.h"

namespace ftpsfs::app {

class MountCall {
 public:
  using Question = std::function<Result<std::string>()>;

  /// Begins to ask, as `identity` when there is one and this process is root's. To be called while this process has no
  /// other thread. Ctrl-C on the terminal ends the question, too. Errors: kIo.
  static Result<std::unique_ptr<MountCall>> start(const Question& question, std::optional<MountOwner> identity);
  /// start() and wait for the answer; kTimeout after the deadline.
  static Result<std::string> ask(const Question& question, std::optional<MountOwner> identity,
                                 const Deadline& deadline);

  /// Readable when answer() has something to take in.
  [[nodiscard]] int fd() const { return answers_.get(); }
  /// Never blocks. Nothing while the question is open; its answer once, kInterrupted when a signal ended it.
  std::optional<Result<std::string>> answer();

 private:
  MountCall(pid_t pid, UniqueFd answers) : child_(pid), answers_(std::move(answers)) {}

  ChildProcess child_;
  UniqueFd answers_;
  std::string received_;  ///< the error's kind + 1, or 0, and a blank; then the message or the answer
};

}  // namespace ftpsfs::app
