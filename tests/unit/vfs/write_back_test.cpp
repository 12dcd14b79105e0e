// write=back: what is closed is safe on the local disk, and on the server later.
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;
using testing::Pair;

class WriteBackTest : public FilesystemTest {
 protected:
  void SetUp() override {
    options_.state_dir = staging_.path() + "/journal";
    options_.write_back = true;
    mount_with(std::chrono::minutes(10));
  }
  /// What is not uploaded is left to this mount, as after a crash.
  void mount_with(milliseconds settle) {
    options_.settle = settle;
    fs_.reset();
    options_.staging_dir = options_.state_dir;
    fs_ = make_filesystem(server_, clock_, options_).value();
  }
  void crash() { mount_with(std::chrono::minutes(10)); }
  std::size_t drain(milliseconds limit = std::chrono::seconds(20)) {
    return fs_->drain(Context{limit, Deadline::after(limit), nullptr}).files;
  }
  template <typename Condition>
  static bool soon(Condition condition) {
    for (int i = 0; i < 1000 && !condition(); ++i) std::this_thread::sleep_for(milliseconds(10));
    return condition();
  }
  std::string write_new(const std::string& name, std::string_view text) {
    const HandleId handle = create(name);
    EXPECT_EQ(write(handle, 0, text), "ok");
    return close(handle);
  }
};

TEST_F(WriteBackTest, ACloseDoesNotWaitForTheServer) {
  EXPECT_EQ(write_new("new", "content"), "ok");
  EXPECT_FALSE(on_server("new"));
  EXPECT_EQ(server_.count(Verb::kOpenWriter), 0);
  EXPECT_EQ(stat(node("new")).size, 7U);
  EXPECT_EQ(read_file("new"), "content");
  EXPECT_EQ(names(), (std::set<std::string>{"new"}));
  EXPECT_EQ(drain(), 0U);
  EXPECT_EQ(on_server("new"), "content");
  EXPECT_EQ(read_file("new"), "content");
}

TEST_F(WriteBackTest, ALinkToWhatWaitsIsMadeOnceThatIsThere) {
  server_.makes_links = server_.links_need_targets = true;
  server_.put_directory("d");
  EXPECT_EQ(write_new("new", "content"), "ok");
  EXPECT_EQ(write_new("other", "other content"), "ok");
  const auto link = fs_->make_link(node("d"), "link", ".././new", context_);
  ASSERT_TRUE(link) << link.error().message;
  EXPECT_EQ(on_server("new"), "content");
  EXPECT_FALSE(on_server("other"));
  EXPECT_EQ(outcome(fs_->make_link(node("d"), "none", "../missing", context_)), "not permitted");
}

TEST_F(WriteBackTest, AfterTheSettleTimeItIsUploaded) {
  mount_with(milliseconds(20));
  EXPECT_EQ(write_new("new", "content"), "ok");
  EXPECT_TRUE(soon([&] { return on_server("new") == "content"; }));
}

TEST_F(WriteBackTest, TheNextMountGoesOn) {
  server_.put_directory("d");
  server_.put("old", "old content");
  EXPECT_EQ(write_new("new", "content"), "ok");
  EXPECT_EQ(change(node("new"), to_mtime(1'000'000'000)), "ok");
  EXPECT_EQ(write_file("old", "new content"), "ok");
  const HandleId below = create("f", 0600, node("d"));
  EXPECT_EQ(write(below, 0, "below"), "ok");
  EXPECT_EQ(close(below), "ok");
  crash();
  EXPECT_EQ(read_file("new"), "content") << "before it is uploaded";
  EXPECT_EQ(read_file("d/f"), "below");
  EXPECT_EQ(drain(), 0U);
  EXPECT_THAT(server_.tree(),
              ElementsAre(Key("d"), Pair("d/f", "below"), Pair("new", "content"), Pair("old", "new content")));
  EXPECT_EQ(server_.attributes("new")->mtime, 1'000'000'000);
  EXPECT_EQ(server_.attributes("d/f")->mode, 0600U);
  crash();
  EXPECT_EQ(drain(), 0U);
  EXPECT_EQ(server_.count(Verb::kPublish), 3) << "nothing is done twice";
}

TEST_F(WriteBackTest, ATemporaryFileIsNeverSentUnderItsName) {
  for (const bool crashes : {false, true}) {
    server_.put("file", "old content");
    EXPECT_EQ(write_new(".file.Xa8", "new content"), "ok");
    EXPECT_EQ(change(node(".file.Xa8"), to_mode(0600, 1'000'000'000)), "ok");
    EXPECT_EQ(rename(".file.Xa8", "file"), "ok");
    EXPECT_EQ(server_.count(Verb::kRename), 0);
    if (crashes) crash();
    EXPECT_EQ(read_file("file"), "new content");
    EXPECT_EQ(drain(), 0U);
    EXPECT_THAT(server_.tree(), ElementsAre(Pair("file", "new content")));
    EXPECT_EQ(server_.attributes("file")->mtime, 1'000'000'000);
    if (!crashes) crash();
  }
}

TEST_F(WriteBackTest, WhatIsRemovedFirstIsNeverSent) {
  EXPECT_EQ(write_new("new", "content"), "ok");
  EXPECT_EQ(remove("new"), "ok");
  EXPECT_EQ(drain(), 0U);
  crash();
  EXPECT_EQ(drain(), 0U);
  EXPECT_TRUE(server_.tree().empty());
  EXPECT_EQ(server_.count(Verb::kOpenWriter), 0);
}

TEST_F(WriteBackTest, WhatReplacesAWaitingFileGoesInItsPlace) {
  EXPECT_EQ(write_new("a", "first"), "ok");
  EXPECT_EQ(write_new("b", "second"), "ok");
  EXPECT_EQ(rename("b", "a"), "ok");
  crash();
  EXPECT_EQ(drain(), 0U);
  EXPECT_THAT(server_.tree(), ElementsAre(Pair("a", "second")));
}

TEST_F(WriteBackTest, AWaitingFileMovesWithItsDirectory) {
  server_.put_directory("d");
  const HandleId handle = create("f", 0644, node("d"));
  EXPECT_EQ(write(handle, 0, "content"), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(rename("d", "e"), "ok");
  crash();
  EXPECT_EQ(drain(), 0U);
  EXPECT_EQ(on_server("e/f"), "content");
}

TEST_F(WriteBackTest, AChangedFileThatMovesIsChangedInItsNewPlace) {
  server_.put("old", "old content");
  EXPECT_EQ(write_file("old", "new content"), "ok");
  EXPECT_EQ(rename("old", "moved"), "ok");
  crash();
  EXPECT_EQ(drain(), 0U);
  EXPECT_THAT(server_.tree(), ElementsAre(Pair("moved", "new content")));
}

TEST_F(WriteBackTest, SeveralChangesAreOneUpload) {
  EXPECT_EQ(write_new("new", "one"), "ok");
  HandleId handle = open("new", kAppend);
  EXPECT_EQ(write(handle, 0, " two"), "ok");
  EXPECT_EQ(close(handle), "ok");
  handle = open("new", kReadWrite);
  EXPECT_EQ(write(handle, 0, "ONE"), "ok");
  EXPECT_EQ(close(handle), "ok");
  crash();
  EXPECT_EQ(drain(), 0U);
  EXPECT_EQ(on_server("new"), "ONE two");
  EXPECT_EQ(server_.count(Verb::kPublish), 1);
}

TEST_F(WriteBackTest, WhatIsBeingWrittenAgainWaits) {
  mount_with(milliseconds(20));
  const HandleId handle = create("new");
  EXPECT_EQ(write(handle, 0, "whole"), "ok");
  EXPECT_EQ(close(handle), "ok");
  const HandleId again = open("new", kReadWrite);
  EXPECT_EQ(write(again, 0, "HALF"), "ok");
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_NE(on_server("new"), "HALFe");
  EXPECT_EQ(write(again, 4, "E"), "ok");
  EXPECT_EQ(close(again), "ok");
  EXPECT_TRUE(soon([&] { return on_server("new") == "HALFE"; }));
}

TEST_F(WriteBackTest, WhatWasClosedOutlivesACrashWhileItIsWrittenAnew) {
  for (const OpenMode mode : {kTruncate, kReadWrite}) {
    EXPECT_EQ(mode.truncate ? write_new("new", "closed") : write_file("new", "closed"), "ok");
    const HandleId handle = open("new", mode);
    EXPECT_EQ(write(handle, 0, "TORN"), "ok");
    const auto copy = staging_.path() + "/copy";  // the disk as a crash would leave it
    std::filesystem::remove_all(copy);
    std::filesystem::copy(options_.state_dir, copy);
    EXPECT_EQ(close(handle), "ok");
    EXPECT_EQ(drain(), 0U);
    EXPECT_EQ(on_server("new"), mode.truncate ? "TORN" : "TORNed");
    server_.erase("new");
    fs_.reset();
    const std::string journal = std::exchange(options_.state_dir, copy);
    crash();
    EXPECT_EQ(drain(), 0U);
    EXPECT_EQ(on_server("new"), "closed");
    options_.state_dir = journal;
    crash();
  }
}

TEST_F(WriteBackTest, WhatIsOnItsWayWhenItIsWrittenAnewIsNotPublished) {
  mount_with(milliseconds(0));
  const auto gate = server_.hold_next(Verb::kFinish);
  EXPECT_EQ(write_new("new", "first"), "ok");
  ASSERT_TRUE(gate->wait_reached());
  const HandleId handle = open("new", kTruncate);
  EXPECT_EQ(write(handle, 0, "second"), "ok");
  gate->release();
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_FALSE(on_server("new"));
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(drain(), 0U);
  EXPECT_THAT(server_.tree(), ElementsAre(Pair("new", "second")));
}

TEST_F(WriteBackTest, ACloseDoesNotWaitForAnUploadOfItsFile) {
  for (const Verb verb : {Verb::kFinish, Verb::kPublish}) {
    mount_with(milliseconds(0));
    const auto gate = server_.hold_next(verb, When::kAnswered);
    EXPECT_EQ(write_new("new", "first"), "ok");
    ASSERT_TRUE(gate->wait_reached());
    auto closed = std::async(std::launch::async, [&] { return write_file("new", "second"); });
    EXPECT_EQ(closed.wait_for(std::chrono::seconds(5)), std::future_status::ready);
    gate->release();
    EXPECT_EQ(closed.get(), "ok");
    EXPECT_EQ(drain(), 0U);
    EXPECT_THAT(server_.tree(), ElementsAre(Pair("new", "second")));
    crash();
    EXPECT_EQ(drain(), 0U);
    EXPECT_THAT(server_.tree(), ElementsAre(Pair("new", "second")));
    EXPECT_EQ(remove("new"), "ok");
  }
}

TEST_F(WriteBackTest, WhatWasSentOfOldContentIsNotTakenForTheNew) {
  const std::string old_content = pattern(2'000'000, 1);
  const std::string new_content = pattern(2'000'000, 2);
  EXPECT_EQ(write_new("new", old_content), "ok");
  ASSERT_TRUE(soon([&] { return server_.bytes_written == old_content.size(); })) << "while it settles";
  EXPECT_EQ(write_file("new", new_content), "ok");
  EXPECT_EQ(drain(), 0U);
  EXPECT_TRUE(on_server("new") == new_content);
  EXPECT_TRUE(soon([&] { return server_.tree().size() == 1; })) << "what was sent of the old is removed";
}

TEST_F(WriteBackTest, AFileMayBeSyncedAndRenamedAtOnce) {
  EXPECT_EQ(write_new("a", "content"), "ok");
  const HandleId handle = open("a", kReadWrite);
  EXPECT_EQ(outcome(fs_->sync(handle, context_)), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(rename("a", "b"), "ok");
  crash();
  EXPECT_EQ(drain(), 0U);
  EXPECT_THAT(server_.tree(), ElementsAre(Pair("b", "content")));
}

TEST_F(WriteBackTest, WhatWasNotClosedIsNotJournalled) {
  EXPECT_EQ(write_new("new", "closed"), "ok");
  const HandleId handle = open("new", kReadWrite);
  EXPECT_EQ(change(node("new"), to_size(0), handle), "ok");
  EXPECT_EQ(change(node("new"), to_mode(0600)), "ok");
  EXPECT_EQ(rename("new", "renamed"), "ok");
  const auto copy = staging_.path() + "/copy";
  std::filesystem::copy(options_.state_dir, copy);
  EXPECT_EQ(close(handle), "ok");
  fs_.reset();
  options_.state_dir = copy;
  crash();
  EXPECT_EQ(drain(), 0U);
  EXPECT_THAT(server_.tree(), ElementsAre(Pair("renamed", "closed")));
}

TEST_F(WriteBackTest, ARenameBetweenCloseAndReleaseIsJournalled) {
  server_.put("file", "old content");
  const HandleId handle = create("temporary");
  EXPECT_EQ(write(handle, 0, "new content"), "ok");
  EXPECT_EQ(flush(handle), "ok");
  EXPECT_EQ(rename("temporary", "file"), "ok");
  const auto copy = staging_.path() + "/copy";
  std::filesystem::copy(options_.state_dir, copy);
  fs_->release(handle, context_);
  fs_.reset();
  options_.state_dir = copy;
  crash();
  EXPECT_EQ(drain(), 0U);
  EXPECT_THAT(server_.tree(), ElementsAre(Pair("file", "new content")));
}

TEST_F(WriteBackTest, BothVersionsAreKeptAlsoWhenOursIsWrittenAnewMeanwhile) {
  server_.put("file", "old content");
  EXPECT_EQ(write_file("file", "ours"), "ok");
  server_.put("file", "theirs");
  const auto gate = server_.hold_next(Verb::kPublish);
  mount_with(milliseconds(0));
  ASSERT_TRUE(gate->wait_reached());
  const auto second = server_.hold_next(Verb::kPublish);
  gate->release();
  ASSERT_TRUE(second->wait_reached()) << "the copy";
  EXPECT_EQ(write_file("file", "ours, newer"), "ok");
  second->release();
  EXPECT_EQ(drain(), 0U);
  std::set<std::string> contents;
  for (const auto& [path, content] : server_.tree()) contents.insert(content);
  EXPECT_TRUE(contents.contains("theirs"));
  EXPECT_TRUE(contents.contains("ours, newer"));
}

TEST_F(WriteBackTest, AFileIsWrittenAndUploadedAgainAndAgainThroughOneHandle) {
  const HandleId handle = create("new");
  for (const char* text : {"a", "b", "c"}) {
    EXPECT_EQ(write(handle, 0, text), "ok");
    EXPECT_EQ(flush(handle), "ok");
    EXPECT_EQ(outcome(fs_->sync(handle, context_)), "ok");
    EXPECT_EQ(on_server("new"), text);
  }
  EXPECT_EQ(close(handle), "ok");
}

TEST_F(WriteBackTest, FsyncStillMeansTheServer) {
  const HandleId handle = create("new");
  EXPECT_EQ(write(handle, 0, "content"), "ok");
  EXPECT_EQ(outcome(fs_->sync(handle, context_)), "ok");
  EXPECT_EQ(on_server("new"), "content");
  EXPECT_EQ(close(handle), "ok");
  crash();
  EXPECT_EQ(drain(), 0U);
  EXPECT_EQ(server_.count(Verb::kPublish), 1);
}

TEST_F(WriteBackTest, WhatIsClosedAfterAnFsyncIsJournalledAsWhatWasClosedBefore) {
  server_.put("file", "old content");
  for (const bool crashes : {false, true}) {
    EXPECT_EQ(write_file("file", "first"), "ok");
    const HandleId handle = open("file", kRead);
    EXPECT_EQ(outcome(fs_->sync(handle, context_)), "ok");
    EXPECT_EQ(close(handle), "ok");
    EXPECT_EQ(on_server("file"), "first");
    EXPECT_EQ(write_file("file", "second"), "ok");
    if (crashes) crash();
    EXPECT_EQ(read_file("file"), "second");
    EXPECT_EQ(drain(), 0U);
    EXPECT_EQ(on_server("file"), "second");
    if (!crashes) crash();
  }
}

TEST_F(WriteBackTest, WhenBothSidesChangedBothVersionsAreKept) {
  server_.put("file", "old content");
  EXPECT_EQ(write_file("file", "ours"), "ok");
  server_.put("file", "theirs");
  crash();
  EXPECT_EQ(drain(), 0U);
  EXPECT_THAT(server_.tree(), ElementsAre(Pair("file", "theirs"), Pair(HasSubstr("file (conflict 20"), "ours")));
  EXPECT_EQ(read_file("file"), "theirs");
  EXPECT_EQ(write_file("file", "newer"), "ok");
  EXPECT_EQ(drain(), 0U);
  EXPECT_EQ(on_server("file"), "newer");
}

TEST_F(WriteBackTest, ASecondConflictOfOneNameHasANumber) {
  for (int i = 0; i < 2; ++i) {
    server_.put("file", "old content " + std::to_string(i));
    crash();
    EXPECT_EQ(write_file("file", "ours " + std::to_string(i)), "ok");
    server_.put("file", "theirs, again " + std::to_string(i));
    EXPECT_EQ(drain(), 0U);
  }
  EXPECT_EQ(server_.tree().size(), 3U);
}

TEST_F(WriteBackTest, WhereTheirsIsGoneOursTakesItsPlace) {
  server_.put("file", "old content");
  EXPECT_EQ(write_file("file", "ours"), "ok");
  server_.erase("file");
  EXPECT_EQ(drain(), 0U);
  EXPECT_THAT(server_.tree(), ElementsAre(Pair("file", "ours")));
}

TEST_F(WriteBackTest, AnUploadWhoseEndNobodySawIsNoConflict) {
  EXPECT_EQ(write_new("new", "content"), "ok");
  server_.fail_next(Verb::kPublish, ErrorKind::kConnectionLost, 1, When::kAnswered);
  EXPECT_EQ(drain(), 0U);
  EXPECT_THAT(server_.tree(), ElementsAre(Pair("new", "content")));
}

TEST_F(WriteBackTest, AnUploadThatWasDoneBeforeTheCrashIsNotDoneAgain) {
  EXPECT_EQ(write_new("new", "content"), "ok");
  EXPECT_EQ(change(node("new"), to_mtime(1'000'000'000)), "ok");
  server_.put("new", "content", 1'000'000'000);  // published, and the journal does not know yet
  crash();
  EXPECT_EQ(drain(), 0U);
  EXPECT_THAT(server_.tree(), ElementsAre(Pair("new", "content")));
  EXPECT_EQ(server_.count(Verb::kOpenWriter), 0);
}

TEST_F(WriteBackTest, AnOlderContentOfOursIsNoConflict) {
  EXPECT_EQ(write_new("new", "first"), "ok");
  const auto gate = server_.hold_next(Verb::kPublish, When::kAnswered);
  mount_with(milliseconds(0));
  ASSERT_TRUE(gate->wait_reached());
  EXPECT_EQ(write_file("new", "second one"), "ok");
  const auto copy = staging_.path() + "/copy";  // as a crash at this moment leaves the disk
  std::filesystem::copy(options_.state_dir, copy);
  const auto published = server_.attributes("new")->mtime;
  gate->release();
  fs_.reset();
  server_.put("new", "first", published);
  options_.state_dir = copy;
  crash();
  EXPECT_EQ(drain(), 0U);
  EXPECT_THAT(server_.tree(), ElementsAre(Pair("new", "second one")));
}

TEST_F(WriteBackTest, ABrokenLineIsTriedAgain) {
  server_.fail_next(Verb::kOpenWriter, ErrorKind::kConnectionLost, 4);
  EXPECT_EQ(write_new("new", "content"), "ok");
  EXPECT_EQ(drain(), 0U);
  EXPECT_EQ(on_server("new"), "content");
}

TEST_F(WriteBackTest, WhatTheServerRefusesIsKeptForLater) {
  server_.fail_next(Verb::kOpenWriter, ErrorKind::kPermission, 2);
  EXPECT_EQ(write_new("new", "content"), "ok");
  EXPECT_EQ(drain(), 1U);
  EXPECT_EQ(read_file("new"), "content");
  crash();
  EXPECT_EQ(drain(), 0U);
  EXPECT_EQ(on_server("new"), "content");
}

TEST_F(WriteBackTest, ADirectorysTimeIsSetAfterTheUploadsIntoIt) {
  server_.put_directory("d");
  const HandleId handle = create("f", 0644, node("d"));
  EXPECT_EQ(write(handle, 0, "content"), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(change(node("d"), to_mtime(1'000'000'000)), "ok");
  EXPECT_EQ(on_server("d/f"), "content");
}

TEST_F(WriteBackTest, ManyFilesAreUploadedAtOnce) {
  options_.uploads = 8;
  mount_with(std::chrono::minutes(10));
  server_.delay(Verb::kPublish, milliseconds(50));
  for (int i = 0; i < 40; ++i) ASSERT_EQ(write_new("file" + std::to_string(i), std::to_string(i)), "ok");
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(drain(), 0U);
  EXPECT_LT(std::chrono::steady_clock::now() - began, milliseconds(1500)) << "2 s one after another";
  for (int i = 0; i < 40; ++i) EXPECT_EQ(on_server("file" + std::to_string(i)), std::to_string(i));
}

TEST_F(WriteBackTest, AnUnwritableJournalSendsTheFileAtItsClose) {
  const HandleId handle = create("new");
  EXPECT_EQ(write(handle, 0, "content"), "ok");
  std::filesystem::remove_all(options_.state_dir);
  EXPECT_EQ(flush(handle), "input/output error");
  fs_->release(handle, context_);
  EXPECT_EQ(on_server("new"), "content");
}

TEST_F(WriteBackTest, AnUploadLeavesTheTimeOfItsDirectoryAlone) {
  server_.publishing_touches_directory = true;
  server_.put_directory("d");
  const NodeId directory = node("d");
  const HandleId handle = create("new", 0644, directory);
  write(handle, 0, "x");
  EXPECT_EQ(change(directory, to_mtime(777)), "ok");  // waits for what is closed, but not for this
  EXPECT_EQ(stat(directory).mtime, 777);
  EXPECT_EQ(close(handle), "ok");
  mount_with(milliseconds(0));
  EXPECT_EQ(drain(), 0U);
  EXPECT_NE(server_.attributes("d")->mtime, 777);
  EXPECT_EQ(find("d")->mtime, 777);
  clock_.advance(options_.cache_ttl);
  EXPECT_EQ(find("d")->mtime, 777);
  server_.put_directory("d");  // by somebody else
  clock_.advance(options_.cache_ttl);
  EXPECT_NE(find("d")->mtime, 777);
}

}  // namespace
}  // namespace ftpsfs::vfs
