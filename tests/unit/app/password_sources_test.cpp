// The password command, and the prompt on a pseudo-terminal.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "app/password_command.h"
#include "app/terminal.h"
#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs::app {
namespace {

using testing::HasSubstr;

TEST(PasswordCommandTest, TheFirstLineIsThePassword) {
  EXPECT_EQ(run_password_command("password_command", "printf 'a b\\r\\nmore\\n'").value(), "a b");
  EXPECT_EQ(run_password_command("password_command", "printf %s 'no end'").value(), "no end");
  EXPECT_EQ(run_password_command("password_command", "echo x; seq 5000").value(), "x");
}

TEST(PasswordCommandTest, AFailureNamesTheCommandAndItsStatus) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"echo x; exit 3", "exit status 3"},
      {"kill -9 $$", "signal 9"},
      {"no-such-program-x 2>&-", "status 127"},
      {"true", "no password"},
      {"echo", "no password"},
      {"head -c 70000 /dev/zero", "64 KiB"},
  };
  for (const auto& [command, because] : table) {
    const auto password = run_password_command("password_command", command);
    ASSERT_FALSE(password) << command;
    EXPECT_EQ(password.error().kind, ErrorKind::kLogin);
    EXPECT_THAT(password.error().message, HasSubstr("-o password_command=" + command));
    EXPECT_THAT(password.error().message, HasSubstr(because));
  }
}

TEST(PasswordCommandTest, ASlowCommandIsKilled) {
  for (const char* command : {"exec sleep 30", "echo x; exec sleep 30 >&-"}) {
    const auto began = std::chrono::steady_clock::now();
    const auto password = run_password_command("password_command", command, std::chrono::milliseconds(100));
    ASSERT_FALSE(password) << command;
    EXPECT_EQ(password.error().kind, ErrorKind::kTimeout);
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  }
}

class TerminalTest : public testing::Test {
 protected:
  TerminalTest() : keyboard_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_EQ(::grantpt(keyboard_.get()), 0);
    EXPECT_EQ(::unlockpt(keyboard_.get()), 0);
    name_ = ::ptsname(keyboard_.get());
    screen_.reset(::open(name_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  }

  [[nodiscard]] bool echoes() const {
    termios now{};
    EXPECT_EQ(::tcgetattr(screen_.get(), &now), 0);
    return (now.c_lflag & ECHO) != 0;
  }

  /// What was shown, up to and with `end`.
  std::string shown_until(std::string_view end) {
    std::string text;
    while (!text.ends_with(end)) {
      pollfd wait{keyboard_.get(), POLLIN, 0};
      std::array<char, 256> buffer;
      if (::poll(&wait, 1, 10'000) != 1) break;
      const ssize_t got = ::read(keyboard_.get(), buffer.data(), buffer.size());
      if (got <= 0) break;
      text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return text;
  }

  void type(std::string_view text) {
    ASSERT_EQ(::write(keyboard_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  UniqueFd keyboard_;
  UniqueFd screen_;
  std::string name_;
};

TEST_F(TerminalTest, AsksWithoutEcho) {
  Result<std::string> password = fail(ErrorKind::kIo, "not asked");
  std::thread asking([&] { password = ask_for_password("Password: ", name_); });
  EXPECT_EQ(shown_until("Password: "), "Password: ");
  EXPECT_FALSE(echoes());
  type("pass word\n");
  asking.join();
  ASSERT_TRUE(password) << password.error().message;
  EXPECT_EQ(*password, "pass word");
  EXPECT_TRUE(echoes());
  EXPECT_EQ(shown_until("\n"), "\r\n");
}

TEST_F(TerminalTest, EndOfFileIsNoPassword) {
  Result<std::string> password = std::string();
  std::thread asking([&] { password = ask_for_password("? ", name_); });
  shown_until("? ");
  type("\x04");
  asking.join();
  ASSERT_FALSE(password);
  EXPECT_EQ(password.error().kind, ErrorKind::kInterrupted);
  EXPECT_TRUE(echoes());
}

TEST_F(TerminalTest, ASignalEndsTheProgramOnlyWithTheEchoBack) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    (void)ask_for_password("? ", name_);
    ::_exit(0);
  }
  shown_until("? ");
  EXPECT_FALSE(echoes());
  ASSERT_EQ(::kill(child, SIGTERM), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
  EXPECT_TRUE(echoes());
}

TEST_F(TerminalTest, AfterAStopTheQuestionIsAskedAgain) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // A group of its own within this session, so that a stop is not discarded as it is in an orphaned group.
    ::setpgid(0, 0);
    const auto password = ask_for_password("? ", name_);
    ::_exit(password && *password == "again" ? 42 : 1);
  }
  shown_until("? ");
  ASSERT_EQ(::kill(child, SIGTSTP), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(status));
  EXPECT_TRUE(echoes());
  ASSERT_EQ(::kill(child, SIGCONT), 0);
  shown_until("? ");
  EXPECT_FALSE(echoes());
  type("again\n");
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
}

TEST(PromptTest, WithoutATerminalThereIsNobodyToAsk) {
  const auto password = ask_for_password("? ", "/nonexistent/tty");
  ASSERT_FALSE(password);
  EXPECT_EQ(password.error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace ftpsfs::app
