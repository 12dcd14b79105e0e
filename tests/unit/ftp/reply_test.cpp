// ReplyParser: replies as servers send them, in any chunks, and what is no reply.
#include "ftpsfs/ftp/reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ftpsfs::ftp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Reply> parse_all(std::string_view bytes, std::size_t chunk) {
  ReplyParser parser;
  std::vector<Reply> replies;
  for (std::size_t i = 0; i < bytes.size(); i += chunk) {
    EXPECT_TRUE(parser.feed(bytes.substr(i, chunk))) << bytes;
    while (auto reply = parser.next()) replies.push_back(*std::move(reply));
  }
  EXPECT_TRUE(parser.empty()) << bytes;
  return replies;
}

Error error_of(std::string_view bytes) {
  ReplyParser parser;
  const Status status = parser.feed(bytes);
  EXPECT_FALSE(status) << bytes.substr(0, 100);
  return status ? Error{} : status.error();
}

struct Case {
  std::string_view name;
  std::string_view bytes;
  int code;
  std::vector<std::string> lines;
};

const Case kSingleReplies[] = {
    {"vsftpd greeting", "220 (vsFTPd 3.0.3)\r\n", 220, {"(vsFTPd 3.0.3)"}},
    {"bare LF", "230 Login successful.\n", 230, {"Login successful."}},
    {"bare code", "200\r\n", 200, {""}},
    {"code and space only", "200 \r\n", 200, {""}},
    {"Pure-FTPd greeting",
     "220---------- Welcome to Pure-FTPd [privsep] [TLS] ----------\r\n220-You are user number 1 of 50 allowed.\r\n"
     "220-Local time is now 07:14. Server port: 21.\r\n220 You will be disconnected after 15 minutes of "
     "inactivity.\r\n",
     220,
     {"--------- Welcome to Pure-FTPd [privsep] [TLS] ----------", "You are user number 1 of 50 allowed.",
      "Local time is now 07:14. Server port: 21.", "You will be disconnected after 15 minutes of inactivity."}},
    {"vsftpd FEAT", "211-Features:\r\n EPSV\r\n SIZE\r\n211 End\r\n", 211, {"Features:", " EPSV", " SIZE", "End"}},
    {"inner lines that begin with other codes and digits",
     "123-First line\r\n234 A line beginning with numbers\r\n1234567\r\n123456\r\n124-x\r\n123 The last line\r\n",
     123,
     {"First line", "234 A line beginning with numbers", "1234567", "123456", "124-x", "The last line"}},
    {"inner line that hides its code behind a space",
     "230-Hello\r\n 230 not yet\r\n230 done\r\n",
     230,
     {"Hello", " 230 not yet", "done"}},
    {"inner blank line", "214-Help\r\n\r\n214 end\r\n", 214, {"Help", "", "end"}},
    {"multi-line reply ended by its bare code", "250-x\r\n y\r\n250\r\n", 250, {"x", " y", ""}},
    {"MLST",
     "250-Listing /a\r\n type=file;size=3; /a\r\n250 End\r\n",
     250,
     {"Listing /a", " type=file;size=3; /a", "End"}},
    {"bytes that are not UTF-8", "257 \"/\x83\x5c\xff\"\r\n", 257, {"\"/\x83\x5c\xff\""}},
    {"a carriage return inside a line stays", "200 a\rb\r\n", 200, {"a\rb"}},
};

TEST(ReplyParser, ReadsRepliesInChunksOfAnySize) {
  for (const Case& c : kSingleReplies) {
    for (std::size_t chunk = 1; chunk <= c.bytes.size(); ++chunk) {
      const auto replies = parse_all(c.bytes, chunk);
      ASSERT_EQ(replies.size(), 1u) << c.name << ", chunks of " << chunk;
      EXPECT_EQ(replies[0].code, c.code) << c.name;
      EXPECT_EQ(replies[0].lines, c.lines) << c.name << ", chunks of " << chunk;
    }
  }
}

TEST(ReplyParser, TellsApartTwoRepliesInOneSegment) {
  const auto replies = parse_all("150 Ok to send data.\r\n226 Transfer complete.\r\n", 1000);
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_TRUE(replies[0].preliminary());
  EXPECT_TRUE(replies[1].success());
  EXPECT_EQ(replies[1].text(), "Transfer complete.");
}

TEST(ReplyParser, PassesOverBlankLinesBetweenReplies) {
  const auto replies = parse_all("\r\n200 a\r\n\r\n\n200 b\r\n\r\n", 3);
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_EQ(replies[1].text(), "b");
}

TEST(ReplyParser, IsNotEmptyWhileAnythingIsPending) {
  ReplyParser parser;
  EXPECT_TRUE(parser.empty());
  ASSERT_TRUE(parser.feed("2"));
  EXPECT_FALSE(parser.empty());
  ASSERT_TRUE(parser.feed("20-a\r\n"));
  EXPECT_FALSE(parser.empty());
  EXPECT_FALSE(parser.next());
  ASSERT_TRUE(parser.feed("220 b\r\n"));
  EXPECT_FALSE(parser.empty());
  EXPECT_TRUE(parser.next());
  EXPECT_TRUE(parser.empty());
}

TEST(ReplyParser, RefusesWhatIsNoReplyAndQuotesIt) {
  for (const std::string_view line :
       {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 400 Bad Request\r\n", "hello\r\n", " 220 x\r\n", "22 x\r\n", "220x\r\n",
        "2200 x\r\n", "099 x\r\n", "600 x\r\n", "631 x\r\n", "+20 x\r\n", "-20 x\r\n", "2 0 x\r\n", "ab\n", "-\n"}) {
    const Error error = error_of(line);
    EXPECT_EQ(error.kind, ErrorKind::kProtocol) << line;
    EXPECT_THAT(error.message, HasSubstr(std::string(line.substr(0, line.find_first_of("\r\n")))));
  }
  EXPECT_THAT(error_of("\x16\x03\x01 TLS?\n").message, HasSubstr("\\x16\\x03\\x01 TLS?"));
}

TEST(ReplyParser, KeepsRepliesThatWereCompleteBeforeGarbage) {
  ReplyParser parser;
  EXPECT_FALSE(parser.feed("220 hello\r\ngarbage\r\n"));
  const auto reply = parser.next();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->code, 220);
}

TEST(ReplyParser, BoundsALine) {
  const std::string longest = "200 " + std::string(ReplyParser::kMaxReplyBytes - 6, 'x') + "\n";
  EXPECT_EQ(parse_all(longest, longest.size()).size(), 1u);
  EXPECT_EQ(error_of("200 " + std::string(ReplyParser::kMaxReplyBytes, 'x')).kind, ErrorKind::kProtocol);
}

TEST(ReplyParser, BoundsAReplyOfManyLinesButNotTheirSuccession) {
  ReplyParser parser;
  ASSERT_TRUE(parser.feed("220-\n"));
  Status status;
  for (int line = 0; line < 20'000 && status; ++line) status = parser.feed("1234\n");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("64 KiB"));

  ReplyParser another;
  for (int reply = 0; reply < 20'000; ++reply) {
    ASSERT_TRUE(another.feed("\r\n200 ok, and more\r\n"));
    ASSERT_TRUE(another.next());
  }
}

TEST(ReplyParser, BoundsRepliesNobodyTakes) {
  ReplyParser parser;
  Status status;
  std::size_t accepted = 0;
  for (; accepted < 2 * ReplyParser::kMaxUnreadReplies; ++accepted) {
    status = parser.feed("200 \r\n");
    if (!status) break;
  }
  EXPECT_EQ(accepted, ReplyParser::kMaxUnreadReplies);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kProtocol);
}

TEST(Reply, SortsItselfByItsFirstDigitAndJoinsItsLines) {
  EXPECT_TRUE((Reply{350, {}}).intermediate());
  EXPECT_TRUE((Reply{450, {}}).refused());
  EXPECT_TRUE((Reply{550, {}}).refused());
  EXPECT_FALSE((Reply{226, {}}).refused());
  EXPECT_EQ((Reply{211, {"Features:", " SIZE", "End"}}).text(), "Features:;  SIZE; End");
  EXPECT_EQ((Reply{200, {""}}).text(), "");
}

}  // namespace
}  // namespace ftpsfs::ftp
