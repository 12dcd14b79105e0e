// Removing, making, renaming, setting; also when the line breaks in the middle.
#include <gtest/gtest.h>

#include "remote_fixture.h"

namespace ftpsfs::remote {
namespace {

using test::ControlCut;

/// On a server that gives reasons and on one that does not.
class ChangesTest : public RemoteTest, public testing::WithParamInterface<bool> {
 protected:
  static test::FakeDialect dialect() { return GetParam() ? test::FakeDialect{} : plain_dialect(); }
  void begin(test::FakeDialect with = dialect()) {
    start(std::move(with));
    tree().add_file("/d/f", "old");
    tree().add_file("/d/g", "new");
    tree().add_directory("/empty");
    connect();
  }
  Status rename(std::string_view from, std::string_view to, bool replace) {
    return fs_->rename(at(from), at(to), replace, context_);
  }
};

INSTANTIATE_TEST_SUITE_P(Servers, ChangesTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "TellsReasons" : "Bare550"; });

TEST_P(ChangesTest, Remove) {
  begin();
  EXPECT_TRUE(fs_->remove(at("d/f"), context_));
  EXPECT_FALSE(tree().exists("/d/f"));
  EXPECT_EQ(kind_of(fs_->remove(at("d/f"), context_)), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(fs_->remove(at("empty"), context_)), ErrorKind::kIsDirectory);
}

TEST_P(ChangesTest, RemoveDirectory) {
  begin();
  EXPECT_TRUE(fs_->remove_directory(at("empty"), context_));
  EXPECT_EQ(kind_of(fs_->remove_directory(at("empty"), context_)), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(fs_->remove_directory(at("d"), context_)), ErrorKind::kNotEmpty);
  EXPECT_EQ(kind_of(fs_->remove_directory(at("d/f"), context_)), ErrorKind::kNotDirectory);
}

TEST_P(ChangesTest, MakeDirectory) {
  begin();
  EXPECT_TRUE(fs_->make_directory(at("n"), context_));
  EXPECT_EQ(kind_of(fs_->make_directory(at("n"), context_)), ErrorKind::kExists);
  EXPECT_EQ(kind_of(fs_->make_directory(at("d/f"), context_)), ErrorKind::kExists);
  EXPECT_EQ(kind_of(fs_->make_directory(at("x/y"), context_)), ErrorKind::kNotFound);
}

TEST_P(ChangesTest, MakeLink) {
  auto makes_links = dialect();
  makes_links.site_symlink = true;
  begin(makes_links);
  EXPECT_TRUE(fs_->make_link(at("empty/l"), "../d/f", context_));
  EXPECT_EQ(tree().stat("/empty/l", false)->link_target, "/d/f");
  const Attributes link = stat("empty/l");
  EXPECT_EQ(link.type, FileType::kSymlink);
  EXPECT_EQ(link.link_target, "../d/f");
  const ErrorKind missing = GetParam() ? ErrorKind::kNotFound : ErrorKind::kNotPermitted;
  EXPECT_EQ(kind_of(fs_->make_link(at("l"), "missing", context_)), missing);
  EXPECT_EQ(kind_of(fs_->make_link(at("l"), "../outside", context_)), ErrorKind::kNotPermitted);
  EXPECT_EQ(kind_of(fs_->make_link(at("l"), "/etc/passwd", context_)), missing) << "within the mount";
  const ErrorKind taken = GetParam() ? ErrorKind::kExists : ErrorKind::kNotPermitted;
  EXPECT_EQ(kind_of(fs_->make_link(at("empty/l"), "../d/g", context_)), taken);
  EXPECT_EQ(tree().stat("/empty/l", false)->link_target, "/d/f");
}

TEST_P(ChangesTest, MakeLinkWithNamesOfAnyKind) {
  auto makes_links = dialect();
  makes_links.site_symlink = true;
  begin(makes_links);
  const std::vector<std::string> names{"two words",    " before",       "behind ", R"("quoted")",
                                       R"(a "b" c\d)", R"(back\slash)", "plain"};
  for (const std::string& name : names) tree().add_file("/" + name, "x");
  for (const std::string& target : names) {
    for (const std::string& name : names) {
      EXPECT_TRUE(fs_->make_link(at("empty/" + name), "../" + target, context_)) << name << " to " << target;
      const auto link = tree().stat("/empty/" + name, false);
      EXPECT_EQ(link ? link->link_target : "none", "/" + target) << name;
      tree().remove_file("/empty/" + name);
    }
  }
}

TEST_P(ChangesTest, NoLinkWhereTheServerMakesNone) {
  begin();
  EXPECT_EQ(kind_of(fs_->make_link(at("l"), "d/f", context_)), ErrorKind::kNotPermitted);
  EXPECT_EQ(server_->count("SITE"), 0);
}

TEST_P(ChangesTest, ALinkIsMadeOnceAlsoWhenTheReplyIsLost) {
  auto makes_links = dialect();
  makes_links.site_symlink = true;
  begin(makes_links);
  server_->on("SITE", {.nth = 1, .cut = ControlCut::kBeforeReply});
  EXPECT_TRUE(fs_->make_link(at("l"), "d/f", context_));
  EXPECT_EQ(tree().stat("/l", false)->link_target, "/d/f");
}

TEST_P(ChangesTest, WhatIsForbiddenIsPermission) {
  begin();
  tree().add_file("/locked/f", "x");
  tree().set_mode("/locked", 0555);
  EXPECT_EQ(kind_of(fs_->remove(at("locked/f"), context_)), ErrorKind::kPermission);
  EXPECT_EQ(kind_of(fs_->make_directory(at("locked/n"), context_)), ErrorKind::kPermission);
  EXPECT_EQ(kind_of(rename("locked/f", "n", false)), ErrorKind::kPermission);
  EXPECT_EQ(kind_of(fs_->open_writer({at("locked/n")}, context_)), ErrorKind::kPermission);
}

TEST_P(ChangesTest, Rename) {
  begin();
  EXPECT_TRUE(rename("d/g", "h", false));
  EXPECT_EQ(tree().content("/h"), "new");
  EXPECT_EQ(kind_of(rename("h", "d/f", false)), ErrorKind::kExists);
  EXPECT_TRUE(rename("h", "d/f", true));
  EXPECT_EQ(tree().content("/d/f"), "new");
  EXPECT_EQ(kind_of(rename("missing", "x", true)), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(rename("d/f", "missing/x", true)), ErrorKind::kNotFound);
}

TEST_P(ChangesTest, RenameWhereTheServerRefusesToReplace) {
  auto refusing = dialect();
  refusing.rnto_overwrites = false;
  begin(refusing);
  EXPECT_TRUE(rename("d/g", "d/f", true));
  EXPECT_EQ(tree().content("/d/f"), "new");
  EXPECT_EQ(tree().names("/d"), std::vector<std::string>{"f"});

  tree().add_file("/d/g", "newer");  // now known: straight to the swap
  server_->forget_history();
  EXPECT_TRUE(rename("d/g", "d/f", true));
  EXPECT_EQ(tree().content("/d/f"), "newer");
  EXPECT_EQ(server_->count("RNTO"), 2);
}

TEST_P(ChangesTest, ASwapThatFailsIsRolledBack) {
  auto refusing = dialect();
  refusing.rnto_overwrites = false;
  begin(refusing);
  server_->on("RNTO", {.nth = 3, .reply = "550 No."});  // the plain one, the old file aside, the new one in
  EXPECT_FALSE(rename("d/g", "d/f", true));
  EXPECT_EQ(tree().content("/d/f"), "old");
  EXPECT_EQ(tree().content("/d/g"), "new");
  EXPECT_EQ(tree().names("/d").size(), 2U);
}

TEST_P(ChangesTest, RenameOfDirectories) {
  auto refusing = dialect();
  refusing.rnto_overwrites = false;
  begin(refusing);
  EXPECT_TRUE(rename("d", "empty", true));
  EXPECT_EQ(tree().content("/empty/f"), "old");
  EXPECT_FALSE(tree().exists("/d"));
  tree().add_directory("/other");
  EXPECT_EQ(kind_of(rename("other", "empty", true)), ErrorKind::kNotEmpty);
  EXPECT_EQ(kind_of(rename("other", "empty/f", true)), ErrorKind::kNotDirectory);
  EXPECT_EQ(kind_of(rename("empty/f", "other", true)), ErrorKind::kIsDirectory);
}

TEST_P(ChangesTest, SetMtimeAndMode) {
  begin();
  EXPECT_TRUE(fs_->set_mtime(at("d/f"), 1234567890, context_));
  EXPECT_EQ(tree().mtime("/d/f"), 1234567890);
  EXPECT_TRUE(fs_->set_mode(at("d/f"), 0600, context_));
  EXPECT_EQ(tree().mode("/d/f"), 0600U);
  EXPECT_EQ(kind_of(fs_->set_mtime(at("missing"), 1, context_)), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(fs_->set_mode(at("missing"), 0600, context_)), ErrorKind::kNotFound);
}

TEST_P(ChangesTest, SiteIsNotGivenNamesThatItWouldMistake) {
  auto odd = dialect();
  odd.mfmt = odd.mdtm = odd.mdtm_set = false;
  odd.site_utime = true;
  begin(odd);
  for (const std::string_view name : {"d/trail ", "d/two  blanks", "d/a\ttab", "d/a\"quote"}) {
    tree().add_file("/" + std::string(name), "x");
    server_->forget_history();
    EXPECT_EQ(kind_of(fs_->set_mode(at(name), 0600, context_)), ErrorKind::kUnsupported) << name;
    EXPECT_EQ(kind_of(fs_->set_mtime(at(name), 1234567890, context_)), ErrorKind::kUnsupported) << name;
    EXPECT_EQ(server_->count("SITE"), 0) << name;
  }
  for (const std::string_view name : {"d/one blank", "d/a\\backslash"}) {
    tree().add_file("/" + std::string(name), "x");
    EXPECT_TRUE(fs_->set_mode(at(name), 0600, context_)) << name;
    EXPECT_EQ(tree().mode("/" + std::string(name)), 0600U);
  }
}

TEST_P(ChangesTest, TheWayOfSettingTimesIsFoundOut) {
  auto changed = dialect();
  changed.site_utime = true;
  begin(changed);
  server_->on("MFMT", {.reply = "500 Unknown command"});
  server_->on("MDTM", {.reply = "501 Wrong arguments"});
  EXPECT_TRUE(fs_->set_mtime(at("d/f"), 1234567890, context_));
  EXPECT_EQ(tree().mtime("/d/f"), 1234567890);
  server_->forget_history();
  EXPECT_TRUE(fs_->set_mtime(at("d/f"), 1234567891, context_));
  EXPECT_EQ(server_->commands().size(), 1U);
}

TEST_P(ChangesTest, AServerWithoutAWayToSetAnythingIsAskedOnce) {
  auto changed = dialect();
  changed.mfmt = changed.mdtm_set = changed.site_chmod = false;
  begin(changed);
  server_->on("MDTM", {.reply = "501 Wrong arguments"});
  EXPECT_EQ(kind_of(fs_->set_mtime(at("d/f"), 1, context_)), ErrorKind::kUnsupported);
  EXPECT_EQ(kind_of(fs_->set_mode(at("d/f"), 0600, context_)), ErrorKind::kUnsupported);
  server_->forget_history();
  EXPECT_EQ(kind_of(fs_->set_mtime(at("d/f"), 1, context_)), ErrorKind::kUnsupported);
  EXPECT_EQ(kind_of(fs_->set_mode(at("d/f"), 0600, context_)), ErrorKind::kUnsupported);
  EXPECT_TRUE(server_->commands().empty());
}

TEST_P(ChangesTest, MdtmThatIsForAskingAloneIsTriedOnce) {
  auto changed = dialect();
  changed.mfmt = changed.mdtm_set = false;
  changed.reasons_told = true;  // IIS: time and name together are a name, of which there is no file
  begin(changed);
  EXPECT_EQ(kind_of(fs_->set_mtime(at("d/f"), 1, context_)), ErrorKind::kUnsupported);
  EXPECT_EQ(kind_of(fs_->set_mtime(at("d/g"), 1, context_)), ErrorKind::kUnsupported);
  EXPECT_EQ(server_->count("MDTM"), 1);
}

/// Before the command was carried out, and after.
TEST_P(ChangesTest, ALostLineNeitherLosesNorRepeatsAChange) {
  for (const ControlCut cut : {ControlCut::kBeforeCommand, ControlCut::kBeforeReply}) {
    begin();
    server_->on("DELE", {.nth = 1, .cut = cut});
    EXPECT_TRUE(fs_->remove(at("d/f"), context_));
    EXPECT_FALSE(tree().exists("/d/f"));

    server_->on("MKD", {.nth = 1, .cut = cut});
    EXPECT_TRUE(fs_->make_directory(at("n"), context_));
    EXPECT_TRUE(tree().exists("/n"));

    server_->on("RMD", {.nth = 1, .cut = cut});
    EXPECT_TRUE(fs_->remove_directory(at("n"), context_));
    EXPECT_FALSE(tree().exists("/n"));

    server_->on("RNTO", {.nth = 1, .cut = cut});
    EXPECT_TRUE(rename("d/g", "h", false));
    EXPECT_EQ(tree().content("/h"), "new");
    EXPECT_FALSE(tree().exists("/d/g"));
  }
}

TEST_P(ChangesTest, ALineLostBetweenTheHalvesOfASwapLosesNothing) {
  for (const int nth : {2, 3}) {
    for (const ControlCut cut : {ControlCut::kBeforeCommand, ControlCut::kBeforeReply}) {
      auto refusing = dialect();
      refusing.rnto_overwrites = false;
      begin(refusing);
      server_->on("RNTO", {.nth = nth, .cut = cut});
      EXPECT_TRUE(rename("d/g", "d/f", true));
      EXPECT_EQ(tree().content("/d/f"), "new");
      EXPECT_EQ(tree().names("/d"), std::vector<std::string>{"f"});
    }
  }
}

}  // namespace
}  // namespace ftpsfs::remote
