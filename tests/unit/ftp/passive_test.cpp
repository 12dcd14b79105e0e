// Passive-mode replies and quoted paths, as servers word them.
#include "ftpsfs/ftp/passive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ftpsfs::ftp {
namespace {

using std::string_literals::operator""s;
using testing::ElementsAre;
using testing::HasSubstr;

Reply reply(int code, std::string text) { return Reply{code, {std::move(text)}}; }

TEST(Epsv, ReadsThePort) {
  const std::pair<std::string, int> cases[] = {
      {"Entering Extended Passive Mode (|||6446|)", 6446},
      {"Entering Extended Passive Mode (|||6446|).", 6446},
      {"Extended Passive mode OK (|||55123|)", 55123},
      {"Entering Extended Passive Mode |||1|", 1},
      {"Entering Extended Passive Mode (!!!65535!)", 65535},
      {"Entering Extended Passive Mode (###00021#)", 21},
      {"(|||6446|)", 6446},
      {"|||6446|", 6446},
      {"Passive... ok (|||6446|)", 6446},
      {"||||6446|", 6446},
  };
  for (const auto& [text, port] : cases) {
    const auto parsed = parse_epsv(reply(229, text));
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, port) << text;
  }
}

TEST(Epsv, RefusesWhatTellsNoPort) {
  for (const std::string& text :
       {""s, "Entering Extended Passive Mode"s, "(|||0|)"s, "(|||65536|)"s, "(||||)"s, "(|||x|)"s, "(|||-1|)"s,
        "(|||6446)"s, "(|||6446"s, "(||6446|)"s, "(||!6446|)"s, "(|||6446!)"s, "(11164461)"s,
        "(|||99999999999999999999|)"s, "   21 "s, "(||| 21|)"s}) {
    const auto parsed = parse_epsv(reply(229, text));
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kProtocol) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr(text));
  }
  EXPECT_EQ(parse_epsv(reply(500, "(|||6446|)")).error().reply_code, 500);
  EXPECT_FALSE(parse_epsv(Reply{229, {}}));
}

TEST(Pasv, ReadsTheAddress) {
  for (const std::string& text :
       {"Entering Passive Mode (192,168,1,10,217,3)."s, "Entering Passive Mode (192,168,1,10,217,3)"s,
        "Entering Passive Mode 192,168,1,10,217,3"s, "=192,168,1,10,217,3"s, "192,168,1,10,217,3"s,
        "( 192, 168, 1, 10, 217, 3 )"s, "Mode 2, 4 servers (192,168,1,10,217,3)"s,
        "Entering Passive Mode (192,168,001,010,217,003)."s}) {
    const auto parsed = parse_pasv(reply(227, text));
    ASSERT_TRUE(parsed) << text;
    EXPECT_THAT(parsed->host, ElementsAre(192, 168, 1, 10)) << text;
    EXPECT_EQ(parsed->port, 55555) << text;
  }
  EXPECT_THAT(parse_pasv(reply(227, "Entering Passive Mode (0,0,0,0,0,21)"))->host, ElementsAre(0, 0, 0, 0));
}

TEST(Pasv, RefusesWhatTellsNoAddress) {
  for (const std::string& text :
       {""s, "Entering Passive Mode"s, "(192,168,1,10,217)"s, "(192,168,1,256,217,3)"s, "(192,168,1,10,217,256)"s,
        "(192,168,1,10,0,0)"s, "(192,168,1,10,,3)"s, "(192.168.1.10,217,3)"s, "(4294967297,168,1,10,217,3)"s}) {
    const auto parsed = parse_pasv(reply(227, text));
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kProtocol) << text;
  }
  EXPECT_EQ(parse_pasv(reply(425, "(192,168,1,10,217,3)")).error().reply_code, 425);
}

TEST(QuotedPath, ReadsThePath) {
  const std::pair<std::string, std::string> cases[] = {
      {"\"/\" is the current directory", "/"},
      {"\"/home/ann\" is your current location", "/home/ann"},
      {"\"/home/ann\"", "/home/ann"},
      {"\"/say \"\"hi\"\"\" directory created", "/say \"hi\""},
      {"\"\"\"\" is the current directory", "\""},
      {"\"/a\" is \"current\"", "/a"},
      {"Current directory is \"/a b \"", "/a b "},
      {"\"C:\\Inetpub\"", "C:\\Inetpub"},
      {"\"/\x83\x5c\"", "/\x83\x5c"},
  };
  for (const auto& [text, path] : cases) {
    const auto parsed = parse_quoted_path(reply(257, text));
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, path) << text;
  }
}

TEST(QuotedPath, RefusesWhatHasNone) {
  for (const std::string& text : {""s, "/home/ann"s, "\""s, "\"/home"s, "\"/home\"\""s, "\"\""s, "\"/a\0b\""s}) {
    const auto parsed = parse_quoted_path(reply(257, text));
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kProtocol) << text;
  }
  EXPECT_FALSE(parse_quoted_path(reply(550, "\"/\"")));
}

}  // namespace
}  // namespace ftpsfs::ftp
