// MountCall: fork(2), the answer comes through a pipe.
#include "app/mount_call.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace ftpsfs::app {
namespace {

constexpr std::string_view kTagEnd = " ";

/// All three ids: the kernel compares each of them.
bool become(const MountOwner& owner) {
  return ::setgroups(0, nullptr) == 0 && ::setresgid(owner.group, owner.group, owner.group) == 0 &&
         ::setresuid(owner.user, owner.user, owner.user) == 0;
}

void send(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

[[noreturn]] void run_child(const MountCall::Question& question, const std::optional<MountOwner>& identity, int fd) {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (identity && ::geteuid() == 0 && identity->user != 0 && !become(*identity)) ::_exit(EXIT_FAILURE);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // after the ids changed: that would reset it
  const Result<std::string> answer = question();
  send(fd, answer ? "0" : std::to_string(static_cast<int>(answer.error().kind) + 1));
  send(fd, kTagEnd);
  send(fd, answer ? *answer : answer.error().message);
  ::_exit(EXIT_SUCCESS);
}

}  // namespace

Result<std::unique_ptr<MountCall>> MountCall::start(const Question& question, std::optional<MountOwner> identity) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(os_error(ErrorKind::kIo, "pipe", errno));
  UniqueFd answers(ends[0]);
  const UniqueFd input(ends[1]);
  ::fcntl(answers.get(), F_SETFL, O_NONBLOCK);
  const pid_t pid = ::fork();
  if (pid < 0) return fail(os_error(ErrorKind::kIo, "fork", errno));
  if (pid == 0) run_child(question, identity, input.get());
  return std::unique_ptr<MountCall>(new MountCall(pid, std::move(answers)));
}

Result<std::string> MountCall::ask(const Question& question, std::optional<MountOwner> identity,
                                   const Deadline& deadline) {
  FTPSFS_TRY_ASSIGN(const std::unique_ptr<MountCall> call, start(question, identity));
  for (;;) {
    if (auto answer = call->answer()) return *std::move(answer);
    if (deadline.passed()) return fail(ErrorKind::kTimeout, "the mount does not answer");
    pollfd wait{call->fd(), POLLIN, 0};
    ::poll(&wait, 1, deadline.poll_timeout_ms());
  }
}

std::optional<Result<std::string>> MountCall::answer() {
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = ::read(answers_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    received_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  const std::size_t tag_end = received_.find(kTagEnd);
  if (tag_end == received_.npos) return fail(ErrorKind::kInterrupted, "interrupted by a signal");
  const int tag = std::stoi(received_);
  std::string text = received_.substr(tag_end + 1);
  if (tag == 0) return text;
  return fail(static_cast<ErrorKind>(tag - 1), std::move(text));
}

}  // namespace ftpsfs::app
