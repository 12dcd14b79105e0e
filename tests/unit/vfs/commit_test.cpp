// When and how content gets to the server.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <thread>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

using std::chrono::milliseconds;

class CommitTest : public FilesystemTest {
 protected:
  CommitTest() { server_.put("old", "old content"); }

  /// What another program does on the server meanwhile.
  void change_elsewhere(const std::string& path, std::string content) { server_.put(path, std::move(content)); }
  [[nodiscard]] bool nothing_is_left_over() {
    const auto tree = server_.tree();
    return std::none_of(tree.begin(), tree.end(), [](const auto& each) { return each.first.find(".ftpsfs-") == 0; });
  }
};

TEST_F(CommitTest, CloseCommitsOnceUnderATemporaryName) {
  const HandleId handle = create("new");
  EXPECT_EQ(write(handle, 0, "hello "), "ok");
  EXPECT_EQ(write(handle, 6, "world"), "ok");
  const auto gate = server_.hold_next(Verb::kPublish);
  auto closed = std::async(std::launch::async, [&] { return close(handle); });
  ASSERT_TRUE(gate->wait_reached());
  EXPECT_FALSE(on_server("new")) << "not before it is whole";
  gate->release();
  EXPECT_EQ(closed.get(), "ok");
  EXPECT_EQ(on_server("new"), "hello world");
  EXPECT_EQ(server_.count(Verb::kPublish), 1) << "release finds nothing to do";
  EXPECT_TRUE(nothing_is_left_over());
}

TEST_F(CommitTest, TheOldFileStaysUntilTheNewOneIsWhole) {
  const HandleId handle = open("old", kTruncate);
  EXPECT_EQ(write(handle, 0, "new"), "ok");
  const auto gate = server_.hold_next(Verb::kPublish);
  auto closed = std::async(std::launch::async, [&] { return close(handle); });
  ASSERT_TRUE(gate->wait_reached());
  EXPECT_EQ(on_server("old"), "old content");
  gate->release();
  EXPECT_EQ(closed.get(), "ok");
  EXPECT_EQ(on_server("old"), "new");
}

TEST_F(CommitTest, AChangedPartIsCommittedWithTheRest) {
  const HandleId handle = open("old", kReadWrite);
  EXPECT_EQ(write(handle, 4, "CON"), "ok");
  EXPECT_EQ(read(handle), "old CONtent");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(on_server("old"), "old CONtent");
}

TEST_F(CommitTest, AFailedUploadLeavesTheOldFileAndIsReported) {
  const HandleId handle = open("old", kTruncate);
  EXPECT_EQ(write(handle, 0, "new"), "ok");
  server_.fail_next(Verb::kFinish, ErrorKind::kNoSpace, 2);
  EXPECT_EQ(flush(handle), "no space");
  EXPECT_EQ(on_server("old"), "old content");
  EXPECT_TRUE(nothing_is_left_over());
  fs_->release(handle, context_);
  EXPECT_EQ(on_server("old"), "old content");
  EXPECT_EQ(staging_.contents(), (std::multiset<std::string>{"new"})) << "what was written is kept";
  EXPECT_TRUE(nothing_is_left_over());
}

TEST_F(CommitTest, AFailedCloseMayStillSucceedAtRelease) {
  const HandleId handle = open("old", kTruncate);
  write(handle, 0, "new");
  server_.fail_next(Verb::kPublish, ErrorKind::kQuota);
  EXPECT_EQ(close(handle), "quota exceeded");
  EXPECT_EQ(on_server("old"), "new");
  EXPECT_TRUE(staging_.contents().empty());
}

TEST_F(CommitTest, ABrokenLineIsTriedOnceMore) {
  for (const Verb verb : {Verb::kOpenWriter, Verb::kWrite, Verb::kFinish, Verb::kPublish}) {
    server_.fail_next(verb, ErrorKind::kConnectionLost);
    EXPECT_EQ(write_file("old", "new"), "ok");
    EXPECT_EQ(on_server("old"), "new");
    EXPECT_TRUE(nothing_is_left_over());
  }
}

TEST_F(CommitTest, AfterAFailedCommitTheKernelsPagesAreNotKept) {
  EXPECT_EQ(read_file("old"), "old content");
  EXPECT_TRUE(open_keeps_cache("old"));
  server_.fail_next(Verb::kPublish, ErrorKind::kQuota, 2);
  EXPECT_EQ(write_file("old", "NEW content"), "quota exceeded");
  EXPECT_FALSE(open_keeps_cache("old"));
  EXPECT_EQ(read_file("old"), "old content");
}

TEST_F(CommitTest, AnotherTryIsMadeWhenTheServerIsNotLeftAloneAnyMore) {
  const HandleId handle = create("new");
  write(handle, 0, "text");
  server_.set_outage(remote::Outage{std::chrono::seconds(1), Error{ErrorKind::kConnectionRefused, "refused"}});
  server_.fail_next(Verb::kOpenWriter, ErrorKind::kConnectionRefused);
  auto closed = std::async(std::launch::async, [&] { return close(handle); });
  for (int i = 0; i < 1000 && server_.count(Verb::kOpenWriter) == 0; ++i) std::this_thread::sleep_for(milliseconds(1));
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_EQ(server_.count(Verb::kOpenWriter), 1);
  server_.set_outage(std::nullopt);
  EXPECT_EQ(closed.get(), "ok");
  EXPECT_EQ(on_server("new"), "text");
}

TEST_F(CommitTest, FlushByAnotherProcessDoesNotCommit) {
  const HandleId handle = create("log");
  write(handle, 0, "half ");
  EXPECT_EQ(flush(handle, kOtherProgram), "ok");
  EXPECT_EQ(server_.count(Verb::kPublish), 0);
  write(handle, 5, "whole");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(on_server("log"), "half whole");
  EXPECT_EQ(server_.count(Verb::kPublish), 1);
}

TEST_F(CommitTest, FlushByWhoGoesOnWithoutTheOpenerCommits) {
  const pid_t opener = ::fork();
  ASSERT_GE(opener, 0);
  if (opener == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(opener, nullptr, 0), opener);
  const HandleId handle = open("old", kTruncate, opener);
  write(handle, 0, "a daemon's");
  server_.fail_next(Verb::kPublish, ErrorKind::kQuota);
  EXPECT_EQ(flush(handle, kOtherProgram), "quota exceeded");
  EXPECT_EQ(flush(handle, kOtherProgram), "ok");
  EXPECT_EQ(on_server("old"), "a daemon's");
  fs_->release(handle, context_);
}

TEST_F(CommitTest, FlushBeforeTheFirstWriteDoesNotCommit) {
  const HandleId created = create("new");
  EXPECT_EQ(flush(created), "ok");
  const HandleId truncated = open("old", kTruncate);
  EXPECT_EQ(flush(truncated), "ok");
  EXPECT_EQ(server_.count(Verb::kPublish), 0);
  fs_->release(created, context_);
  fs_->release(truncated, context_);
  EXPECT_EQ(on_server("new"), "") << "an empty file is committed at the last close";
  EXPECT_EQ(on_server("old"), "");
}

TEST_F(CommitTest, OpeningForWritingChangesNothing) {
  EXPECT_EQ(close(open("old", kReadWrite)), "ok");
  EXPECT_EQ(server_.count(Verb::kOpenWriter), 0);
}

TEST_F(CommitTest, FsyncCommits) {
  const HandleId handle = create("new");
  write(handle, 0, "one");
  EXPECT_EQ(outcome(fs_->sync(handle, context_)), "ok");
  EXPECT_EQ(on_server("new"), "one");
  EXPECT_EQ(outcome(fs_->sync(handle, context_)), "ok");
  EXPECT_EQ(server_.count(Verb::kPublish), 1);
  write(handle, 3, "two");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(on_server("new"), "onetwo");
}

TEST_F(CommitTest, FsyncReportsAFailure) {
  const HandleId handle = create("new");
  write(handle, 0, "one");
  server_.fail_next(Verb::kPublish, ErrorKind::kQuota);
  EXPECT_EQ(outcome(fs_->sync(handle, context_)), "quota exceeded");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(on_server("new"), "one");
}

TEST_F(CommitTest, ACommitIsNotInterrupted) {
  const HandleId handle = create("new");
  write(handle, 0, "one");
  Context interrupted;
  interrupted.cancellation = std::make_shared<Cancellation>();
  interrupted.cancellation->cancel();
  EXPECT_EQ(outcome(fs_->flush(handle, kProgram, interrupted)), "ok");
  EXPECT_EQ(on_server("new"), "one");
  close(handle);
}

TEST_F(CommitTest, WritesDuringACommitAreCommittedNext) {
  const HandleId handle = create("new");
  write(handle, 0, "one");
  const auto gate = server_.hold_next(Verb::kPublish);
  auto synced = std::async(std::launch::async, [&] { return outcome(fs_->sync(handle, context_)); });
  ASSERT_TRUE(gate->wait_reached());
  EXPECT_EQ(write(handle, 3, "two"), "ok") << "no write waits for the server";
  gate->release();
  EXPECT_EQ(synced.get(), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(on_server("new"), "onetwo");
}

TEST_F(CommitTest, AFileCutWhileItIsSentIsSentAgain) {
  const HandleId handle = create("new");
  write(handle, 0, pattern(1'000'000));
  const auto gate = server_.hold_next(Verb::kWrite);
  auto flushed = std::async(std::launch::async, [&] { return flush(handle); });
  ASSERT_TRUE(gate->wait_reached());
  EXPECT_EQ(change(node("new"), to_size(10), handle), "ok");
  gate->release();
  EXPECT_EQ(flushed.get(), "ok");
  EXPECT_EQ(on_server("new"), pattern(10));
  EXPECT_TRUE(nothing_is_left_over());
  close(handle);
}

TEST_F(CommitTest, AnAppendIgnoresTheKernelsOffset) {
  const HandleId first = open("old", kAppend);
  const HandleId second = open("old", kAppend, kOtherProgram);
  EXPECT_EQ(write(first, 11, "+1"), "ok");
  EXPECT_EQ(write(second, 11, "+2"), "ok");
  EXPECT_EQ(close(first), "ok");
  EXPECT_EQ(flush(second, kOtherProgram), "ok");
  fs_->release(second, context_);
  EXPECT_EQ(on_server("old"), "old content+1+2");
}

TEST_F(CommitTest, AnAppendingHandleBypassesTheKernelsPages) {
  const auto opened = fs_->open(node("old"), kAppend, kProgram, context_);
  EXPECT_TRUE(opened->direct_io);
  fs_->release(opened->handle, context_);
}

TEST_F(CommitTest, OnlyTheLastWriterCommitsAtRelease) {
  const HandleId first = open("old", kTruncate);
  const HandleId second = open("old", kWrite);
  fs_->release(first, context_);
  EXPECT_EQ(on_server("old"), "old content");
  fs_->release(second, context_);
  EXPECT_EQ(on_server("old"), "");
}

TEST_F(CommitTest, TruncateByNameCommitsBeforeItsReply) {
  EXPECT_EQ(change(node("old"), to_size(3)), "ok");
  EXPECT_EQ(on_server("old"), "old");
  EXPECT_EQ(change(node("old"), to_size(5)), "ok");
  EXPECT_EQ(on_server("old"), std::string("old\0\0", 5));
  EXPECT_EQ(change(node("old"), to_size(0)), "ok");
  EXPECT_EQ(on_server("old"), "");
}

TEST_F(CommitTest, TruncateByNameReportsAFailure) {
  server_.fail_next(Verb::kPublish, ErrorKind::kQuota, 2);
  EXPECT_EQ(change(node("old"), to_size(3)), "quota exceeded");
  EXPECT_EQ(on_server("old"), "old content");
}

TEST_F(CommitTest, TruncateByHandleIsCommittedWithTheRest) {
  const HandleId handle = open("old", kWrite);
  EXPECT_EQ(change(node("old"), to_size(3), handle), "ok");
  EXPECT_EQ(stat(node("old")).size, 3U);
  EXPECT_EQ(server_.count(Verb::kPublish), 0);
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(on_server("old"), "old");
}

TEST_F(CommitTest, ATruncatingOpenCutsWhatAnotherHandleWrote) {
  const HandleId first = open("old", kWrite);
  write(first, 0, "something longer than before");
  const HandleId second = open("old", kTruncate);
  write(second, 0, "cut");
  close(second);
  close(first);
  EXPECT_EQ(on_server("old"), "cut");
}

TEST_F(CommitTest, ATimeSetWhileDirtyIsCommitted) {
  const HandleId handle = create("new");
  write(handle, 0, "x");
  EXPECT_EQ(change(node("new"), to_mode(0600, 1'234'567), handle), "ok");
  EXPECT_EQ(server_.count(Verb::kSetMtime), 0);
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(server_.attributes("new")->mtime, 1'234'567);
  EXPECT_EQ(server_.attributes("new")->mode, 0600U);
  EXPECT_EQ(stat(node("new")).mtime, 1'234'567);
}

TEST_F(CommitTest, AReplacedFileKeepsItsMode) {
  remote::Attributes now = *server_.attributes("old");
  now.mode = 0640;
  server_.set_attributes("old", now);
  EXPECT_EQ(write_file("old", "new"), "ok");
  EXPECT_EQ(server_.attributes("old")->mode, 0640U);
}

TEST_F(CommitTest, AStrangersNewContentIsNotReplaced) {
  const HandleId handle = open("old", kReadWrite);
  write(handle, 0, "OURS");
  read(handle);  // all of the old content is here
  change_elsewhere("old", "the stranger's");
  EXPECT_EQ(close(handle), "conflict");
  EXPECT_EQ(on_server("old"), "the stranger's");
  EXPECT_EQ(staging_.contents(), (std::multiset<std::string>{"OURScontent"}));
  EXPECT_TRUE(nothing_is_left_over());
}

TEST_F(CommitTest, AStrangersNewFileIsNotReplaced) {
  const HandleId handle = create("new");
  write(handle, 0, "ours");
  change_elsewhere("new", "theirs");
  EXPECT_EQ(close(handle), "conflict");
  EXPECT_EQ(on_server("new"), "theirs");
  EXPECT_EQ(staging_.contents(), (std::multiset<std::string>{"ours"}));
}

TEST_F(CommitTest, WithoutExactTimesTheSizeStillTellsAConflict) {
  remote::Attributes vague = *server_.attributes("old");
  vague.mtime_exact = false;
  vague.unique.clear();
  server_.set_attributes("old", vague);
  const HandleId handle = open("old", kTruncate);
  write(handle, 0, "ours");
  change_elsewhere("old", "theirs, of another size");
  EXPECT_EQ(close(handle), "conflict");
  EXPECT_EQ(on_server("old"), "theirs, of another size");
}

TEST_F(CommitTest, OurOwnCommitsAreNoConflict) {
  const HandleId handle = open("old", kTruncate);
  for (const char* text : {"one", "two", "three"}) {
    write(handle, 0, text);
    EXPECT_EQ(flush(handle), "ok");
    EXPECT_EQ(on_server("old"), text);
  }
  EXPECT_EQ(change(node("old"), to_mtime(77), handle), "ok");
  EXPECT_EQ(change(node("old"), to_mode(0600), handle), "ok");
  write(handle, 0, "fourth");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(on_server("old"), "fourth");
}

TEST_F(CommitTest, TwoFilesOfOneNameAreBothRescued) {
  server_.put_directory("a");
  server_.put_directory("b");
  const HandleId first = create("same", 0644, node("a"));
  const HandleId second = create("same", 0644, node("b"));
  write(first, 0, "first");
  write(second, 0, "second");
  server_.fail_next(Verb::kOpenWriter, ErrorKind::kPermission, 8);
  close(first);
  close(second);
  EXPECT_EQ(staging_.contents(), (std::multiset<std::string>{"first", "second"}));
}

TEST_F(CommitTest, AFullStagingDirectoryIsToldAtOnce) {
  options_.staging_dir = "/nonexistent";
  fs_ = make_filesystem(server_, clock_, options_).value();
  EXPECT_EQ(outcome(fs_->create(kRootNode, "new", 0644, kWrite, kProgram, context_)), "input/output error");
  EXPECT_EQ(names(), (std::set<std::string>{"old"}));
}

}  // namespace
}  // namespace ftpsfs::vfs
