// Charset: there and back, for every byte; and a whole server whose names are CP932.
#include "ftpsfs/remote/charset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <tuple>

#include "remote_fixture.h"

namespace ftpsfs::remote {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// "日本語", "表" whose second byte is a backslash, "ソース", and a half-width "ｶﾅ", in CP932 and in UTF-8.
constexpr std::string_view kNihongo932 = "\x93\xfa\x96\x7b\x8c\xea";
constexpr std::string_view kNihongo = "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e";
constexpr std::string_view kHyou932 = "\x95\x5c";
constexpr std::string_view kHyou = "\xe8\xa1\xa8";
constexpr std::string_view kHalfWidth932 = "\xb6\xc5";
constexpr std::string_view kHalfWidth = "\xef\xbd\xb6\xef\xbe\x85";

constexpr const char* kCharsets[] = {"CP932",  "EUC-JP",     "EUC-JP-MS",  "GBK",      "GB18030",
                                     "CP949",  "BIG5",       "BIG5-HKSCS", "CP1252",   "KOI8-R",
                                     "CP1258", "ISO-8859-1", "EUC-KR",     "US-ASCII", "IBM943"};

TEST(Charset, TranslatesNames) {
  const Charset cp932 = Charset::make("CP932").value();
  EXPECT_EQ(cp932.decode(kNihongo932), kNihongo);
  EXPECT_EQ(cp932.encode(kNihongo), kNihongo932);
  EXPECT_EQ(cp932.decode(kHyou932), kHyou);
  EXPECT_EQ(cp932.encode(kHyou), kHyou932);
  EXPECT_EQ(cp932.decode(kHalfWidth932), kHalfWidth);
  EXPECT_EQ(cp932.encode(kHalfWidth), kHalfWidth932);
  EXPECT_EQ(Charset::make("EUC-JP").value().decode("\xc6\xfc\xcb\xdc\xb8\xec"), kNihongo);
  EXPECT_EQ(Charset::make("GBK").value().decode("\xd6\xd0\xce\xc4"), "中文");
  EXPECT_EQ(Charset::make("CP949").value().decode("\xc7\xd1\xb1\xdb"), "한글");
  EXPECT_EQ(Charset::make("ISO-8859-1").value().decode("\xff\xe4.txt"), "ÿä.txt");
  EXPECT_EQ(cp932.decode("plain \\ ~ name"), "plain \\ ~ name");
}

TEST(Charset, Utf8IsLeftAlone) {
  for (const Charset& utf8 : {Charset(), Charset::make("UTF-8").value(), Charset::make("utf8").value()}) {
    EXPECT_TRUE(utf8.is_utf8());
    EXPECT_EQ(utf8.decode("\xff\x93\xe6"), "\xff\x93\xe6");
    EXPECT_EQ(utf8.encode("e\xcc\x81"), "e\xcc\x81") << "not normalised";
  }
}

TEST(Charset, RefusesWhatIsNoneAndWhatIsNoAscii) {
  for (const char* name : {"CP9321", "", "CP932//TRANSLIT", "CP932//IGNORE", "nonsense"}) {
    const auto charset = Charset::make(name);
    ASSERT_FALSE(charset) << name;
    EXPECT_EQ(charset.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(charset.error().message, HasSubstr("iconv --list"));
  }
  for (const char* name : {"UTF-16", "UTF-7", "ISO-2022-JP", "IBM037", "JOHAB"})
    EXPECT_FALSE(Charset::make(name)) << name;
  EXPECT_THAT(Charset::make("SHIFT_JIS").error().message, HasSubstr("take CP932"));
}

/// Bytes that come back as they were, from a text that has only these bytes.
void expect_round_trip(const Charset& charset, const std::string& bytes) {
  const std::string text = charset.decode(bytes);
  const auto back = charset.encode(text);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, bytes);
}

TEST(Charset, PairsOfBytesComeBack) {
  for (const char* name : kCharsets) {
    const Charset charset = Charset::make(name).value();
    for (int first = 0x80; first < 0x100; first += 3) {
      for (int second = 0x30; second < 0x100; second += first % 3 + 5) {
        expect_round_trip(charset, {static_cast<char>(first), static_cast<char>(second)});
      }
    }
  }
}

TEST(Charset, BytesOfNoMeaningComeBack) {
  std::mt19937 random(20261127);
  for (const char* name : kCharsets) {
    const Charset charset = Charset::make(name).value();
    for (int i = 0; i < 50; ++i) {
      std::string bytes;
      for (auto left = random() % 12; left > 0; --left) bytes += static_cast<char>(random() % 255 + 1);
      std::replace(bytes.begin(), bytes.end(), '/', '_');
      expect_round_trip(charset, bytes);
    }
  }
}

TEST(Charset, AnEscapeIsValidUtf8AndStandsForOneByte) {
  const Charset cp932 = Charset::make("CP932").value();
  EXPECT_EQ(cp932.decode("a\xff.txt"), "a\xee\xbf\xbf.txt");  // U+EFFF
  EXPECT_EQ(cp932.encode("a\xee\xbf\xbf.txt"), "a\xff.txt");
  // Two codes for one character: only the usual one is shown as such.
  EXPECT_EQ(cp932.decode("\x81\xca"), "￢");
  EXPECT_NE(cp932.decode("\xee\xf9"), "￢");
}

TEST(Charset, WhatHasNoBytesOfItsOwnCannotBeWritten) {
  const Charset cp932 = Charset::make("CP932").value();
  for (const std::string_view text : {
           "caf\xc3\xa9",               // no such letter
           "\xf0\x9f\x93\x81",          // nor such a sign
           "\xff",                      // no UTF-8
           "\xee\xbe\x82\xee\xbe\xa0",  // two escapes that together would be "あ"
       }) {
    const auto bytes = cp932.encode(text);
    ASSERT_FALSE(bytes) << text;
    EXPECT_EQ(bytes.error().kind, ErrorKind::kUnrepresentable);
    EXPECT_THAT(bytes.error().message, HasSubstr("cannot be written in CP932"));
  }
}

TEST(Charset, OfTwoSignsThatAreOneThereTheOtherIsRefused) {
  struct Double {
    const char* bytes;
    const char* microsoft;
    const char* jis;
  };
  const std::array doubles{Double{"\x81\x60", "～", "〜"}, Double{"\x81\x61", "∥", "‖"}, Double{"\x81\x7c", "－", "−"},
                           Double{"\x81\x5c", "―", "—"}};
  const Charset cp932 = Charset::make("CP932").value();
  const Charset ibm943 = Charset::make("IBM943").value();
  for (const Double& each : doubles) {
    EXPECT_EQ(cp932.decode(each.bytes), each.microsoft);
    EXPECT_EQ(cp932.encode(each.microsoft), each.bytes);
    EXPECT_EQ(ibm943.decode(each.bytes), each.jis);
    EXPECT_EQ(ibm943.encode(each.jis), each.bytes);
    for (const auto& [charset, other, own] :
         {std::tuple(&cp932, each.jis, each.microsoft), std::tuple(&ibm943, each.microsoft, each.jis)}) {
      const auto refused = charset->encode(other);
      ASSERT_FALSE(refused) << other;
      EXPECT_EQ(refused.error().kind, ErrorKind::kUnrepresentable);
      EXPECT_THAT(refused.error().message, HasSubstr(std::string("it would come back as \"") + own + '"'));
    }
  }
  for (const char* other : {"¢", "£", "¬"}) EXPECT_FALSE(cp932.encode(other)) << "￠ ￡ ￢ are there in its place";
  for (const char* own : {"￠", "￡", "￢"}) EXPECT_TRUE(cp932.encode(own));
}

TEST(Charset, ADirectoryIsTheSameWhateverLiesInIt) {
  const Charset ibm943 = Charset::make("IBM943").value();  // exchanges some control characters
  const std::string directory = "d\x1a\x1c\x7f/";
  EXPECT_EQ(*ibm943.encode(directory + std::string(kNihongo)), *ibm943.encode(directory) + std::string(kNihongo932));
}

/// The same promises on a server with MLSD and on one without.
class CharsetOnServerTest : public RemoteTest, public testing::WithParamInterface<bool> {
 protected:
  CharsetOnServerTest() { options_.charset = Charset::make("CP932").value(); }
  static test::FakeDialect dialect() { return GetParam() ? test::FakeDialect{} : plain_dialect(); }
  static std::string in_server(std::string_view name) { return "/" + std::string(name); }
};

INSTANTIATE_TEST_SUITE_P(Dialects, CharsetOnServerTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Mlsd" : "List"; });

TEST_P(CharsetOnServerTest, NamesAreToldInUtf8) {
  start(dialect());
  tree().add_file(in_server(kHyou932) + "/" + std::string(kNihongo932), "x");
  tree().add_file(in_server("bad\xff"), "y");
  connect();
  EXPECT_THAT(names(""), ElementsAre("bad\xee\xbf\xbf", kHyou));
  EXPECT_THAT(names(kHyou), ElementsAre(kNihongo));
  EXPECT_EQ(stat(std::string(kHyou) + "/" + std::string(kNihongo)).size, 1U);
  EXPECT_EQ(*read_all(*open("bad\xee\xbf\xbf")), "y");
  EXPECT_EQ(kind_of(fs_->stat(at("caf\xc3\xa9"), context_)), ErrorKind::kNotFound);
}

TEST_P(CharsetOnServerTest, TheServerIsToldToLeaveNamesAlone) {
  start(dialect());
  const auto connected = try_connect();
  std::vector<std::string> lines;
  for (const test::FakeCommand& command : server_->commands()) lines.push_back(command.line());
  EXPECT_THAT(lines, Contains("OPTS UTF8 OFF"));
  EXPECT_THAT(lines, Not(Contains("OPTS UTF8 ON")));
}

TEST_P(CharsetOnServerTest, NamesAreWrittenInItsCharacters) {
  start(dialect());
  connect();
  ASSERT_TRUE(fs_->make_directory(at(kNihongo), context_));
  ASSERT_TRUE(store(std::string(kNihongo) + "/" + std::string(kHyou), "content"));
  const std::string file = in_server(kNihongo932) + "/" + std::string(kHyou932);
  EXPECT_TRUE(tree().exists(file));
  ASSERT_TRUE(fs_->rename(at(std::string(kNihongo) + "/" + std::string(kHyou)), at(kHalfWidth), false, context_));
  EXPECT_TRUE(tree().exists(in_server(kHalfWidth932)));
  ASSERT_TRUE(fs_->set_mtime(at(kHalfWidth), 1600000000, context_));
  ASSERT_TRUE(fs_->remove(at(kHalfWidth), context_));
  ASSERT_TRUE(fs_->remove_directory(at(kNihongo), context_));
  EXPECT_EQ(names("").size(), 0U);
  EXPECT_EQ(kind_of(fs_->make_directory(at("caf\xc3\xa9"), context_)), ErrorKind::kUnrepresentable);
  EXPECT_EQ(kind_of(fs_->check_new_name(at("caf\xc3\xa9"))), ErrorKind::kUnrepresentable);
}

TEST_P(CharsetOnServerTest, TheWaveDashOfMacsIsFoundAgain) {
  options_.charset = Charset::make("IBM943").value();
  start(dialect());
  connect();
  const std::string name = "1〜2";
  ASSERT_TRUE(fs_->make_directory(at(name), context_));
  EXPECT_TRUE(
      tree().exists(in_server("1\x81\x60"
                              "2")));
  EXPECT_THAT(names(""), ElementsAre(name));
  EXPECT_EQ(stat(name).type, FileType::kDirectory);
}

TEST_P(CharsetOnServerTest, LinksAreMadeWhereSiteMistakesNoLetter) {
  auto makes_links = dialect();
  makes_links.site_symlink = true;
  start(makes_links);
  tree().add_file("/f", "x");
  connect();
  for (const std::string_view name : {kNihongo, kHyou}) EXPECT_TRUE(fs_->make_link(at(name), "f", context_)) << name;
  EXPECT_TRUE(fs_->make_link(at(std::string(kNihongo) + " a"), "f", context_));
  EXPECT_EQ(tree().stat(in_server(std::string(kNihongo932) + " a"), false)->link_target, "/f");
  EXPECT_EQ(kind_of(fs_->make_link(at(std::string(kHyou) + " a"), "f", context_)), ErrorKind::kNotPermitted)
      << "its second byte is a backslash";
}

TEST_P(CharsetOnServerTest, TheMountMayLieBelowSuchNames) {
  auto below = dialect();
  below.home = in_server(kHyou932);
  start(below);
  tree().add_file(below.home + "/" + std::string(kNihongo932) + "/f", "x");
  tree().add_symlink(below.home + "/" + std::string(kNihongo932) + "/link", std::string(kHyou932));
  connect(std::string(kNihongo));
  EXPECT_THAT(names(""), ElementsAre("f", "link"));
  EXPECT_EQ(list("")[1].attributes.link_target, kHyou);
}

TEST_P(CharsetOnServerTest, ANameThatTheServerRepeatsIsNoReason) {
  start(dialect());
  connect();
  const std::string misleading = std::string(kNihongo) + " not found";
  server_->on("MKD", {.reply = "550 " + std::string(kNihongo932) + " not found: Permission denied"});
  EXPECT_EQ(kind_of(fs_->make_directory(at(misleading), context_)), ErrorKind::kPermission);
}

TEST_P(CharsetOnServerTest, ABackslashWithinACharacterIsNoPattern) {
  auto lists_by_stat = dialect();
  lists_by_stat.stat = test::StatStyle::k213;
  start(lists_by_stat);
  tree().add_file(in_server(kHyou932) + "/f", "x");
  connect();
  EXPECT_THAT(names(kHyou), ElementsAre("f"));
  EXPECT_EQ(server_->count("STAT"), 0) << "Pure-FTPd would drop the backslash";
}

TEST(NewNames, AreMeasuredAsTheServerHasThem) {
  struct : RemoteTest {
    void TestBody() override {}
    using RemoteTest::connect;
    using RemoteTest::fs_;
    using RemoteTest::options_;
    using RemoteTest::start;
  } server;
  std::string long_name;
  for (int i = 0; i < 127; ++i) long_name += kHyou;
  server.options_.charset = Charset::make("CP932").value();
  server.start();
  server.connect();
  EXPECT_TRUE(server.fs_->check_new_name(at(long_name + "x")));
  EXPECT_FALSE(server.fs_->check_new_name(at(long_name + "xy")));
}

}  // namespace
}  // namespace ftpsfs::remote
