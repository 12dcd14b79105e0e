#include "integration/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

namespace ftpsfs::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kStatusTimedOut = 124;
constexpr int kStatusNotStarted = 127;
constexpr int kStatusSignalled = 128;
constexpr std::chrono::seconds kGrace{2};  // between asking a group to end and killing it
constexpr milliseconds kPollInterval{10};  // how late the program's end may be noticed

/// The two ends of a pipe, closed on destruction and on exec.
struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
    reader = ends[0];
    writer = ends[1];
  }
  ~Pipe() {
    close(reader);
    close_writer();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void close_writer() {
    if (writer >= 0) close(std::exchange(writer, -1));
  }

  int reader = -1;
  int writer = -1;
};

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (std::string& string : strings) result.push_back(string.data());
  result.push_back(nullptr);
  return result;
}

/// This process's environment, with `additions` in place of variables of the same name.
std::vector<std::string> merged_environment(const std::vector<std::string>& additions) {
  const auto name_of = [](std::string_view variable) { return variable.substr(0, variable.find('=')); };
  std::vector<std::string> result = additions;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    bool replaced = false;
    for (const std::string& addition : additions) replaced = replaced || name_of(addition) == name_of(*variable);
    if (!replaced) result.emplace_back(*variable);
  }
  return result;
}

/// Starts the program in a new process group with no signal blocked or ignored. Returns 0 or an errno.
int spawn(std::vector<std::string> argv, std::vector<std::string> environment, int output, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);

  const int error = posix_spawnp(&pid, argv.front().c_str(), &actions, &attributes, pointers(argv).data(),
                                 pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

/// Appends what can be read from `reader` without waiting; false at the end of the file.
bool drain(int reader, std::string& output) {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t count = read(reader, buffer.data(), buffer.size());
    if (count > 0) {
      output.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      return count != 0 && errno == EAGAIN;
    }
  }
}

int exit_status(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : kStatusSignalled + WTERMSIG(wait_status);
}

}  // namespace

CommandResult run_command(const std::vector<std::string>& argv, std::chrono::seconds limit,
                          const std::vector<std::string>& environment) {
  CommandResult result;
  Pipe pipe;
  fcntl(pipe.reader, F_SETFL, O_NONBLOCK);
  pid_t pid = 0;
  if (const int error = argv.empty() ? EINVAL : spawn(argv, merged_environment(environment), pipe.writer, pid)) {
    const std::string program = argv.empty() ? "(no program)" : argv.front();
    return {.status = kStatusNotStarted, .output = program + ": " + std::generic_category().message(error)};
  }
  pipe.close_writer();

  Clock::time_point deadline = Clock::now() + limit;
  bool timed_out = false;
  bool open = true;
  int wait_status = 0;
  while (waitpid(pid, &wait_status, WNOHANG) == 0) {
    if (Clock::now() >= deadline) {
      kill(-pid, timed_out ? SIGKILL : SIGTERM);
      timed_out = true;
      deadline = Clock::now() + kGrace;
    }
    pollfd waited{.fd = open ? pipe.reader : -1, .events = POLLIN, .revents = 0};
    poll(&waited, 1, static_cast<int>(kPollInterval.count()));
    open = open && drain(pipe.reader, result.output);
  }
  if (timed_out) kill(-pid, SIGKILL);  // whoever of the group outlived the program
  if (open) drain(pipe.reader, result.output);
  result.status = timed_out ? kStatusTimedOut : exit_status(wait_status);
  return result;
}

CommandResult run_shell(std::string script, std::chrono::seconds limit, const std::vector<std::string>& environment) {
  return run_command({"bash", "-c", std::move(script)}, limit, environment);
}

}  // namespace ftpsfs::test
