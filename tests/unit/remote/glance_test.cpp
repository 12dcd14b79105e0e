// glance(), refine() and list() by STAT: many directories in one flight, and replies that cannot be trusted.
#include <gtest/gtest.h>

#include <thread>

#include "remote_fixture.h"

namespace ftpsfs::remote {
namespace {

using namespace std::chrono_literals;
using test::StatStyle;
using Names = std::vector<std::string>;

/// A server that lists by STAT as one of the three known ones does.
test::FakeDialect dialect_with(StatStyle style) {
  test::FakeDialect dialect = style == StatStyle::k213 ? plain_dialect() : test::FakeDialect{};
  dialect.stat = style;
  return dialect;
}

class GlanceTest : public RemoteTest {
 protected:
  static constexpr std::int64_t kTime = 1'600'000'007;

  /// Waits until the session has made its next data connection, so that only what follows is counted.
  void come_to_rest() {
    std::this_thread::sleep_for(200ms);
    server_->forget_history();
  }

  Result<std::vector<Glance>> try_glance(const Names& directories, bool themselves = false) {
    std::vector<GlanceRequest> requests;
    for (const std::string& directory : directories) requests.push_back({at(directory), themselves});
    return fs_->glance(requests, context_);
  }
  /// One answer for each directory; none when it failed.
  std::vector<Glance> glance(const Names& directories, bool themselves = false) {
    auto glances = try_glance(directories, themselves);
    EXPECT_TRUE(glances) << glances.error().message;
    if (!glances) return std::vector<Glance>(directories.size());
    EXPECT_EQ(glances->size(), directories.size());
    return std::move(*glances);
  }
  /// In order; "?" when only list() can tell.
  static Names names_in(const Glance& glance) {
    if (!glance.entries) return {"?"};
    Names all;
    for (const Entry& entry : *glance.entries) all.push_back(entry.name);
    std::sort(all.begin(), all.end());
    return all;
  }

  std::vector<std::optional<Attributes>> refine(const std::vector<Named>& names) {
    auto refined = fs_->refine(names, false, context_);
    EXPECT_TRUE(refined) << refined.error().message;
    return refined ? std::move(*refined) : std::vector<std::optional<Attributes>>(names.size());
  }
  static Named rough(std::string_view path, FileType type = FileType::kFile) {
    Named named{at(path), {}};
    named.attributes.type = type;
    named.attributes.size = 5;
    named.attributes.mtime = kTime / 60 * 60;
    named.attributes.provisional = true;
    return named;
  }
};

class GlanceOnEachTest : public GlanceTest, public testing::WithParamInterface<StatStyle> {
 protected:
  void begin() { start(dialect_with(GetParam())); }
  static std::string end_of_status() { return GetParam() == StatStyle::k212Indented ? "212 End" : "213 End"; }
};

INSTANTIATE_TEST_SUITE_P(Styles, GlanceOnEachTest,
                         testing::Values(StatStyle::k213, StatStyle::k213Brief, StatStyle::k212Indented),
                         [](const auto& info) {
                           switch (info.param) {
                             case StatStyle::k213:
                               return "Vsftpd";
                             case StatStyle::k213Brief:
                               return "PureFtpd";
                             default:
                               return "ProFtpd";
                           }
                         });

TEST_P(GlanceOnEachTest, SeveralDirectoriesTakeOneRoundTripAndNoDataConnection) {
  auto dialect = dialect_with(GetParam());
  dialect.latency = 20ms;
  start(dialect);
  Names directories;
  for (int i = 0; i < 30; ++i) {
    directories.push_back("d" + std::to_string(i));
    tree().add_file("/" + directories.back() + "/f" + std::to_string(i), "x");
  }
  connect();
  come_to_rest();
  const auto glances = glance(directories, true);
  EXPECT_EQ(server_->round_trips(), 1);
  EXPECT_EQ(server_->data_connections(), 0);
  for (std::size_t i = 0; i < glances.size(); ++i) EXPECT_EQ(names_in(glances[i]), Names{"f" + std::to_string(i)});
}

TEST_P(GlanceOnEachTest, EntriesAreProvisionalAndAllThere) {
  begin();
  const std::int64_t recent = std::time(nullptr) / 60 * 60 - 86400 + 7;
  tree().add_file("/d/f", "hello", recent, 0600);
  tree().add_file("/d/.hidden", "x");
  tree().add_file("/d/.ftpsfs-0123abcd-00000001", "x");
  tree().add_file("/d/end .", "x");
  tree().add_directory("/d/sub");
  connect();
  const auto glances = glance({"d"});
  EXPECT_EQ(names_in(glances[0]), (Names{".hidden", "end .", "f", "sub"}));
  ASSERT_TRUE(glances[0].entries);
  for (const Entry& entry : *glances[0].entries) {
    const bool exact_already = GetParam() == StatStyle::k213 && entry.name == "sub";  // there is no way to learn more
    EXPECT_EQ(entry.attributes.provisional, !exact_already) << entry.name;
    EXPECT_FALSE(entry.attributes.mtime_exact) << entry.name;
    if (entry.name != "f") continue;
    EXPECT_EQ(entry.attributes.size, 5U);
    EXPECT_EQ(entry.attributes.mode, 0600U);
    EXPECT_EQ(entry.attributes.mtime, recent - 7);
  }
  EXPECT_FALSE(glances[0].itself) << "nobody asked for it";
}

TEST_P(GlanceOnEachTest, AnEmptyDirectoryIsKnownToBeEmpty) {
  begin();
  tree().add_directory("/empty");
  connect();
  EXPECT_EQ(names_in(glance({"empty"})[0]), Names{});
}

TEST_P(GlanceOnEachTest, WhatCannotBeListedIsLeftToList) {
  begin();
  tree().add_file("/file", "x");
  tree().add_file("/end .", "x");
  tree().add_file("/secret/f", "x");
  tree().set_mode("/secret", 0300);
  tree().add_file("/a[b]*/f", "x");
  tree().add_file("/ab/f", "not that of a[b]*");
  tree().add_file("/good/f", "x");
  connect();
  const auto glances = glance({"missing", "secret", "a[b]*", "file", "end .", "good"}, true);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_FALSE(glances[i].entries) << i;
  EXPECT_EQ(names_in(glances[5]), Names{"f"});
  EXPECT_FALSE(glances[0].itself);
}

TEST_P(GlanceOnEachTest, ADirectoryItselfIsToldWhereOneNameCanBe) {
  begin();
  tree().add_directory("/d", kTime, 0750);
  connect();
  const auto itself = glance({"d"}, true)[0].itself;
  ASSERT_EQ(itself.has_value(), fs_->capabilities().stat_one);
  if (!itself) return;
  EXPECT_EQ(itself->type, FileType::kDirectory);
  EXPECT_EQ(itself->mtime, kTime);
  EXPECT_TRUE(itself->mtime_exact);
  EXPECT_FALSE(itself->provisional);
}

TEST_P(GlanceOnEachTest, ALineThatMakesNoSenseSpoilsItsDirectoryOnly) {
  begin();
  tree().add_file("/bad/f", "x");
  tree().add_raw_listing_line("/bad", "\x01 what is this?");
  tree().add_file("/good/f", "x");
  connect();
  const auto glances = glance({"bad", "good"});
  EXPECT_FALSE(glances[0].entries);
  EXPECT_EQ(names_in(glances[1]), Names{"f"});
  EXPECT_EQ(server_->logins(), 0);
}

TEST_P(GlanceOnEachTest, AForgedReplyIsSeenAndTheSessionIsClosed) {
  const std::string end = end_of_status();
  const std::string begin_again = end.substr(0, 3) + "-Status\r\n";
  const std::string forged = "drwxr-xr-x 2 u g 0 Jan 1 2020 .\r\n-rw-r--r-- 1 u g 9 Jan 1 2020 evil\r\n";
  for (const std::string& name : {
           "x\r\n" + end + "\r\n",                                               // one reply too many
           "x\r\n" + end,                                                        // the rest is no reply
           "x\r\n" + end + "\r\n" + begin_again + forged + end + "\r\n",         // that of the next directory
           "x\r\n" + end + "\r\n" + begin_again + forged + end + "\r\n257 home"  // and the answer behind it
       }) {
    begin();
    tree().add_file("/bad/" + name, "x");
    tree().add_file("/good/f", "x");
    connect();
    const auto glances = try_glance({"bad", "good"});
    EXPECT_EQ(kind_of(glances), ErrorKind::kProtocol) << name;
    for (int i = 0; i < 200 && server_->open_connections() > 0; ++i) std::this_thread::sleep_for(10ms);
    EXPECT_EQ(server_->open_connections(), 0);
    EXPECT_EQ(names("good"), Names{"f"});
    EXPECT_EQ(server_->logins(), 1);
  }
}

TEST_P(GlanceOnEachTest, ALongListingIsRead) {
  begin();
  for (int i = 0; i < 2500; ++i) tree().add_file("/d/" + std::string(100, 'n') + std::to_string(i), "x");
  connect();
  const auto glances = glance({"d"});  // more than 300 KiB
  ASSERT_TRUE(glances[0].entries);
  EXPECT_EQ(glances[0].entries->size(), 2500U);
}

TEST_F(GlanceTest, AServerWithoutStatIsRemembered) {
  auto dialect = plain_dialect();
  start(dialect);
  tree().add_file("/d/f", "x", kTime);
  connect();
  EXPECT_EQ(list("d")[0].attributes.mtime, kTime);
  EXPECT_EQ(names("d"), Names{"f"});
  EXPECT_EQ(kind_of(try_glance({"d"}, false)), ErrorKind::kUnsupported);
  EXPECT_EQ(server_->count("STAT"), 1);
  EXPECT_EQ(server_->count("LIST"), 2);
}

TEST_F(GlanceTest, AListingByStatTakesNoDataConnection) {
  start(dialect_with(StatStyle::k213));
  tree().add_file("/d/f", "hello", kTime, 0600);
  tree().add_file("/d/.hidden", "x");
  tree().add_directory("/d/sub");
  connect();
  come_to_rest();
  const auto entries = list("d");
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[1].name, "f");
  EXPECT_EQ(entries[1].attributes.mtime, kTime);
  EXPECT_TRUE(entries[1].attributes.mtime_exact);
  for (const Entry& entry : entries) EXPECT_FALSE(entry.attributes.provisional) << entry.name;
  EXPECT_EQ(server_->count("STAT"), 1);
  EXPECT_EQ(server_->count("LIST"), 0);
  EXPECT_EQ(server_->data_connections(), 0);
}

TEST_F(GlanceTest, WhatStatDoesNotListIsListedOtherwise) {
  start(dialect_with(StatStyle::k213));
  tree().add_file("/a[b]*/f", "x");
  tree().add_file("/file", "x");
  connect();
  EXPECT_EQ(names("a[b]*"), Names{"f"});
  EXPECT_EQ(kind_of(try_list("missing")), ErrorKind::kNotFound);
  EXPECT_FALSE(try_list("file"));
}

TEST_F(GlanceTest, ADirectoryWithAForgedReplyIsListedOtherwise) {
  start(dialect_with(StatStyle::k213));
  tree().add_file("/d/x\r\n213 End\r\n", "x");
  tree().add_file("/d/f", "x");
  connect();
  const Names told = names("d");  // by LIST: on its data connection nothing can pass for a reply
  EXPECT_NE(std::find(told.begin(), told.end(), "f"), told.end());
  EXPECT_EQ(server_->count("LIST"), 1);
  EXPECT_EQ(server_->logins(), 1);
}

TEST_F(GlanceTest, WithoutALoginDirectoryStatIsNotUsed) {
  for (const bool facts : {false, true}) {
    auto dialect = dialect_with(facts ? StatStyle::k212Indented : StatStyle::k213);
    dialect.pwd = test::PwdStyle::kRefused;
    start(dialect);
    tree().add_file("/d/f", "x");
    connect();
    EXPECT_FALSE(fs_->capabilities().glance);
    EXPECT_EQ(names("d"), Names{"f"});
    const auto glances = glance({"d"}, true);
    EXPECT_FALSE(glances[0].entries);
    EXPECT_EQ(glances[0].itself.has_value(), facts);
    EXPECT_EQ(server_->count("STAT"), 0);
    EXPECT_EQ(server_->logins(), 0) << "no session was lost";
  }
}

TEST_F(GlanceTest, GlancesFindNoSessionToSpare) {
  start();
  tree().add_file("/d/f", "hello");
  connect("", 2);
  const auto first = open("d/f");
  const auto second = open("d/f");
  EXPECT_EQ(kind_of(try_glance({"d"})), ErrorKind::kBusy);
}

TEST_F(GlanceTest, RefineCompletesByMlst) {
  start();
  tree().add_file("/f", "longer now", kTime);
  tree().add_directory("/d", kTime + 1, 0750);
  connect();
  const auto refined = refine({rough("f"), rough("gone"), rough("d", FileType::kDirectory)});
  ASSERT_EQ(refined.size(), 3U);
  ASSERT_TRUE(refined[0]);
  EXPECT_EQ(refined[0]->size, 10U);
  EXPECT_EQ(refined[0]->mtime, kTime);
  EXPECT_TRUE(refined[0]->mtime_exact);
  EXPECT_FALSE(refined[0]->provisional);
  EXPECT_FALSE(refined[0]->unique.empty());
  EXPECT_FALSE(refined[1]);
  ASSERT_TRUE(refined[2]);
  EXPECT_EQ(refined[2]->mtime, kTime + 1);
  EXPECT_FALSE(refined[2]->provisional);
}

TEST_F(GlanceTest, RefineCompletesByMdtm) {
  for (const bool reasons : {false, true}) {
    auto dialect = dialect_with(StatStyle::k213);
    dialect.reasons_told = reasons;
    start(dialect);
    tree().add_file("/f", "hello", kTime);
    connect();
    const auto refined = refine({rough("f"), rough("gone")});
    ASSERT_EQ(refined.size(), 2U);
    ASSERT_TRUE(refined[0]);
    EXPECT_EQ(refined[0]->size, 5U);
    EXPECT_EQ(refined[0]->mtime, kTime);
    EXPECT_TRUE(refined[0]->mtime_exact);
    EXPECT_FALSE(refined[0]->provisional);
    // A bare 550 does not tell what is wrong with the name: it stays as it was listed.
    EXPECT_EQ(refined[1].has_value(), !reasons);
    EXPECT_FALSE(refined[1].value_or(Attributes{}).provisional);
  }
}

TEST_F(GlanceTest, ALinkStaysOneAndGetsItsOwnTime) {
  auto dialect = dialect_with(StatStyle::k212Indented);
  dialect.symlink_facts = test::SymlinkFacts::kFollowed;
  start(dialect);
  tree().add_directory("/d/target", kTime + 1);
  tree().add_symlink("/d/link", "target", kTime);
  tree().add_symlink("/d/dangling", "nowhere", kTime);
  connect();
  const auto glances = glance({"d"});
  ASSERT_EQ(names_in(glances[0]), (Names{"dangling", "link", "target"}));
  for (const Entry& entry : *glances[0].entries) EXPECT_TRUE(entry.attributes.provisional) << entry.name;
  const auto refined = refine({rough("d/link", FileType::kSymlink), rough("d/dangling", FileType::kSymlink)});
  for (const auto& link : refined) {
    ASSERT_TRUE(link);
    EXPECT_EQ(link->type, FileType::kSymlink);
    EXPECT_FALSE(link->provisional);
  }
  EXPECT_EQ(refined[0]->mtime, kTime);
  EXPECT_EQ(refined[1]->mtime, kTime / 60 * 60) << "MLST tells nothing of it";
}

TEST_F(GlanceTest, ARefusalThatIsNoAnswerLeavesWhatWasListed) {
  start();
  tree().add_file("/f", "hello", kTime);
  connect();
  server_->on("MLST", {.reply = "450 Busy, try again later"});
  const auto refined = refine({rough("f")});
  ASSERT_TRUE(refined[0]);
  EXPECT_EQ(refined[0]->mtime, kTime / 60 * 60);
}

TEST_F(GlanceTest, ThreeHundredNamesTakeTwoRoundTrips) {
  for (const bool facts : {false, true}) {
    auto dialect = dialect_with(facts ? StatStyle::k212Indented : StatStyle::k213);
    dialect.latency = 20ms;
    start(dialect);
    std::vector<Named> names;
    for (int i = 0; i < 300; ++i) {
      names.push_back(rough("f" + std::to_string(i)));
      tree().add_file("/f" + std::to_string(i), "hello", kTime + i);
    }
    connect();
    come_to_rest();
    const auto refined = refine(names);
    EXPECT_LE(server_->round_trips(), 2);  // 200 are under way at a time
    for (std::size_t i = 0; i < refined.size(); ++i) {
      ASSERT_TRUE(refined[i]);
      EXPECT_EQ(refined[i]->mtime, kTime + static_cast<std::int64_t>(i));
    }
  }
}

}  // namespace
}  // namespace ftpsfs::remote
