// The fake server's tree as clients see it: listings in each style, and the verbs that change names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "unit/fakes/plain_client.h"

namespace ftpsfs::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class FakeNames : public ::testing::Test {
 protected:
  FakeNames() { std::signal(SIGPIPE, SIG_IGN); }

  static void plant(FakeServer& server) {
    server.tree().add_file("/d/.hidden", "");
    server.tree().add_file("/d/a file", "hello", 1700000000, 0640);
    server.tree().add_directory("/d/sub");
    server.tree().add_symlink("/d/to", "a file");
  }
};

TEST_F(FakeNames, MlsdTellsFacts) {
  FakeServer server({.facts = {"type", "size", "modify", "perm", "UNIX.mode"}});
  plant(server);
  server.tree().add_raw_listing_line("/d", "nonsense");
  PlainClient client(server);
  client.login();
  EXPECT_EQ(client.fetch("MLSD /d"),
            "type=cdir;modify=20231114221320;perm=elcmpdf;UNIX.mode=0755; .\r\n"
            "type=pdir;modify=20231114221320;perm=elcmpdf;UNIX.mode=0755; ..\r\n"
            "type=file;size=0;modify=20231114221320;perm=rawdf;UNIX.mode=0644; .hidden\r\n"
            "type=file;size=5;modify=20231114221320;perm=rawdf;UNIX.mode=0640; a file\r\n"
            "type=dir;modify=20231114221320;perm=elcmpdf;UNIX.mode=0755; sub\r\n"
            "type=OS.unix=slink:a file;size=6;modify=20231114221320;perm=rawdf;UNIX.mode=0777; to\r\n"
            "nonsense\r\n");
  EXPECT_EQ(client.ask("MLST /d/a file"),
            "250-Listing /d/a file\n"
            " type=file;size=5;modify=20231114221320;perm=rawdf;UNIX.mode=0640; /d/a file\n"
            "250 End");
}

TEST_F(FakeNames, MlsdCanBeOdd) {
  FakeServer server({.facts = {"type", "size"},
                     .facts_upper_case = true,
                     .facts_path_in_names = true,
                     .facts_cdir_pdir = false,
                     .symlink_facts = SymlinkFacts::kFollowed});
  plant(server);
  PlainClient client(server);
  client.login();
  EXPECT_EQ(client.fetch("MLSD /d"),
            "TYPE=FILE;SIZE=0; /d/.hidden\r\n"
            "TYPE=FILE;SIZE=5; /d/a file\r\n"
            "TYPE=DIR; /d/sub\r\n"
            "TYPE=OS.UNIX=SYMLINK;SIZE=6; /d/to\r\n");
}

TEST_F(FakeNames, ProFtpdHidesLinks) {
  FakeServer server(
      {.facts = {"type", "size", "UNIX.mode"}, .facts_cdir_pdir = false, .symlink_facts = SymlinkFacts::kFollowed});
  server.tree().add_symlink("/d/dangling", "nowhere");
  server.tree().add_symlink("/d/dot", ".");
  PlainClient client(server);
  client.login();
  EXPECT_EQ(client.fetch("MLSD /d"), "type=OS.unix=symlink;size=1;UNIX.mode=0777; dot\r\n");
  EXPECT_EQ(client.ask("MLST /d/dot"), "250-Listing /d/dot\n type=dir;size=1;UNIX.mode=0777; /d/dot\n250 End");
  EXPECT_EQ(client.ask("MLST /d/dangling"), "550 '/d/dangling' cannot be listed");
  EXPECT_THAT(client.fetch("LIST /d"), HasSubstr("dangling -> nowhere\r\n"));
  EXPECT_THAT(client.fetch("LIST /d"), Not(HasSubstr("dot")));
}

TEST_F(FakeNames, ListTellsUnixLines) {
  FakeServer server({.list_hides_dotfiles = true});
  plant(server);
  PlainClient client(server);
  client.login();
  EXPECT_EQ(client.fetch("LIST /d"),
            "-rw-r-----   1 ftp      ftp                 5 Nov 14  2023 a file\r\n"
            "drwxr-xr-x   2 ftp      ftp                 0 Nov 14  2023 sub\r\n"
            "lrwxrwxrwx   1 ftp      ftp                 6 Nov 14  2023 to -> a file\r\n");
  EXPECT_THAT(client.fetch("LIST -a /d"), HasSubstr(".hidden"));
  EXPECT_EQ(client.fetch("NLST /d"), "a file\r\nsub\r\nto\r\n");
  EXPECT_THAT(client.ask("STAT /d"), StartsWith("213-Status follows:\ndrwxr-xr-x"));
  EXPECT_THAT(client.ask("STAT /d"), HasSubstr(" ..\n-rw-r--r--"));
  EXPECT_THAT(client.ask("STAT /missing"), Not(HasSubstr("rw-")));
}

TEST_F(FakeNames, ListTellsDosLines) {
  FakeServer server({.list_format = ListFormat::kDos, .list_time_offset = std::chrono::hours(2)});
  server.tree().add_file("/d/a file", "hello");
  server.tree().add_directory("/d/sub");
  PlainClient client(server);
  client.login();
  EXPECT_EQ(client.fetch("LIST /d"),
            "11-15-23  12:13AM                    5 a file\r\n"
            "11-15-23  12:13AM       <DIR>          sub\r\n");
}

TEST_F(FakeNames, ChangesNames) {
  FakeServer server;
  server.tree().add_file("/a", "A");
  server.tree().add_file("/b", "B");
  const auto unique = server.tree().unique("/a");
  PlainClient client(server);
  client.login();
  EXPECT_THAT(client.ask("MKD d"), StartsWith("257"));
  EXPECT_EQ(client.ask("MKD d"), "550 d: File exists");
  client.ask("RNFR a");
  EXPECT_THAT(client.ask("RNTO b"), StartsWith("250"));
  EXPECT_EQ(server.tree().content("/b"), "A");
  EXPECT_EQ(server.tree().unique("/b"), unique);
  client.ask("RNFR b");
  client.ask("RNTO d/b");
  EXPECT_EQ(client.ask("RMD d"), "550 d: Directory not empty");
  EXPECT_THAT(client.ask("DELE d/b"), StartsWith("250"));
  EXPECT_THAT(client.ask("RMD d"), StartsWith("250"));
  EXPECT_THAT(server.tree().names("/"), ElementsAre());
}

TEST_F(FakeNames, RefusesToRenameOverWhenToldSo) {
  FakeServer server({.rnto_overwrites = false, .reasons_told = false});
  server.tree().add_file("/a", "A");
  server.tree().add_file("/b", "B");
  PlainClient client(server);
  client.login();
  client.ask("RNFR a");
  EXPECT_EQ(client.ask("RNTO b"), "550 Failed to carry out the command.");
  EXPECT_EQ(server.tree().content("/b"), "B");
}

TEST_F(FakeNames, SetsTimesAndModes) {
  FakeServer server({.mdtm_set = true, .site_utime = true});
  server.tree().add_file("/a b", "A");
  PlainClient client(server);
  client.login();
  EXPECT_EQ(client.ask("MFMT 20200102030405 a b"), "213 Modify=20200102030405; a b");
  EXPECT_EQ(client.ask("MDTM a b"), "213 20200102030405");
  EXPECT_THAT(client.ask("MDTM 20210102030405 a b"), StartsWith("213"));
  EXPECT_EQ(server.tree().mtime("/a b"), 1609556645);
  EXPECT_THAT(client.ask("SITE UTIME 202201020304 a b"), StartsWith("200"));
  EXPECT_EQ(client.ask("MDTM a b"), "213 20220102030400");
  EXPECT_THAT(client.ask("SITE CHMOD 400 a b"), StartsWith("200"));
  EXPECT_EQ(server.tree().mode("/a b"), 0400U);
  EXPECT_EQ(client.put("STOR a b", "x"), "550 a b: Permission denied");
}

TEST(FakeTree, FollowsLinksAndKeepsOpenFiles) {
  FakeTree tree;
  tree.add_file("/real/f", "data");
  tree.add_symlink("/link", "real");
  tree.add_symlink("/loop", "loop");
  EXPECT_EQ(tree.content("/link/f"), "data");
  EXPECT_FALSE(tree.exists("/loop"));
  FakeTree::OpenFile file;
  ASSERT_EQ(tree.open("/link/f", file), TreeError::kNone);
  ASSERT_EQ(tree.remove_file("/link/f"), TreeError::kNone);
  EXPECT_EQ(tree.read(file, 1, 2), "at");
  EXPECT_EQ(tree.rename("/real", "/real/sub", true), TreeError::kInvalid);
  EXPECT_EQ(resolve_path("/a/b", "../c//./d/"), "/a/c/d");
  EXPECT_EQ(resolve_path("/a", "/../.."), "/");
}

}  // namespace
}  // namespace ftpsfs::test
