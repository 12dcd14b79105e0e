// ~/.netrc and credentials files as people write them.
#include "app/netrc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/credentials_file.h"

namespace ftpsfs::app {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kNetrc = R"(# logins
machine other.example login bob password wrong
machine Files.Example
	login alice   # a comment
	password "with blank \" and \\"
	account ignored
machine files.example login carol password c\ d#e
macdef init
	machine files.example login macro password macro
	bye

machine macro.example login after password macros
machine nologin.example password shared
machine nopassword.example login dora
default login anonymous password me@
)";

struct Row {
  std::string_view host;
  std::optional<std::string> login;
  std::optional<std::string> user;
  std::optional<std::string> password;
};

const Row kRows[] = {
    {"files.example", {}, "alice", R"(with blank " and \)"},
    {"FILES.EXAMPLE", "alice", "alice", R"(with blank " and \)"},
    {"files.example", "carol", "carol", "c d#e"},
    {"macro.example", {}, "after", "macros"},
    {"nologin.example", "eve", {}, "shared"},
    {"nopassword.example", {}, "dora", {}},
    {"elsewhere.example", {}, "anonymous", "me@"},
    {"elsewhere.example", "anonymous", "anonymous", "me@"},
};

TEST(NetrcTest, FindsTheEntryForHostAndLogin) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.host);
    const auto found = find_in_netrc(kNetrc, row.host, row.login);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->user, row.user);
    EXPECT_EQ(found->password, row.password);
  }
}

TEST(NetrcTest, AnotherLoginIsNotOurs) {
  EXPECT_FALSE(find_in_netrc(kNetrc, "files.example", "mallory"));
  EXPECT_FALSE(find_in_netrc("machine a login x password y", "b", std::nullopt));
}

TEST(NetrcTest, NonsenseIsPassedOver) {
  EXPECT_FALSE(find_in_netrc("", "h", std::nullopt));
  EXPECT_FALSE(find_in_netrc("machine", "h", std::nullopt));
  EXPECT_FALSE(find_in_netrc("macdef x\nmachine h password p", "h", std::nullopt));
  EXPECT_EQ(find_in_netrc("what machine h port 21 password \"unclosed", "h", std::nullopt)->password, "unclosed");
  EXPECT_EQ(find_in_netrc("machine h login a password", "h", std::nullopt)->password, std::nullopt);
  EXPECT_EQ(find_in_netrc("machine h password p\\", "h", std::nullopt)->password, "p\\");
}

TEST(CredentialsFileTest, ReadsBothLines) {
  const auto login = parse_credentials("# mine\r\n\r\n  username=alice\r\npassword= a=b # \r\n");
  ASSERT_TRUE(login) << login.error().message;
  EXPECT_EQ(login->user, "alice");
  EXPECT_EQ(login->password, " a=b # ");
}

TEST(CredentialsFileTest, EitherMayBeMissingOrEmpty) {
  EXPECT_EQ(parse_credentials("password=x")->user, std::nullopt);
  EXPECT_EQ(parse_credentials("password=x")->password, "x");
  EXPECT_EQ(parse_credentials("password=\n")->password, "");
  EXPECT_EQ(parse_credentials("")->password, std::nullopt);
}

TEST(CredentialsFileTest, WrongLinesAreCountedButNotRepeated) {
  for (const char* text : {"username=a\nsecret", "username=a\npassword = secret", "username=a\npasswd=secret",
                           "password=a\npassword=secret"}) {
    const auto login = parse_credentials(text);
    ASSERT_FALSE(login) << text;
    EXPECT_THAT(login.error().message, HasSubstr("line 2"));
    EXPECT_THAT(login.error().message, Not(HasSubstr("secret")));
  }
}

}  // namespace
}  // namespace ftpsfs::app
