// Where credentials come from: the order, and files that others can read.
#include "app/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace ftpsfs::app {
namespace {

using testing::HasSubstr;
using testing::Not;

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() {
    std::string name = testing::TempDir() + "/ftpsfs-credentials-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    source_.host = "host.example";
    around_.local_user = "local";
    around_.ask = [this](const std::string& question) -> Result<std::string> {
      question_ = question;
      return std::string("typed");
    };
  }
  ~CredentialsTest() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) {
    std::string path = directory_ + "/" + name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }

  Credentials found() {
    auto result = find_credentials(options_, source_, around_);
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(Credentials{});
  }

  Error error() {
    auto result = find_credentials(options_, source_, around_);
    EXPECT_FALSE(result);
    return result ? Error{} : result.error();
  }

  std::string directory_;
  LoginOptions options_;
  Source source_;
  Surroundings around_;
  std::string question_;
};

TEST_F(CredentialsTest, ThePasswordComesFromTheFirstThatHasOne) {
  options_.credentials_file = write("credentials", "password=from-file\n");
  around_.netrc_file = write("netrc", "machine host.example password from-netrc");
  options_.password_command = "echo from-command";
  around_.environment_password = "from-environment";
  EXPECT_EQ(found().password, "from-file");
  options_.credentials_file = write("credentials", "username=x\n");
  EXPECT_EQ(found().password, "from-netrc");
  around_.netrc_file = directory_ + "/missing";
  EXPECT_EQ(found().password, "from-command");
  options_.password_command.clear();
  EXPECT_EQ(found().password, "from-environment");
  around_.environment_password.reset();
  EXPECT_EQ(question_, "");
  EXPECT_EQ(found().password, "typed");
  EXPECT_EQ(question_, "Password for x@host.example: ");
}

TEST_F(CredentialsTest, TheLoginNameComesFromTheFirstThatHasOne) {
  options_.username = "option";
  source_.user = "source";
  options_.credentials_file = write("credentials", "username=file\npassword=p\n");
  around_.netrc_file = write("netrc", "machine host.example login netrc");
  EXPECT_EQ(found().user, "option");
  options_.username.clear();
  EXPECT_EQ(found().user, "source");
  source_.user.reset();
  EXPECT_EQ(found().user, "file");
  options_.credentials_file = write("credentials", "password=p\n");
  EXPECT_EQ(found().user, "netrc");
  around_.netrc_file.clear();
  EXPECT_EQ(found().user, "local");
}

TEST_F(CredentialsTest, NetrcGivesThePasswordOfOurLoginOnly) {
  source_.user = "carol";
  around_.netrc_file = write("netrc",
                             "machine host.example login alice password a\n"
                             "machine host.example login carol password c\n");
  EXPECT_EQ(found().password, "c");
  source_.user = "dora";
  EXPECT_EQ(found().password, "typed");
}

TEST_F(CredentialsTest, ACredentialsFileThatOthersCanReadIsRefused) {
  for (const mode_t mode : {0640, 0604, 0620, 0602}) {
    options_.credentials_file = write("credentials", "password=secret\n", mode);
    EXPECT_EQ(error().kind, ErrorKind::kPermission);
    EXPECT_THAT(error().message, HasSubstr("chmod 600 " + options_.credentials_file));
    EXPECT_THAT(error().message, Not(HasSubstr("secret")));
  }
}

TEST_F(CredentialsTest, ACredentialsFileOfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  options_.credentials_file = write("credentials", "password=secret\n");
  ASSERT_EQ(::chown(options_.credentials_file.c_str(), 1, 1), 0);
  EXPECT_THAT(error().message, HasSubstr("another user"));
}

TEST_F(CredentialsTest, ACredentialsFileThatCannotBeReadIsAnError) {
  options_.credentials_file = directory_ + "/missing";
  EXPECT_EQ(error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(error().message, HasSubstr(options_.credentials_file));
  options_.credentials_file = directory_;
  EXPECT_THAT(error().message, HasSubstr("not a regular file"));
  options_.credentials_file = write("credentials", std::string(70'000, '#'));
  EXPECT_THAT(error().message, HasSubstr("64 KiB"));
  options_.credentials_file = write("credentials", "username=a\npasswd=secret\n");
  EXPECT_THAT(error().message, HasSubstr("credentials: line 2"));
}

TEST_F(CredentialsTest, AnExposedNetrcIsRefusedOnlyForAPasswordOfOurs) {
  around_.netrc_file = write("netrc", "machine other.example password p", 0644);
  EXPECT_EQ(found().password, "typed");
  around_.netrc_file = write("netrc", "machine host.example login alice", 0644);
  EXPECT_EQ(found().user, "alice");
  around_.netrc_file = write("netrc", "machine host.example login alice password p", 0644);
  EXPECT_EQ(error().kind, ErrorKind::kPermission);
}

TEST_F(CredentialsTest, WithoutATerminalTheErrorListsTheWays) {
  around_.ask = [](const std::string&) -> Result<std::string> { return fail(ErrorKind::kNotFound, "/dev/tty"); };
  EXPECT_EQ(error().kind, ErrorKind::kLogin);
  for (const char* way : {"credentials=FILE", "~/.netrc", "password_command=CMD", "FTPSFS_PASSWORD"}) {
    EXPECT_THAT(error().message, HasSubstr(way));
  }
  EXPECT_THAT(error().message, Not(HasSubstr("\n")));
}

TEST_F(CredentialsTest, WhatFtpCannotCarryIsRefused) {
  around_.environment_password = "a\r\nDELE x";
  EXPECT_EQ(error().kind, ErrorKind::kInvalid);
  around_.environment_password = "a";
  around_.local_user = "a\nb";
  EXPECT_EQ(error().kind, ErrorKind::kInvalid);
  around_.local_user = "";
  EXPECT_EQ(error().kind, ErrorKind::kLogin);
}

TEST(SurroundingsTest, TakesThePasswordOutOfTheEnvironment) {
  ASSERT_EQ(::setenv("FTPSFS_PASSWORD", "secret", 1), 0);
  const char* place = std::getenv("FTPSFS_PASSWORD");
  const Surroundings around = Surroundings::of_this_process();
  EXPECT_EQ(around.environment_password, "secret");
  EXPECT_EQ(std::getenv("FTPSFS_PASSWORD"), nullptr);
  EXPECT_STREQ(place, "");  // what /proc/PID/environ would show
  EXPECT_EQ(Surroundings::of_this_process().environment_password, std::nullopt);
}

}  // namespace
}  // namespace ftpsfs::app
