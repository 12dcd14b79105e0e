// log::printable: server text on one line of a log.
#include "ftpsfs/base/log.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace ftpsfs::log {
namespace {

using namespace std::string_view_literals;

struct Case {
  std::string_view text;
  std::string_view shown;
};

TEST(Printable, Table) {
  constexpr Case kCases[] = {
      {""sv, ""sv},
      {"230 Login successful."sv, "230 Login successful."sv},
      {"two\r\nlines"sv, "two??lines"sv},
      {"a\0b\tc\x7f"sv, "a?b?c?"sv},
      {"\x1b[31mred\x1b]0;title\x07"sv, "?[31mred?]0;title?"sv},
      {"Gr\xc3\xbc\xc3\x9f"
       "e \xe2\x82\xac \xf0\x9f\x98\x80"sv,
       "Gr\xc3\xbc\xc3\x9f"
       "e \xe2\x82\xac \xf0\x9f\x98\x80"sv},
      {"\xc2\xa0 is the first after the C1 controls, not \xc2\x9b"
       "31m"sv,
       "\xc2\xa0 is the first after the C1 controls, not ??31m"sv},
      {"a bare CSI \x9b"
       "31m"sv,
       "a bare CSI ?31m"sv},
      {"Latin-1 \xfc"
       "ber"sv,
       "Latin-1 ?ber"sv},
      {"cut \xe2\x82"sv, "cut ??"sv},
      {"overlong \xc0\xaf \xe0\x80\xaf \xf0\x80\x80\xaf"sv, "overlong ?? ??? ????"sv},
      {"surrogate \xed\xa0\x80"sv, "surrogate ???"sv},
      {"beyond \xf4\x90\x80\x80 \xf5\x80\x80\x80"sv, "beyond ???? ????"sv},
      {"limits \xed\x9f\xbf \xee\x80\x80 \xf4\x8f\xbf\xbf"sv, "limits \xed\x9f\xbf \xee\x80\x80 \xf4\x8f\xbf\xbf"sv},
  };
  for (const Case& c : kCases) EXPECT_EQ(printable(c.text), c.shown);
}

TEST(Printable, KeepsThreeHundredBytesAndCutsMore) {
  EXPECT_EQ(printable(std::string(300, 'x')), std::string(300, 'x'));
  EXPECT_EQ(printable(std::string(301, 'x')), std::string(297, 'x') + "...");
  EXPECT_EQ(printable(std::string(1'000'000, '\n')), std::string(297, '?') + "...");
}

TEST(Printable, NeverCutsACharacterInTwo) {
  std::string euros;
  for (int i = 0; i < 200; ++i) euros += "\xe2\x82\xac";
  for (std::size_t shift = 0; shift < 3; ++shift) {
    const std::string shown = printable(std::string(shift, 'x') + euros);
    EXPECT_LE(shown.size(), 300U);
    EXPECT_GT(shown.size(), 294U);
    EXPECT_EQ(shown.find('?'), std::string::npos);
    EXPECT_EQ((shown.size() - shift - 3) % 3, 0U);
    EXPECT_TRUE(shown.ends_with("\xe2\x82\xac..."));
  }
}

/// What is logged to standard error with this watched.
std::string logged(const Watched& watched) {
  testing::internal::CaptureStderr();
  configure(Sink::kStderr, watched);
  for (std::size_t i = 0; i < kTopicNames.size(); ++i) {
    of(static_cast<Topic>(i)).debug("of {}", kTopicNames[i]);
  }
  spdlog::debug("of no topic");
  spdlog::info("for everybody");
  configure(Sink::kStderr, Watched());
  return testing::internal::GetCapturedStderr();
}

TEST(Topics, AreLoggedWhenTheyAreWatched) {
  Watched two;
  two.add(Topic::kFtp);
  two.add(Topic::kCache);
  const std::string text = logged(two);
  EXPECT_NE(text.find("ftp debug: of ftp\n"), std::string::npos) << text;
  EXPECT_NE(text.find("cache debug: of cache\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("of tls"), std::string::npos) << text;
  EXPECT_EQ(text.find("of no topic"), std::string::npos) << text;
  EXPECT_NE(text.find("for everybody"), std::string::npos) << text;
}

TEST(Topics, AllOfThemAndTheRest) {
  const std::string text = logged(Watched::all());
  for (const std::string_view name : kTopicNames) EXPECT_NE(text.find(name), std::string::npos) << text;
  EXPECT_NE(text.find("of no topic"), std::string::npos) << text;
}

TEST(Topics, NoneUnlessAskedFor) { EXPECT_EQ(logged(Watched()).find("of "), std::string::npos); }

TEST(Topics, HaveNames) {
  EXPECT_EQ(topic_of("tls"), Topic::kTls);
  EXPECT_EQ(topic_of("fuse"), Topic::kFuse);
  EXPECT_EQ(topic_of(""), std::nullopt);
  EXPECT_EQ(topic_of("FTP"), std::nullopt);
}

}  // namespace
}  // namespace ftpsfs::log
