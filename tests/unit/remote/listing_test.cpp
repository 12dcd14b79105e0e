// list(): MLSD, LIST and all that servers make of them.
#include <gtest/gtest.h>

#include "remote_fixture.h"

namespace ftpsfs::remote {
namespace {

using test::FakeTree;
using Names = std::vector<std::string>;

class ListingTest : public RemoteTest {};

/// The same promises on a server with MLSD and on one without.
class ListingOnBothTest : public RemoteTest, public testing::WithParamInterface<bool> {
 protected:
  static test::FakeDialect dialect() { return GetParam() ? test::FakeDialect{} : plain_dialect(); }
};

INSTANTIATE_TEST_SUITE_P(Dialects, ListingOnBothTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Mlsd" : "List"; });

TEST_P(ListingOnBothTest, TellsAttributes) {
  start(dialect());
  tree().add_file("/d/f", "hello", 1600000007, 0600);
  tree().add_directory("/d/sub", 1600000007, 0750);
  connect();
  const auto entries = list("d");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].name, "f");
  EXPECT_EQ(entries[0].attributes.size, 5U);
  EXPECT_EQ(entries[0].attributes.mtime, 1600000007);
  EXPECT_TRUE(entries[0].attributes.mtime_exact);
  EXPECT_EQ(entries[0].attributes.mode, 0600U);
  EXPECT_EQ(entries[1].attributes.type, FileType::kDirectory);
  EXPECT_EQ(entries[1].attributes.mode, 0750U);
}

TEST_P(ListingOnBothTest, HandlesNamesThatMislead) {
  const Names odd{" lead", "-rf", "[a]*?", "a b", "{x,y}", "~home", "\"q\"", "\xc3\xa9"};
  start(dialect());
  for (const std::string& name : odd) tree().add_file("/" + name + "/" + name, "x");
  connect();
  for (const std::string& name : odd) {
    EXPECT_EQ(names(name), Names{name}) << name;
    EXPECT_EQ(stat(name + "/" + name).size, 1U) << name;
  }
  EXPECT_EQ(names("").size(), odd.size());
}

TEST_P(ListingOnBothTest, AnEmptyDirectoryIsEmptyAndAMissingOneMissing) {
  for (const bool silent : {false, true}) {
    auto changed = dialect();
    changed.missing_list_is_empty = silent;
    changed.facts_cdir_pdir = !silent;
    start(changed);
    tree().add_directory("/empty");
    tree().add_file("/file", "x");
    connect();
    EXPECT_EQ(names("empty"), Names{});
    EXPECT_EQ(kind_of(try_list("missing")), ErrorKind::kNotFound);
    EXPECT_FALSE(try_list("file"));
  }
}

TEST_P(ListingOnBothTest, HidesOurOwnTemporaryFiles) {
  start(dialect());
  tree().add_file("/.ftpsfs-0123abcd-00000001", "x");
  tree().add_file("/.hidden", "x");
  connect();
  EXPECT_EQ(names(""), Names{".hidden"});
}

TEST_P(ListingOnBothTest, FindsTheTemporaryFilesOfAllMounts) {
  start(dialect());
  tree().add_file("/d/.ftpsfs-0123abcd-00000001", "x");
  tree().add_file("/d/.ftpsfs-89abcdef_00000001", "x");
  tree().add_file("/d/.hidden", "x");
  tree().add_directory("/d/.ftpsfs-0123abcd-00000002");
  connect();
  auto files = fs_->list_temporary_files(at("d"), context_);
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_EQ(files->size(), 2U);
  if ((*files)[0].set_aside) std::swap((*files)[0], (*files)[1]);
  EXPECT_EQ((*files)[0].name, ".ftpsfs-0123abcd-00000001");
  EXPECT_EQ((*files)[0].mount, "0123abcd");
  EXPECT_FALSE((*files)[0].set_aside);
  EXPECT_EQ((*files)[1].mount, "89abcdef");
  EXPECT_TRUE((*files)[1].set_aside);
  EXPECT_EQ(kind_of(fs_->list_temporary_files(at("missing"), context_)), ErrorKind::kNotFound);
}

TEST_P(ListingOnBothTest, SkipsLinesThatMakeNoSenseAndDuplicates) {
  start(dialect());
  tree().add_file("/f", "hello");
  tree().add_raw_listing_line("/", "\x01 what is this?");
  tree().add_raw_listing_line("/", GetParam() ? "type=file;size=9; a/b" : "-rw-r--r-- 1 u g 9 Jan 1 2020 a/b");
  tree().add_raw_listing_line("/", GetParam() ? "type=file;size=9; f" : "-rw-r--r-- 1 u g 9 Jan 1 2020 f");
  connect();
  const auto entries = list("");
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].attributes.size, 5U);
}

TEST_P(ListingOnBothTest, LinksInsideTheMountStayLinks) {
  start(dialect());
  tree().add_file("/home/d/target", "hello");
  tree().add_symlink("/home/d/relative", "target");
  tree().add_symlink("/home/d/absolute", "/home/d/target");
  tree().add_symlink("/home/d/out", "/etc");
  tree().add_file("/big", "seven77");
  tree().add_symlink("/home/d/outfile", "../../big");
  connect("/home");
  const auto entries = list("d");
  ASSERT_EQ(entries.size(), 5U);
  EXPECT_EQ(entries[0].attributes.link_target, "target");     // absolute
  EXPECT_EQ(entries[1].attributes.type, FileType::kSymlink);  // out: dangling
  EXPECT_EQ(entries[1].attributes.link_target, "");
  EXPECT_EQ(entries[2].attributes.type, FileType::kFile);  // outfile: shown as what it points to
  EXPECT_EQ(entries[2].attributes.size, 7U);
  EXPECT_FALSE(entries[2].attributes.writable);
  EXPECT_EQ(entries[3].attributes.link_target, "target");  // relative
}

TEST_P(ListingOnBothTest, ALostListingIsFetchedAgain) {
  start(dialect());
  tree().add_file("/f", "hello");
  connect();
  server_->on(GetParam() ? "MLSD" : "LIST", {.nth = 1, .data = test::DataFault::kReset, .after = 10});
  EXPECT_EQ(names(""), Names{"f"});
}

TEST_P(ListingOnBothTest, ARefusedDataChannelMeansAnotherSession) {
  start(dialect());
  tree().add_file("/f", "hello");
  connect();
  server_->on(GetParam() ? "MLSD" : "LIST", {.nth = 1, .data = test::DataFault::kRefuse});
  EXPECT_EQ(names(""), Names{"f"});
  EXPECT_EQ(server_->logins(), 1);
}

TEST_F(ListingTest, AServerThatRefusesDataConnectionsMayKnowMlsd) {
  for (const char* refusal : {"500 No", "502 No", "550 No such file"}) {
    start();
    tree().add_file("/f", "");
    server_->on("EPSV", {.reply = refusal});
    server_->on("PASV", {.reply = refusal});
    connect();
    const auto refused = try_list("");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reply_code, 425) << refused.error().message;
    server_->clear_faults();
    EXPECT_EQ(names(""), Names{"f"});
    EXPECT_EQ(server_->count("LIST"), 0);
  }
}

TEST_F(ListingTest, OneMdtmBatchForAllFiles) {
  auto dialect = plain_dialect();
  dialect.latency = std::chrono::milliseconds(20);
  start(dialect);
  for (int i = 0; i < 100; ++i) tree().add_file("/f" + std::to_string(i), "x", 1600000000 + i);
  connect();
  EXPECT_EQ(list("").size(), 100U);
  EXPECT_EQ(server_->count("MDTM"), 100);
  EXPECT_LE(server_->round_trips(), 4);
}

TEST_F(ListingTest, TheServersZoneIsLearnedFromItsFiles) {
  auto dialect = plain_dialect();
  dialect.list_time_offset = std::chrono::hours(-5);
  start(dialect);
  const std::int64_t recent = std::time(nullptr) / 60 * 60 - 86400;
  tree().add_directory("/d", recent);
  tree().add_file("/f", "x", recent + 7);
  connect();
  const auto entries = list("");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].attributes.mtime, recent);
  EXPECT_FALSE(entries[0].attributes.mtime_exact);
  EXPECT_EQ(entries[1].attributes.mtime, recent + 7);
}

TEST_F(ListingTest, DotfilesAreAskedFor) {
  auto dialect = plain_dialect();
  dialect.list_hides_dotfiles = true;
  start(dialect);
  tree().add_file("/.profile", "x");
  connect();
  EXPECT_EQ(names(""), Names{".profile"});
}

TEST_F(ListingTest, AServerThatTakesOptionsForNamesIsFoundOut) {
  start(plain_dialect());
  tree().add_file("/d/f", "x");
  server_->on("LIST", {.path = "/-a /d", .reply = "550 No such file"});
  server_->on("LIST", {.nth = 1, .reply = "550 No such file"});
  connect();
  EXPECT_EQ(names("d"), Names{"f"});
  EXPECT_EQ(names("d"), Names{"f"});
  EXPECT_EQ(server_->count("LIST"), 3);
}

TEST_F(ListingTest, AnMlsdThatIsMissingAfterAllGivesWayToList) {
  start();
  tree().add_file("/f", "hello", 1600000007);
  server_->on("MLSD", {.reply = "502 Not implemented"});
  connect();
  EXPECT_EQ(list("")[0].attributes.mtime, 1600000007);
  EXPECT_EQ(names(""), Names{"f"});
  EXPECT_EQ(server_->count("MLSD"), 1);
}

TEST_F(ListingTest, DosListings) {
  auto dialect = plain_dialect();
  dialect.list_format = test::ListFormat::kDos;
  start(dialect);
  tree().add_file("/f", "hello", 1600000007);
  tree().add_directory("/d");
  connect();
  const auto entries = list("");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].attributes.type, FileType::kDirectory);
  EXPECT_EQ(entries[1].attributes.size, 5U);
  EXPECT_EQ(entries[1].attributes.mtime, 1600000007);
  EXPECT_EQ(entries[1].attributes.mode, std::nullopt);
}

TEST_F(ListingTest, NamesWithThePathBeforeThem) {
  test::FakeDialect dialect;
  dialect.facts_path_in_names = true;
  start(dialect);
  tree().add_file("/d/f", "hello");
  connect();
  EXPECT_EQ(names("d"), Names{"f"});
  EXPECT_EQ(names(""), Names{"d"}) << "the server's root, whose path ends with a slash";
}

TEST_F(ListingTest, LinksToldWithoutATargetGetItFromList) {
  test::FakeDialect dialect;
  dialect.symlink_facts = test::SymlinkFacts::kSymlink;  // Pure-FTPd
  start(dialect);
  tree().add_file("/f", "hello");
  tree().add_directory("/d");
  tree().add_symlink("/file", "f");
  tree().add_symlink("/directory", "d");
  connect();
  const auto entries = list("");
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries[1].attributes.link_target, "d");
  EXPECT_EQ(entries[3].attributes.link_target, "f");
  EXPECT_EQ(stat("file").link_target, "f");
  EXPECT_EQ(stat("directory").link_target, "d");
}

class MaskedLinksTest : public RemoteTest {
 protected:
  /// ProFTPD, by its facts.
  void begin() {
    test::FakeDialect dialect;
    dialect.symlink_facts = test::SymlinkFacts::kFollowed;
    dialect.facts.push_back("UNIX.owner");
    start(dialect);
  }
  /// As the directory lists it, and by itself; "different" when these are not one.
  std::string shown(const std::string& path) {
    const auto listed = list(std::string(at(path).parent().text()));
    for (const Entry& entry : listed) {
      if (entry.name == at(path).name())
        return entry.attributes.type == stat(path).type ? kind(stat(path)) : "different";
    }
    return "absent";
  }
  static std::string kind(const Attributes& shown) {
    if (shown.type == FileType::kDirectory) return "directory";
    if (shown.type == FileType::kSymlink) return "-> " + shown.link_target;
    return (shown.writable ? "file of " : "read-only file of ") + std::to_string(shown.size);
  }
};

TEST_F(MaskedLinksTest, ALinkToADirectoryIsNoDirectory) {
  begin();
  tree().add_file("/d/precious", "hello");
  tree().add_symlink("/l", "d");
  tree().add_symlink("/d/dot", ".");
  tree().add_symlink("/d/up", "..");
  connect();
  EXPECT_EQ(shown("d"), "directory");
  EXPECT_EQ(shown("l"), "-> d");
  EXPECT_EQ(shown("d/dot"), "-> ") << "LIST does not name it";
  EXPECT_EQ(shown("d/up"), "-> ");
}

TEST_F(MaskedLinksTest, ALinkOutOfTheMountIsNoDirectory) {
  begin();
  tree().add_file("/other/precious", "hello");
  tree().add_symlink("/home/out", "../other");
  tree().add_symlink("/home/out-as-well", "/other");
  connect("/home");
  EXPECT_EQ(shown("out"), "-> ");
  EXPECT_EQ(shown("out-as-well"), "-> ");
}

TEST_F(MaskedLinksTest, ALinkToAFileHasNotTheSizeOfTheLink) {
  begin();
  tree().add_file("/f", "hello", FakeTree::kDefaultTime, 0777);
  tree().add_file("/7 bytes", "7 bytes");
  tree().add_symlink("/l", "f");
  tree().add_symlink("/alike", "7 bytes", FakeTree::kDefaultTime + 1);
  connect();
  EXPECT_EQ(shown("l"), "-> f");
  EXPECT_EQ(shown("alike"), "-> 7 bytes");
  EXPECT_EQ(shown("f"), "file of 5");
}

TEST_F(MaskedLinksTest, ALinkToAFileOutOfTheMountIsReadAlone) {
  begin();
  tree().add_file("/other/f", "a long content", 1'600'000'001);
  tree().add_symlink("/home/out", "../other/f");
  connect("/home");
  EXPECT_EQ(shown("out"), "read-only file of 14");
  EXPECT_EQ(stat("out").mtime, 1'600'000'001);
}

TEST_F(MaskedLinksTest, AModeOfLinksCostsOneRoundTripForAFileAndNoneForADirectory) {
  begin();
  tree().add_file("/f", "hello", FakeTree::kDefaultTime, 0777);
  tree().add_directory("/d", FakeTree::kDefaultTime, 0777);
  connect();
  EXPECT_EQ(stat("f").size, 5U);
  EXPECT_EQ(server_->count("SIZE"), 1);
  EXPECT_EQ(stat("d").type, FileType::kDirectory);
  EXPECT_EQ(server_->count("SIZE"), 1);
  EXPECT_EQ(server_->count("LIST"), 0);
}

TEST_F(MaskedLinksTest, ADirectoryToldWithASizeIsOneWhereListSaysSo) {
  begin();
  tree().add_directory("/d");
  connect();
  const std::string facts = "250-Begin\n type=dir;size=4096;UNIX.mode=0644; /d\n250 End";  // DirFakeMode
  server_->on("MLST", {.reply = facts});
  EXPECT_EQ(stat("d").type, FileType::kDirectory);
  server_->on("LIST", {.reply = "550 Permission denied"});
  server_->on("STAT", {.reply = "550 Permission denied"});
  EXPECT_EQ(stat("d").type, FileType::kSymlink) << "nobody can tell";
}

TEST_F(ListingTest, WhereAllTimesAreLocalThereIsOneTimeForEachFile) {
  test::FakeDialect dialect = plain_dialect();  // vsftpd with use_localtime
  dialect.list_time_offset = std::chrono::hours(2);
  dialect.mdtm_time_offset = std::chrono::hours(2);
  start(dialect);
  tree().add_file("/f", "x", 1'700'000'001);
  connect();
  EXPECT_EQ(list("").at(0).attributes.mtime, 1'700'007'201);
  EXPECT_EQ(stat("f").mtime, 1'700'007'201);
}

TEST_F(ListingTest, ADirectoryMayHoldItsOwnName) {
  start(plain_dialect());
  tree().add_file("/d/d/d", "x");
  connect();
  EXPECT_EQ(names("d"), Names{"d"});
  EXPECT_EQ(names("d/d"), Names{"d"});
}

TEST_F(ListingTest, ADirectoryThatMustNotBeReadIsNotEmpty) {
  start(plain_dialect());
  tree().add_directory("/d");
  connect();
  server_->on("LIST", {.final_reply = "226 Transfer done (but failed to open directory)."});
  EXPECT_EQ(kind_of(try_list("d")), ErrorKind::kPermission);
}

}  // namespace
}  // namespace ftpsfs::remote
