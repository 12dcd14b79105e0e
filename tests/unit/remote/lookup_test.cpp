// connect_remote, stat and space.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remote_fixture.h"

namespace ftpsfs::remote {
namespace {

using test::FakeTree;

class LookupTest : public RemoteTest {};

TEST_F(LookupTest, StatIsOneRoundTripWithMlst) {
  start();
  tree().add_file("/a/f", "hello", 1600000000, 0640);
  connect();
  EXPECT_TRUE(fs_->capabilities().stat_one);
  const Attributes file = stat("a/f");
  EXPECT_EQ(file.type, FileType::kFile);
  EXPECT_EQ(file.size, 5U);
  EXPECT_EQ(file.mtime, 1600000000);
  EXPECT_TRUE(file.mtime_exact);
  EXPECT_EQ(file.mode, 0640U);
  EXPECT_FALSE(file.unique.empty());
  EXPECT_EQ(server_->count("MLST"), 1);
  EXPECT_EQ(server_->count("MLSD") + server_->count("SIZE"), 0);
  EXPECT_EQ(stat("a").type, FileType::kDirectory);
  EXPECT_EQ(kind_of(fs_->stat(at("a/x"), context_)), ErrorKind::kNotFound);
}

TEST_F(LookupTest, SizesThatMlsxDoesNotTellAreAskedFor) {
  test::FakeDialect dialect;
  std::erase(dialect.facts, "size");
  start(dialect);
  tree().add_file("/a/f", "hello");
  tree().add_file("/a/g", "hello, you");
  tree().add_directory("/a/d");
  connect();
  EXPECT_EQ(stat("a/f").size, 5U);
  const std::vector<Entry> entries = list("a");
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[1].attributes.size, 5U);
  EXPECT_EQ(entries[2].attributes.size, 10U);
  EXPECT_EQ(server_->count("SIZE"), 3) << "of files alone";
}

TEST_F(LookupTest, FilesWhoseSizeNobodyTellsAreNotShownAsEmpty) {
  test::FakeDialect dialect;
  std::erase(dialect.facts, "size");
  dialect.size = false;
  start(dialect);
  tree().add_file("/a/f", "hello");
  tree().add_directory("/a/d");
  connect();
  EXPECT_EQ(names("a"), std::vector<std::string>{"d"});
  EXPECT_EQ(kind_of(fs_->stat(at("a/f"), context_)), ErrorKind::kIo);
}

TEST_F(LookupTest, NamesThatWouldBeStoredAsOthersAreRefused) {
  test::FakeDialect dialect;
  dialect.greeting = "220---------- Welcome to Pure-FTPd [privsep] [TLS] ----------\r\n220 Ready";
  for (const bool pure : {true, false}) {
    start(pure ? dialect : test::FakeDialect{});
    connect();
    for (const std::string_view name : {"trail ", "a\ttab", "bell\a", "del\x7f"}) {
      EXPECT_EQ(fs_->check_new_name(at(name)).has_value(), !pure) << name;
    }
    for (const std::string_view name : {" lead", "two  blanks", "caf\xc3\xa9"}) {
      EXPECT_TRUE(fs_->check_new_name(at(name))) << name;
    }
    EXPECT_EQ(kind_of(fs_->check_new_name(at(fs_->new_temporary_name()))), ErrorKind::kUnrepresentable);
  }
}

TEST_F(LookupTest, StatListsTheParentWithoutMlst) {
  start(plain_dialect());
  tree().add_file("/a/f", "hello", 1600000001, 0640);
  tree().add_directory("/a/d");
  connect();
  EXPECT_FALSE(fs_->capabilities().stat_one);
  const Attributes file = stat("a/f");
  EXPECT_EQ(file.size, 5U);
  EXPECT_EQ(file.mtime, 1600000001);  // to the second, by MDTM
  EXPECT_TRUE(file.mtime_exact);
  EXPECT_EQ(file.mode, 0640U);
  EXPECT_EQ(stat("a/d").type, FileType::kDirectory);
  EXPECT_EQ(kind_of(fs_->stat(at("a/x"), context_)), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(fs_->stat(at("x/y"), context_)), ErrorKind::kNotFound);
}

TEST_F(LookupTest, TheRootIsADirectoryEverywhere) {
  for (const auto& dialect : {test::FakeDialect{}, plain_dialect()}) {
    start(dialect);
    connect();
    EXPECT_EQ(stat("").type, FileType::kDirectory);
  }
}

TEST_F(LookupTest, AServerWithoutFeatIsAskedVerbByVerb) {
  auto dialect = plain_dialect();
  dialect.feat = test::FeatStyle::kUnknown;
  start(dialect);
  tree().add_file("/f", "x");
  connect();
  EXPECT_FALSE(fs_->capabilities().stat_one);
  EXPECT_EQ(stat("f").size, 1U);
  EXPECT_EQ(server_->count("MLST"), 0);
}

TEST_F(LookupTest, RootsBelowTheLoginDirectoryAndBesideIt) {
  test::FakeDialect dialect;
  dialect.home = "/home/u";
  start(dialect);
  tree().add_file("/home/u/sub/f", "x");
  tree().add_file("/srv/g", "x");
  connect("sub");
  EXPECT_EQ(names(""), std::vector<std::string>{"f"});
  connect("/srv");
  EXPECT_EQ(names(""), std::vector<std::string>{"g"});
  connect("");
  EXPECT_EQ(names(""), std::vector<std::string>{"sub"});
}

TEST_F(LookupTest, WorksWhereTheLoginDirectoryIsNotTold) {
  auto dialect = plain_dialect();
  dialect.home = "/home/u";
  dialect.pwd = test::PwdStyle::kRefused;
  start(dialect);
  tree().add_file("/home/u/sub/-f", "abc");
  connect();
  EXPECT_EQ(names("sub"), std::vector<std::string>{"-f"});
  EXPECT_EQ(stat("sub/-f").size, 3U);
}

TEST_F(LookupTest, ARootThatIsMissingOrAFileIsRefused) {
  for (const auto& dialect : {test::FakeDialect{}, plain_dialect()}) {
    start(dialect);
    tree().add_file("/file", "x");
    EXPECT_EQ(kind_of(try_connect("/missing")), ErrorKind::kNotFound);
    EXPECT_FALSE(try_connect("/file"));
  }
}

TEST_F(LookupTest, AWrongPasswordIsToldAsSuch) {
  start();
  server_->on("PASS", {.reply = "530 Login incorrect"});
  EXPECT_EQ(kind_of(try_connect()), ErrorKind::kLogin);
}

TEST_F(LookupTest, PermFactsDecideReadableAndWritable) {
  start();
  tree().add_file("/f", "x", FakeTree::kDefaultTime, 0444);
  tree().add_directory("/d", FakeTree::kDefaultTime, 0555);
  tree().add_file("/g", "x");
  tree().add_file("/h", "x", FakeTree::kDefaultTime, 0200);
  connect();
  EXPECT_FALSE(stat("f").writable);
  EXPECT_FALSE(stat("d").writable);
  EXPECT_TRUE(stat("g").writable);
  for (const char* name : {"f", "d", "g"}) EXPECT_TRUE(stat(name).readable) << name;
  EXPECT_FALSE(stat("h").readable);
  EXPECT_TRUE(stat("h").writable);
  server_->on("MLST", {.reply = "250-Listing\n type=dir;perm=;modify=20200101000000; /d\n250 End"});
  EXPECT_FALSE(stat("d").readable) << "told, and nothing is allowed";
}

TEST_F(LookupTest, FactsAreToldAsTheServerToldThem) {
  start();
  tree().add_file("/a b", "hello", 1600000000, 0640);
  connect();
  const auto facts = fs_->facts(at("a b"), context_);
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_THAT(**facts, testing::StartsWith("type=file;size=5;modify=20200913122640;perm="));
  EXPECT_THAT(**facts, testing::EndsWith(";UNIX.mode=0640;"));
  EXPECT_EQ(kind_of(fs_->facts(at("missing"), context_)), ErrorKind::kNotFound);
  start(plain_dialect());
  connect();
  EXPECT_EQ(*fs_->facts(at("a b"), context_), std::nullopt);
}

TEST_F(LookupTest, AStaleSessionIsReplaced) {
  start();
  tree().add_file("/f", "x");
  connect();
  server_->disconnect_all();
  EXPECT_EQ(stat("f").size, 1U);
}

TEST_F(LookupTest, ASessionLostInTheMiddleIsReplacedOnce) {
  start();
  tree().add_file("/f", "x");
  connect();
  server_->on("MLST", {.nth = 1, .cut = test::ControlCut::kBeforeReply});
  EXPECT_EQ(stat("f").size, 1U);
  server_->on("MLST", {.cut = test::ControlCut::kBeforeReply});
  EXPECT_EQ(kind_of(fs_->stat(at("f"), context_)), ErrorKind::kConnectionLost);
}

TEST_F(LookupTest, A421MeansAnotherSession) {
  start();
  tree().add_file("/f", "x");
  connect();
  server_->on("MLST", {.nth = 1, .reply = "421 Timeout", .cut = test::ControlCut::kAfterReply});
  EXPECT_EQ(stat("f").size, 1U);
}

TEST_F(LookupTest, FeatIsAwaitedInVainOnlyOnce) {
  test::FakeDialect silent;
  silent.feat = test::FeatStyle::kSilent;
  start(silent);
  tree().add_file("/f", "text");
  options_.server.feat_limit = std::chrono::milliseconds(200);
  connect();
  const auto one = open("f");
  const auto another = open("f");
  EXPECT_EQ(server_->count("USER"), 1) << "the second session; the first began with connect()";
  EXPECT_EQ(server_->count("FEAT"), 0);
}

TEST_F(LookupTest, SpaceIsAskedForOnceWhereItIsNotTold) {
  start();
  connect();
  EXPECT_EQ(fs_->space(context_).value(), std::nullopt);
  EXPECT_EQ(fs_->space(context_).value(), std::nullopt);
  EXPECT_EQ(server_->count("AVBL"), 1);
  EXPECT_EQ(server_->count("SITE"), 1);
}

TEST_F(LookupTest, SpaceWhereItIsTold) {
  start();
  connect();
  server_->on("AVBL", {.reply = "213 123456"});
  const auto space = fs_->space(context_).value();
  ASSERT_TRUE(space);
  EXPECT_EQ(space->available, 123456U);
  EXPECT_EQ(server_->count("SITE"), 0);
}

TEST_F(LookupTest, SpaceIsTheAccountsQuota) {
  test::FakeDialect proftpd;
  proftpd.quota = test::FakeQuota{1'000, 3'000};
  start(proftpd);
  connect();
  for (int i = 0; i < 2; ++i) {
    const auto space = fs_->space(context_).value();
    ASSERT_TRUE(space);
    EXPECT_EQ(space->total, 3'000U);
    EXPECT_EQ(space->available, 2'000U);
  }
  EXPECT_EQ(server_->count("AVBL"), 1);
}

TEST_F(LookupTest, WithoutALimitTheQuotaIsAskedForOnce) {
  test::FakeDialect proftpd;
  proftpd.quota = test::FakeQuota{1'000, 0};
  start(proftpd);
  connect();
  EXPECT_EQ(fs_->space(context_).value(), std::nullopt);
  EXPECT_EQ(fs_->space(context_).value(), std::nullopt);
  EXPECT_EQ(server_->count("SITE"), 1);
}

}  // namespace
}  // namespace ftpsfs::remote
