// Command: what goes on the wire, what goes into a log, and what goes nowhere.
#include "ftpsfs/ftp/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ftpsfs::ftp {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Command, IsOneLine) {
  EXPECT_EQ(Command::make("NOOP")->wire(), "NOOP\r\n");
  EXPECT_EQ(Command::make("RETR", "a b")->wire(), "RETR a b\r\n");
  EXPECT_EQ(Command::make("SITE CHMOD", "644 x")->wire(), "SITE CHMOD 644 x\r\n");
  EXPECT_EQ(Command::make("DELE", " leading and trailing ")->wire(), "DELE  leading and trailing \r\n");
  EXPECT_EQ(Command::make("STOR", "\x83\x5c.txt")->wire(), "STOR \x83\x5c.txt\r\n");
}

TEST(Command, DoublesIacForTelnetAlone) {
  using std::string_view_literals::operator""sv;
  const auto command = Command::make("DELE", "a\xff_\xff\xff"sv);
  EXPECT_EQ(command->wire(), "DELE a\xff_\xff\xff\r\n");
  EXPECT_EQ(command->telnet_wire(), "DELE a\xff\xff_\xff\xff\xff\xff\r\n");
}

TEST(Command, RefusesWhatWouldBeASecondLine) {
  using std::string_view_literals::operator""sv;
  for (const std::string_view argument : {"x\r\nDELE y"sv, "x\r"sv, "\nx"sv, "x\0y"sv}) {
    const auto command = Command::make("RETR", argument);
    ASSERT_FALSE(command);
    EXPECT_EQ(command.error().kind, ErrorKind::kUnrepresentable);
    EXPECT_THAT(command.error().message, HasSubstr("RETR"));
    EXPECT_THAT(command.error().message, Not(HasSubstr("\n")));
    EXPECT_FALSE(Command::make(argument));
  }
}

TEST(Command, IsOneLineWhateverTheByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string argument{'a', static_cast<char>(byte), 'b'};
    const auto command = Command::make("RETR", argument);
    const bool breaks_lines = byte == '\r' || byte == '\n' || byte == 0;
    ASSERT_EQ(command.has_value(), !breaks_lines) << byte;
    if (!command) continue;
    EXPECT_EQ(command->wire(), "RETR " + argument + "\r\n");
    EXPECT_EQ(command->telnet_wire().size(), command->wire().size() + (byte == 0xff ? 1 : 0)) << byte;
  }
}

TEST(Command, PrintsWithoutControlCharacters) {
  EXPECT_EQ(Command::make("RETR", "a b")->printable(), "RETR a b");
  EXPECT_EQ(Command::make("RETR", "\x1b[2J\x7f")->printable(), "RETR \\x1b[2J\\x7f");
  EXPECT_EQ(Command::make("RETR", "日本")->printable(), "RETR 日本");
  EXPECT_EQ(Command::make("PWD")->printable(), "PWD");
}

TEST(Command, NeverPrintsAPassword) {
  EXPECT_EQ(Command::make("PASS", "secret")->wire(), "PASS secret\r\n");
  EXPECT_EQ(Command::make("PASS", "secret")->printable(), "PASS ****");
  EXPECT_EQ(Command::make("pass", "a much longer secret")->printable(), "pass ****");
  EXPECT_EQ(Command::make("ACCT", "secret")->printable(), "ACCT ****");
  const auto refused = Command::make("PASS", "secret\n");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace ftpsfs::ftp
