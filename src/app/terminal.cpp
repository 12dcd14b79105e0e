// The terminal.
#include "app/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "app/held_signals.h"
#include "app/private_file.h"
#include "ftpsfs/base/context.h"
#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs::app {
namespace {

constexpr auto kPatience = std::chrono::minutes(5);
constexpr std::size_t kMaxLine = 4096;  // what a terminal delivers in one line

class EchoOff {
 public:
  explicit EchoOff(int terminal) : terminal_(terminal) {
    if (::tcgetattr(terminal_, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
    silent.c_lflag |= ICANON | ISIG;
    is_off_ = ::tcsetattr(terminal_, TCSAFLUSH, &silent) == 0;
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;
  ~EchoOff() {
    if (is_off_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }

  [[nodiscard]] bool is_off() const { return is_off_; }

 private:
  int terminal_;
  termios before_{};
  bool is_off_ = false;
};

Status write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(os_error(ErrorKind::kIo, "the terminal", errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

/// The line typed, or kInterrupted when a signal waits.
Result<std::string> read_line(int terminal, int signals, const Deadline& deadline) {
  std::array<pollfd, 2> waits{pollfd{terminal, POLLIN, 0}, pollfd{signals, POLLIN, 0}};
  int ready = -1;
  do {
    ready = ::poll(waits.data(), waits.size(), deadline.poll_timeout_ms());
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) return fail(ErrorKind::kTimeout, "nobody typed a password");
  if (ready < 0) return fail(os_error(ErrorKind::kIo, "the terminal", errno));
  if (waits[1].revents != 0) return fail(ErrorKind::kInterrupted, "interrupted by a signal");

  std::string line(kMaxLine, '\0');
  const ssize_t got = ::read(terminal, line.data(), line.size());
  if (got < 0) return fail(os_error(ErrorKind::kIo, "the terminal", errno));
  if (got == 0) return fail(ErrorKind::kInterrupted, "no password was typed");
  line.resize(static_cast<std::size_t>(got));
  if (line.ends_with('\n')) line.pop_back();
  return line;
}

Result<std::string> ask_once(int terminal, std::string_view question, const Deadline& deadline, bool& signalled) {
  const HeldSignals signals{SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP};
  const EchoOff silence(terminal);
  if (!silence.is_off()) return fail(ErrorKind::kIo, "the terminal's echo cannot be turned off");
  FTPSFS_TRY(write_all(terminal, question));
  auto line = read_line(terminal, signals.fd(), deadline);
  pollfd pending{signals.fd(), POLLIN, 0};
  signalled = !line && ::poll(&pending, 1, 0) > 0;
  FTPSFS_TRY(write_all(terminal, "\n"));
  return line;
}

}  // namespace

Result<std::string> ask_for_password(std::string_view question, const std::string& terminal) {
  const UniqueFd fd(::open(terminal.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!fd.valid()) return fail(os_error(ErrorKind::kNotFound, terminal, errno));
  const Deadline deadline = Deadline::after(kPatience);
  for (;;) {
    bool signalled = false;
    auto line = ask_once(fd.get(), question, deadline, signalled);
    // A signal that left us alive stopped us, and we were continued: ask again.
    if (line || !signalled) return line;
  }
}

}  // namespace ftpsfs::app
