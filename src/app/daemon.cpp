// fork(2), and the pipe between the two.
#include "app/daemon.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs::app {
namespace {

Status detach(const UniqueFd& ready) {
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.valid()) return fail(os_error(ErrorKind::kIo, "/dev/null", errno));
  ::setsid();
  if (::chdir("/") != 0) return fail(os_error(ErrorKind::kIo, "/", errno));
  const char byte = 0;
  if (::write(ready.get(), &byte, 1) != 1) {
    return fail(ErrorKind::kInterrupted, "whoever started the mount did not wait for it");
  }
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::dup2(null.get(), standard) < 0) return fail(os_error(ErrorKind::kIo, "/dev/null", errno));
  }
  return {};
}

/// 0 when the child said that it is ready, else its exit status.
int await_child(pid_t child, const UniqueFd& ready) {
  char byte = 0;
  ssize_t received = 0;
  do received = ::read(ready.get(), &byte, 1);
  while (received < 0 && errno == EINTR);
  if (received == 1) return EXIT_SUCCESS;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return EXIT_FAILURE;
  }
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  fmt::print(stderr, "ftpsfs: ended by signal {} before the mount stood\n", WTERMSIG(status));
  return EXIT_FAILURE;
}

}  // namespace

int run_in_background(const std::function<int(const Detach&)>& body) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    fmt::print(stderr, "ftpsfs: {}\n", os_error(ErrorKind::kIo, "cannot make a pipe", errno).message);
    return EXIT_FAILURE;
  }
  UniqueFd from_child(ends[0]);
  UniqueFd to_parent(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) {
    fmt::print(stderr, "ftpsfs: {}\n", os_error(ErrorKind::kIo, "cannot make a process", errno).message);
    return EXIT_FAILURE;
  }
  if (child > 0) {
    to_parent.reset();
    return await_child(child, from_child);
  }
  from_child.reset();
  return body([&to_parent] {
    Status detached = detach(to_parent);
    to_parent.reset();
    return detached;
  });
}

}  // namespace ftpsfs::app
