// Copies that the server makes: SITE CPFR and SITE CPTO.
#include <gtest/gtest.h>

#include <future>

#include "remote_fixture.h"

namespace ftpsfs::remote {
namespace {

class CopyingTest : public RemoteTest {
 protected:
  void begin(test::FakeDialect dialect = {}) {
    dialect.site_copy = true;
    start(std::move(dialect));
    tree().add_file("/my files/f", "abc");
    connect();
  }
  Status copy(std::string_view from, std::string_view to) {
    const auto now = fs_->stat(at(from), context_);
    return fs_->copy({at(from), now ? Version::exactly(*now) : Version{}, at(to)}, context_);
  }
};

TEST_F(CopyingTest, TheServerCopiesAndNoByteIsSent) {
  begin();
  const Status copied = copy("my files/f", "my files/copy");
  EXPECT_TRUE(copied) << copied.error().message;
  EXPECT_EQ(tree().content("/my files/copy"), "abc");
  EXPECT_EQ(server_->count("RETR") + server_->count("STOR"), 0);
}

TEST_F(CopyingTest, ItTakesOneRoundTrip) {
  test::FakeDialect slow;
  slow.latency = std::chrono::milliseconds(20);
  begin(slow);
  const Attributes source = stat("my files/f");
  server_->forget_history();
  EXPECT_TRUE(fs_->copy({at("my files/f"), Version::exactly(source), at("copy")}, context_));
  EXPECT_LE(server_->round_trips(), 1);
}

TEST_F(CopyingTest, NobodyIsAskedOnAGuess) {
  start();
  tree().add_file("/f", "abc");
  connect();
  EXPECT_EQ(kind_of(copy("f", "copy")), ErrorKind::kUnsupported);
  EXPECT_EQ(server_->count("SITE"), 0);
}

TEST_F(CopyingTest, AServerThatDoesNotKnowItAfterAllIsNotAskedAgain) {
  begin();
  server_->on("SITE", {.reply = "500 'SITE CPFR' not understood"});
  EXPECT_EQ(kind_of(copy("my files/f", "copy")), ErrorKind::kUnsupported);
  const int asked = server_->count("SITE");
  EXPECT_EQ(kind_of(copy("my files/f", "copy")), ErrorKind::kUnsupported);
  EXPECT_EQ(server_->count("SITE"), asked);
}

TEST_F(CopyingTest, ARefusalIsOfThisFileAlone) {
  begin();
  EXPECT_EQ(kind_of(copy("missing", "copy")), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(copy("my files/f", "no such directory/copy")), ErrorKind::kNotFound);
  EXPECT_TRUE(copy("my files/f", "copy"));
  EXPECT_EQ(tree().content("/copy"), "abc") << "not what an earlier CPFR named";
}

TEST_F(CopyingTest, AFullDisk) {
  begin();
  server_->on("SITE", {.nth = 2, .reply = "552 SITE CPTO: No space left on device"});
  EXPECT_EQ(kind_of(copy("my files/f", "copy")), ErrorKind::kNoSpace);
}

TEST_F(CopyingTest, AnotherContentThanTheExpectedLeavesNoCopy) {
  begin();
  const Version before = Version::exactly(stat("my files/f"));
  tree().add_file("/my files/f", "abcd");
  EXPECT_EQ(kind_of(fs_->copy({at("my files/f"), before, at("copy")}, context_)), ErrorKind::kStale);
  EXPECT_FALSE(tree().exists("/copy"));
}

// mod_copy makes a link of a link, and ProFTPD's facts do not tell it from a file.
TEST_F(CopyingTest, ALinkThatLooksLikeAFileIsNotCopied) {
  test::FakeDialect proftpd;
  proftpd.site_copy_links = true;
  proftpd.facts.emplace_back("UNIX.owner");
  begin(proftpd);
  tree().add_file("/unwitting", "abc", test::FakeTree::kDefaultTime, 0777);
  EXPECT_EQ(kind_of(copy("unwitting", "copy")), ErrorKind::kUnsupported) << "it has the mode of a link";
  tree().add_symlink("/link", "my files/f");
  Attributes told = stat("my files/f");
  told.unique.clear();
  EXPECT_FALSE(fs_->copy({at("link"), Version::exactly(told), at("copy")}, context_));
  EXPECT_FALSE(tree().stat("/copy", false)) << "what was made is removed";
}

TEST_F(CopyingTest, NamesThatSiteWouldMistakeAreNotSent) {
  begin();
  for (const std::string name : {"two  spaces", "a\ttab", "a \"quote\"", "back\\slash", "at the end "}) {
    tree().add_file("/" + name, "abc");
    EXPECT_EQ(kind_of(copy(name, "copy")), ErrorKind::kUnsupported) << name;
    EXPECT_EQ(kind_of(copy("my files/f", name)), ErrorKind::kUnsupported) << name;
  }
  EXPECT_EQ(server_->count("SITE"), 0);
}

TEST_F(CopyingTest, ItCanBeInterrupted) {
  begin();
  const Version version = Version::exactly(stat("my files/f"));
  const int copying = server_->on("SITE", {.nth = 2, .silent = true});
  context_.cancellation = std::make_shared<Cancellation>();
  auto outcome = std::async(std::launch::async, [&] {
    return fs_->copy({at("my files/f"), version, at("copy")}, context_);
  });
  while (server_->hits(copying) == 0 && outcome.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
  }
  context_.cancellation->cancel();
  EXPECT_EQ(kind_of(outcome.get()), ErrorKind::kInterrupted);
}

TEST_F(CopyingTest, ABrokenLineIsLeftToTheCaller) {
  begin();
  const Version version = Version::exactly(stat("my files/f"));
  server_->on("SITE", {.nth = 2, .cut = test::ControlCut::kBeforeReply});
  EXPECT_EQ(kind_of(fs_->copy({at("my files/f"), version, at("copy")}, context_)), ErrorKind::kConnectionLost);
  EXPECT_EQ(server_->count("SITE"), 2);
}

}  // namespace
}  // namespace ftpsfs::remote
