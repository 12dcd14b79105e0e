#include "netlab/events.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace ftpsfs::netlab {
namespace {

Result<UniqueFd> take_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) ::sigaddset(&set, number);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  UniqueFd fd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd.valid()) return fail(os_error(ErrorKind::kIo, "signalfd", errno));
  return fd;
}

Result<UniqueFd> watch_process(pid_t pid) {
  UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
  if (!fd.valid()) return fail(os_error(ErrorKind::kNotFound, "process " + std::to_string(pid), errno));
  return fd;
}

bool has_ended(const UniqueFd& process) {
  pollfd entry{.fd = process.get(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) > 0;
}

}  // namespace

Events::Events(UniqueFd signals, UniqueFd owner) : signals_(std::move(signals)), owner_(std::move(owner)) {}

Result<Events> Events::watch(pid_t owner) {
  FTPSFS_TRY_ASSIGN(UniqueFd signals, take_signals());
  FTPSFS_TRY_ASSIGN(UniqueFd process, watch_process(owner));
  return Events(std::move(signals), std::move(process));
}

Event Events::next() {
  signalfd_siginfo signal{};
  if (::read(signals_.get(), &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
    return signal.ssi_signo == SIGUSR1 ? Event::kReport : Event::kEnd;
  }
  return has_ended(owner_) ? Event::kEnd : Event::kNone;
}

}  // namespace ftpsfs::netlab
