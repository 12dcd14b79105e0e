// The programs of -o password_command=CMD and its like.
#include "app/password_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include "app/child_process.h"
#include "app/private_file.h"
#include "ftpsfs/base/context.h"
#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs::app {
namespace {

constexpr std::size_t kMaxOutput = 64UL * 1024;

tl::unexpected<Error> too_slow() { return fail(ErrorKind::kTimeout, "did not finish in time and was ended"); }

/// All the command prints, so that it never sees a closed pipe.
Result<Secret> read_output(int fd, const Deadline& deadline) {
  std::string output;
  output.reserve(kMaxOutput);
  std::array<char, 4096> buffer;
  for (;;) {
    pollfd wait{fd, POLLIN, 0};
    const int ready = ::poll(&wait, 1, deadline.poll_timeout_ms());
    if (ready == 0) return too_slow();
    if (ready < 0 && errno == EINTR) continue;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(os_error(ErrorKind::kIo, "reading its output", errno));
    if (got == 0) break;
    if (output.size() + static_cast<std::size_t>(got) > kMaxOutput) {
      return fail(ErrorKind::kLogin, "printed more than 64 KiB");
    }
    output.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::explicit_bzero(buffer.data(), buffer.size());
  return Secret(std::move(output));
}

Status check_exit(int status) {
  if (WIFSIGNALED(status)) return fail(ErrorKind::kLogin, fmt::format("was ended by signal {}", WTERMSIG(status)));
  if (WEXITSTATUS(status) == 0) return {};
  return fail(ErrorKind::kLogin, fmt::format("failed with exit status {}", WEXITSTATUS(status)));
}

Result<std::string> run(const std::string& command, const Deadline& deadline) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(os_error(ErrorKind::kIo, "pipe", errno));
  const UniqueFd output(ends[0]);
  UniqueFd input(ends[1]);
  FTPSFS_TRY_ASSIGN(const pid_t pid, spawn("/bin/sh", {"sh", "-c", command}, {STDOUT_FILENO}, input.get()));
  ChildProcess child(pid);
  input.reset();

  FTPSFS_TRY_ASSIGN(const Secret printed, read_output(output.get(), deadline));
  const std::optional<int> status = child.wait(deadline);
  if (!status) return too_slow();
  FTPSFS_TRY(check_exit(*status));

  std::string line = printed.text().substr(0, printed.text().find('\n'));
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) return fail(ErrorKind::kLogin, "printed no password on its first line");
  return line;
}

}  // namespace

Result<std::string> run_password_command(std::string_view option, const std::string& command,
                                         std::chrono::milliseconds limit) {
  auto password = run(command, Deadline::after(limit));
  if (!password) return fail(password.error().with_context(fmt::format("-o {}={}", option, command)));
  return password;
}

}  // namespace ftpsfs::app
