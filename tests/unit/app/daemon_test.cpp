#include "app/daemon.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs::app {
namespace {

/// run_in_background() as a whole program would call it: the child ends with what it returns.
int run(const std::function<int(const Detach&)>& body) {
  const pid_t started = ::getpid();
  const int status = run_in_background(body);
  if (::getpid() != started) ::_exit(status);
  return status;
}

TEST(Daemon, TheStarterEndsWithTheChildsFailure) {
  EXPECT_EQ(run([](const Detach&) { return 3; }), 3);
}

TEST(Daemon, AChildThatDiesIsAFailure) {
  EXPECT_EQ(run([](const Detach&) { return ::raise(SIGKILL); }), EXIT_FAILURE);
}

TEST(Daemon, TheStarterEndsWhenTheChildDetachedWhichGoesOn) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  UniqueFd from_child(ends[0]);
  UniqueFd to_starter(ends[1]);
  const pid_t starter = ::getpid();
  EXPECT_EQ(run([&](const Detach& detach) {
              if (!detach()) return EXIT_FAILURE;
              char directory[8] = "";
              const bool left = ::getsid(0) == ::getpid() && ::getpid() != starter && ::getcwd(directory, 8) != nullptr;
              const char verdict = left && directory[0] == '/' && directory[1] == '\0' && ::isatty(0) == 0 ? 'y' : 'n';
              return ::write(to_starter.get(), &verdict, 1) == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
            }),
            EXIT_SUCCESS);
  to_starter.reset();
  char verdict = 0;
  ASSERT_EQ(::read(from_child.get(), &verdict, 1), 1) << "the child still lives after the starter was told";
  EXPECT_EQ(verdict, 'y') << "it left the session and the directory";
}

}  // namespace
}  // namespace ftpsfs::app
