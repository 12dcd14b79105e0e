// Names in other character sets than UTF-8, on each real server, which stores their bytes.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "fakes/fake_server.h"
#include "integration/fake_mount_point.h"
#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The same names as a Japanese host has them (CP932) and as programs here see them.
struct Name {
  std::string bytes;
  std::string text;
};
const Name kJapanese{"\x93\xfa\x96\x7b\x8c\xea.txt", "日本語.txt"};
const Name kSource{"\x83\x5c\x81\x5b\x83\x58", "ソース"};  // has a backslash for a second byte
const Name kTable{"\x95\x5c", "表"};                       // too
const Name kHalfWidth{"\xb6\xc0\xb6\xc5 100%", "ｶﾀｶﾅ 100%"};
const Name kNoCharacter{"old\xff\x80.txt", "old\xee\xbf\xbf\xee\xbe\x80.txt"};

class Charsets : public RealServers {
 protected:
  void mount_in(const std::string& charset) {
    mount_ = std::make_unique<Mount>(server_, std::vector<std::string>{"charset=" + charset});
  }
  [[nodiscard]] std::vector<Name> japanese() const {
    std::vector<Name> names{kJapanese, kHalfWidth, kNoCharacter};
    if (GetParam() != ServerKind::kPureFtpd) names.insert(names.end(), {kSource, kTable});  // it refuses backslashes
    return names;
  }
  static std::vector<std::string> listed(const std::filesystem::path& directory) {
    std::vector<std::string> names;
    for (const auto& each : std::filesystem::directory_iterator(directory)) names.push_back(each.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
};

TEST_P(Charsets, NamesOfAJapaneseServerAreReadable) {
  std::vector<std::string> expected;
  for (const Name& name : japanese()) {
    write_file(server_.home() / name.bytes, name.text);
    std::filesystem::create_directory(server_.home() / ("d " + name.bytes));
    write_file(server_.home() / ("d " + name.bytes) / name.bytes, name.text);
    std::filesystem::create_symlink(name.bytes, server_.home() / ("l " + name.bytes));
    for (const char* prefix : {"", "d ", "l "}) expected.push_back(prefix + name.text);
  }
  std::sort(expected.begin(), expected.end());
  mount_in("CP932");
  EXPECT_EQ(listed(mount().path()), expected);
  for (const Name& name : japanese()) {
    EXPECT_EQ(read_file(mount().path() / name.text), name.text);
    EXPECT_EQ(listed(mount().path() / ("d " + name.text)), std::vector{name.text});
    EXPECT_EQ(read_file(mount().path() / ("d " + name.text) / name.text), name.text);
    EXPECT_EQ(std::filesystem::read_symlink(mount().path() / ("l " + name.text)), name.text);
  }
}

TEST_P(Charsets, NamesMadeHereArriveInTheServersBytes) {
  mount_in("CP932");
  for (const Name& name : japanese()) {
    const auto directory = mount().path() / ("d " + name.text);
    std::filesystem::create_directory(directory);
    write_file(directory / "new", name.text);
    std::filesystem::rename(directory / "new", directory / name.text);
    std::filesystem::last_write_time(directory / name.text, std::filesystem::file_time_type::clock::now());
    std::filesystem::permissions(directory / name.text, std::filesystem::perms(0640));
    const auto on_server = server_.home() / ("d " + name.bytes) / name.bytes;
    EXPECT_EQ(read_file(on_server), name.text);
    EXPECT_EQ(std::filesystem::status(on_server).permissions(), std::filesystem::perms(0640));
    write_file(directory / name.text, "replaced");
    EXPECT_EQ(read_file(on_server), "replaced");
    EXPECT_EQ(std::filesystem::remove_all(directory), 2U);
  }
  EXPECT_TRUE(std::filesystem::is_empty(server_.home()));
}

TEST_P(Charsets, ANameThatTheServerCannotWriteIsRefused) {
  mount_in("CP932");
  const CommandResult made = run_script("mkdir \"$MNT/caf\xc3\xa9\" || true; touch \"$MNT/\xf0\x9f\x93\x81\"");
  EXPECT_THAT(made.output, HasSubstr("caf\xc3\xa9\xe2\x80\x99: Invalid argument"));
  EXPECT_THAT(made.output, HasSubstr("\xf0\x9f\x93\x81': Invalid argument"));
  expect_script("test ! -e \"$MNT/caf\xc3\xa9\"");
  EXPECT_TRUE(std::filesystem::is_empty(server_.home()));
}

TEST_P(Charsets, TheLetterThatIsTelnetsIacIsALetter) {
  mount_in("ISO-8859-1");
  const Name name{"\xff\xf4 \xff\xff.txt", "ÿô ÿÿ.txt"};
  write_file(mount().path() / name.text, "content");
  EXPECT_EQ(read_file(server_.home() / name.bytes), "content");
  std::filesystem::create_directory(server_.home() / "below");
  std::filesystem::rename(server_.home() / name.bytes, server_.home() / "below" / name.bytes);
  mount().remount();
  EXPECT_EQ(listed(mount().path() / "below"), std::vector{name.text});
  EXPECT_EQ(read_file(mount().path() / "below" / name.text), "content");
}

TEST_P(Charsets, WithoutTheOptionBytesAreShownAsTheyAre) {
  for (const Name& name : japanese()) write_file(server_.home() / name.bytes, "x");
  for (const Name& name : japanese()) {
    EXPECT_EQ(read_file(mount().path() / name.bytes), "x");
    std::filesystem::rename(mount().path() / name.bytes, mount().path() / (name.bytes + "\x93"));
    EXPECT_EQ(read_file(server_.home() / (name.bytes + "\x93")), "x");
  }
}

FTPSFS_ON_REAL_SERVERS(Charsets);

TEST(CharsetOption, AnUnknownOneIsRefusedWithAHint) {
  const FakeServer server{FakeDialect{}};
  const FakeMountPoint mount_point(server, "charset=CP9321");
  const CommandResult refused = mount_point.mount();
  EXPECT_NE(refused.status, 0);
  EXPECT_THAT(refused.output, HasSubstr("unknown character set 'CP9321'; `iconv --list` shows"));
  EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace ftpsfs::test
