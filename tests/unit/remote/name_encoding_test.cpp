// Which encoding names are taken to be in.
#include "remote/name_encoding.h"

#include <gmock/gmock.h>

namespace ftpsfs::remote {
namespace {

TEST(NameEncoding, KnowsUtf8) {
  for (const char* name : {"", "plain", "caf\xc3\xa9", "\xe8\xb3\x87\xe6\x96\x99", "\xf0\x9f\x98\x80"}) {
    EXPECT_TRUE(is_utf8(name)) << name;
  }
  for (const char* name : {"caf\xe9", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\x83\x65\x83\x58\x83\x67"}) {
    EXPECT_FALSE(is_utf8(name)) << name;
  }
}

struct EncodingCase {
  std::vector<std::string> names;
  const char* charset;
  const char* reading;
};

TEST(NameEncoding, IsGuessedFromWhatANameReadsLike) {
  const EncodingCase cases[] = {
      {{"\x83\x65\x83\x58\x83\x67.txt"}, "CP932", "テスト.txt"},
      {{"\x8e\x91\x97\xbf", "\x95\x5c\x8e\x86.xls"}, "CP932", "資料"},
      {{"\xa5\xc6\xa5\xb9\xa5\xc8.txt"}, "EUC-JP", "テスト.txt"},
      {{"\xbb\xf1\xce\xc1"}, "EUC-JP", "資料"},
      {{"\xc7\xd1\xb1\xdb.txt"}, "CP949", "한글.txt"},
      {{"\xd6\xd0\xce\xc4\xce\xc4\xbc\xfe"}, "GBK", "中文文件"},
      {{"caf\xe9.txt"}, "ISO-8859-1", "café.txt"},
      {{"M\xfcller",
        "Gr\xf6\xdf"
        "e"},
       "ISO-8859-1",
       "Müller"},
  };
  for (const EncodingCase& each : cases) {
    const auto guesses = guess_encoding(each.names);
    ASSERT_FALSE(guesses.empty()) << each.reading;
    EXPECT_EQ(guesses.front().charset, each.charset) << each.reading;
    EXPECT_EQ(guesses.front().reading, each.reading);
  }
}

TEST(NameEncoding, ManyNamesHaveToMakeSenseInOne) {
  const auto guesses = guess_encoding(std::vector<std::string>{"\x83\x65\x83\x58\x83\x67", "caf\xe9.txt"});
  for (const EncodingGuess& guess : guesses) EXPECT_NE(guess.charset, "CP932");
}

TEST(NameEncoding, NoiseIsNotGuessedAt) {
  EXPECT_TRUE(guess_encoding(std::vector<std::string>{"\xff\xfe\x81\x20\x9d"}).empty());
}

}  // namespace
}  // namespace ftpsfs::remote
