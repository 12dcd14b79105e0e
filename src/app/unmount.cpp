// Taking a mount away.
#include "app/unmount.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

#include "app/child_process.h"
#include "ftpsfs/base/log.h"

namespace ftpsfs::app {
namespace {

tl::unexpected<Error> busy() { return fail(ErrorKind::kBusy, "target is busy."); }

Status unmount_as_root(const std::string& mount_point, const UnmountHow& how) {
  const int flags = UMOUNT_NOFOLLOW | (how.lazy ? MNT_DETACH : 0) | (how.force ? MNT_FORCE : 0);
  if (::umount2(mount_point.c_str(), flags) == 0) return {};
  if (errno == EBUSY) return busy();
  if (errno == EINVAL) return fail(ErrorKind::kInvalid, "not mounted.");
  const ErrorKind kind = errno == EPERM ? ErrorKind::kPermission : ErrorKind::kIo;
  return fail(kind, std::generic_category().message(errno));
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 1024> buffer;
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

Status unmount_as_user(const std::string& mount_point, const UnmountHow& how) {
  constexpr std::chrono::seconds kLimit{60};
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(os_error(ErrorKind::kIo, "pipe", errno));
  const UniqueFd output(ends[0]);
  UniqueFd input(ends[1]);
  std::vector<std::string> words{"fusermount3", "-u"};
  if (how.lazy) words.emplace_back("-z");
  words.insert(words.end(), {"--", mount_point});
  FTPSFS_TRY_ASSIGN(const pid_t pid, spawn("fusermount3", std::move(words), {STDERR_FILENO}, input.get()));
  ChildProcess fusermount(pid);
  input.reset();
  std::string answer = read_all(output.get());
  const auto ended = fusermount.wait(Deadline::after(kLimit));
  if (ended && WIFEXITED(*ended) && WEXITSTATUS(*ended) == 0) return {};
  if (answer.find(std::generic_category().message(EBUSY)) != answer.npos) return busy();
  while (answer.ends_with('\n')) answer.pop_back();
  return fail(ErrorKind::kIo, answer.empty() ? "fusermount3 failed" : log::printable(answer));
}

}  // namespace

Status unmount(const std::string& mount_point, const UnmountHow& how) {
  return ::geteuid() == 0 ? unmount_as_root(mount_point, how) : unmount_as_user(mount_point, how);
}

}  // namespace ftpsfs::app
