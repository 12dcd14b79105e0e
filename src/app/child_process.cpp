// ChildProcess.
#include "app/child_process.h"

#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace ftpsfs::app {

ChildProcess::ChildProcess(pid_t pid) : pid_(pid), ended_(open_process(pid)) {}

ChildProcess::~ChildProcess() {
  constexpr std::chrono::seconds kGrace{2};
  if (reaped_) return;
  ::kill(pid_, SIGKILL);
  wait(Deadline::after(kGrace));
}

std::optional<int> ChildProcess::wait(const Deadline& deadline) {
  if (!wait_for_end(ended_.get(), deadline)) return std::nullopt;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  reaped_ = true;
  return status;
}

Result<pid_t> spawn(const std::string& program, std::vector<std::string> words, std::initializer_list<int> streams,
                    int output) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int stream : streams) posix_spawn_file_actions_adddup2(&actions, output, stream);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail(os_error(ErrorKind::kIo, program, error));
  return pid;
}

UniqueFd open_process(pid_t pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));  // glibc 2.36 declares none for C++
}

bool wait_for_end(int pidfd, const Deadline& deadline, int interrupts) {
  std::array<pollfd, 2> waits{pollfd{pidfd, POLLIN, 0}, pollfd{interrupts, POLLIN, 0}};
  int ready = -1;
  do {
    ready = ::poll(waits.data(), waits.size(), deadline.poll_timeout_ms());
  } while (ready < 0 && errno == EINTR);
  return ready > 0 && waits[0].revents != 0;
}

}  // namespace ftpsfs::app
