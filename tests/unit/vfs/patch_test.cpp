// Small changes of large files, where the server can copy a file and take a part of one.
#include <future>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kProbe = 61;  // bytes sent to find out whether the server can

class PatchTest : public FilesystemTest {
 protected:
  PatchTest() : content_(pattern(12 * kMiB)) {
    server_.capable.copy = server_.copies = true;
    server_.put("disk", content_);
  }

  void mount_with(bool write_back) {
    options_.state_dir = staging_.path() + "/state";
    options_.write_back = write_back;
    options_.settle = std::chrono::hours(1);
    options_.staging_dir = options_.state_dir;
    fs_.reset();
    fs_ = make_filesystem(server_, clock_, options_).value();
  }
  std::size_t drain() {
    const std::chrono::seconds limit(20);
    return fs_->drain(Context{limit, Deadline::after(limit), nullptr}).files;
  }

  /// In the file and in what it should be.
  void change(HandleId handle, std::size_t offset, std::string_view text) {
    EXPECT_EQ(write(handle, offset, text), "ok");
    if (content_.size() < offset + text.size()) content_.resize(offset + text.size());
    content_.replace(offset, text.size(), text);
  }
  HandleId changed(std::size_t offset, std::string_view text) {
    const HandleId handle = open("disk", kReadWrite);
    change(handle, offset, text);
    return handle;
  }
  void expect_on_server() { EXPECT_TRUE(on_server("disk") == content_); }
  /// Without what the probe took.
  [[nodiscard]] std::size_t sent() const { return server_.bytes_written - kProbe; }
  std::set<std::string> all_on_server() {
    std::set<std::string> all;
    for (const auto& [path, content] : server_.tree()) all.insert(path);
    return all;
  }

  std::string content_;
};

TEST_F(PatchTest, TheChangedBytesAloneCrossTheLine) {
  EXPECT_EQ(close(changed(5 * kMiB, "some bytes")), "ok");
  expect_on_server();
  EXPECT_EQ(sent(), 10U);
  EXPECT_LT(server_.bytes_read, 100U) << "the probe's";
  EXPECT_EQ(server_.count(Verb::kPublish), 1) << "the old content stays whole until the new one is";
  EXPECT_EQ(all_on_server(), std::set<std::string>{"disk"});
  EXPECT_TRUE(read_file("disk") == content_.substr(0, kMiB));
}

TEST_F(PatchTest, TheServerIsProbedOnce) {
  for (const std::size_t at : {kMiB, 3 * kMiB}) EXPECT_EQ(close(changed(at, "x")), "ok");
  expect_on_server();
  EXPECT_EQ(sent(), 2U);
}

TEST_F(PatchTest, RangesApartAreSentApartAndThoseNearbyTogether) {
  const HandleId handle = changed(2 * kMiB, "one");
  change(handle, 2 * kMiB + 100'000, "two");
  change(handle, 8 * kMiB, "three");
  EXPECT_EQ(close(handle), "ok");
  expect_on_server();
  EXPECT_EQ(sent(), 100'003U + 5U);
}

TEST_F(PatchTest, WhereItWouldNotPayAllIsSent) {
  const HandleId handle = changed(kMiB, "one");
  for (const std::size_t at : {3 * kMiB, 5 * kMiB, 7 * kMiB}) change(handle, at, "more");
  EXPECT_EQ(close(handle), "ok");
  expect_on_server();
  EXPECT_EQ(server_.bytes_written, content_.size());
}

TEST_F(PatchTest, AFileMayGrowMeanwhileWithAHoleToo) {
  const HandleId handle = changed(2 * kMiB, "middle");
  change(handle, content_.size() + 1000, "end");
  EXPECT_EQ(close(handle), "ok");
  expect_on_server();
  EXPECT_EQ(sent(), 6U + 1003U);
}

TEST_F(PatchTest, AFileThatWasCutAndGrewAgainHasZerosThere) {
  const HandleId handle = open("disk", kReadWrite);
  EXPECT_EQ(FilesystemTest::change(node("disk"), to_size(11 * kMiB), handle), "ok");
  EXPECT_EQ(FilesystemTest::change(node("disk"), to_size(12 * kMiB), handle), "ok");
  content_.replace(11 * kMiB, kMiB, kMiB, '\0');
  EXPECT_EQ(close(handle), "ok");
  expect_on_server();
  EXPECT_EQ(sent(), kMiB);
}

TEST_F(PatchTest, AFileThatBecameShorterIsSentWhole) {
  const HandleId handle = changed(kMiB, "x");
  EXPECT_EQ(FilesystemTest::change(node("disk"), to_size(content_.size() - 1), handle), "ok");
  content_.pop_back();
  EXPECT_EQ(close(handle), "ok");
  expect_on_server();
  EXPECT_EQ(server_.bytes_written, content_.size());
}

TEST_F(PatchTest, TheFirstByteCannotBePatchedButMayBeWrittenAsItWas) {
  EXPECT_EQ(close(changed(0, content_.substr(0, 1) + "header")), "ok");
  expect_on_server();
  EXPECT_EQ(sent(), 6U);
  server_.bytes_written = 0;
  EXPECT_EQ(close(changed(0, "#header")), "ok");
  expect_on_server();
  EXPECT_EQ(server_.bytes_written, content_.size());
}

TEST_F(PatchTest, EachFsyncSendsWhatIsNewSinceTheLast) {
  const HandleId handle = changed(2 * kMiB, "one");
  EXPECT_EQ(outcome(fs_->sync(handle, context_)), "ok");
  change(handle, 4 * kMiB, "two");
  EXPECT_EQ(close(handle), "ok");
  expect_on_server();
  EXPECT_EQ(sent(), 6U);
}

TEST_F(PatchTest, ModeAndTimeAreTheFilesOwn) {
  const HandleId handle = changed(kMiB, "x");
  EXPECT_EQ(FilesystemTest::change(node("disk"), to_mode(0640, 1'000'000'000), handle), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(server_.attributes("disk")->mode, 0640U);
  EXPECT_EQ(server_.attributes("disk")->mtime, 1'000'000'000);
}

TEST_F(PatchTest, AServerThatDoesNotKeepTheRestGetsAll) {
  using Patches = test::FakeRemoteFs::Patches;
  for (const Patches each : {Patches::kCut, Patches::kRefused}) {
    server_.patches = each;
    mount();
    server_.bytes_written = 0;
    EXPECT_EQ(close(changed(kMiB, "x")), "ok");
    EXPECT_EQ(close(changed(2 * kMiB, "y")), "ok");
    expect_on_server();
    EXPECT_GT(server_.bytes_written, 2 * content_.size());
    EXPECT_EQ(server_.count(Verb::kCopy), 0) << "the probe told before";
    EXPECT_EQ(all_on_server(), std::set<std::string>{"disk"});
  }
}

TEST_F(PatchTest, WhatTheServerWillNotCopyIsSentWhole) {
  server_.fail_next(Verb::kCopy, ErrorKind::kUnsupported);
  EXPECT_EQ(close(changed(kMiB, "x")), "ok");
  expect_on_server();
  EXPECT_EQ(all_on_server(), std::set<std::string>{"disk"});
}

TEST_F(PatchTest, WhereAppendsAreRewritesAllIsSent) {
  options_.append_rewrites = true;
  mount();
  EXPECT_EQ(close(changed(kMiB, "x")), "ok");
  expect_on_server();
  EXPECT_EQ(server_.bytes_written, content_.size());
}

TEST_F(PatchTest, ALineThatBreaksMidwayIsTriedOnceMore) {
  const HandleId handle = changed(kMiB, "one");
  change(handle, 6 * kMiB, "two");
  EXPECT_EQ(outcome(fs_->sync(handle, context_)), "ok");  // the probe's writes are over
  change(handle, 2 * kMiB, "three");
  server_.fail_next(Verb::kWrite, ErrorKind::kConnectionLost);
  EXPECT_EQ(close(handle), "ok");
  expect_on_server();
  EXPECT_EQ(all_on_server(), std::set<std::string>{"disk"});
}

TEST_F(PatchTest, AStrangersChangeIsAConflict) {
  const HandleId handle = changed(kMiB, "x");
  server_.put("disk", pattern(12 * kMiB, 5));
  EXPECT_EQ(close(handle), "conflict");
  EXPECT_TRUE(on_server("disk") == pattern(12 * kMiB, 5));
  EXPECT_EQ(all_on_server(), std::set<std::string>{"disk"});
}

TEST_F(PatchTest, WhatFailedIsKeptAsChangesAndRetriedAsSuch) {
  mount_with(false);
  server_.fail_next(Verb::kCopy, ErrorKind::kNoSpace, 2);  // close, and release
  EXPECT_EQ(close(changed(kMiB, "ours")), "no space");
  mount_with(false);
  server_.bytes_read = server_.bytes_written = 0;
  EXPECT_EQ(outcome(fs_->retry("disk", context_)), "ok");
  expect_on_server();
  EXPECT_EQ(sent(), 4U);
  EXPECT_LT(server_.bytes_read, 100U);
}

TEST_F(PatchTest, WithWriteBackTheChangesAloneWaitAlsoForTheNextMount) {
  mount_with(true);
  EXPECT_EQ(close(changed(kMiB, "one")), "ok");
  EXPECT_EQ(server_.bytes_read, 0U);
  mount_with(true);
  EXPECT_EQ(close(changed(3 * kMiB, "two")), "ok");
  EXPECT_TRUE(read_file("disk") == content_.substr(0, kMiB));
  mount_with(true);
  EXPECT_EQ(drain(), 0U);
  expect_on_server();
  EXPECT_EQ(sent(), 6U);
  EXPECT_LT(server_.bytes_read, 4 * kMiB) << "what was looked at, and the probe's";
}

TEST_F(PatchTest, WhatIsWrittenWhileItIsBeingSentFollowsAlone) {
  mount_with(true);
  EXPECT_EQ(close(changed(kMiB, "probed")), "ok");
  EXPECT_EQ(outcome(fs_->sync_all(context_)), "ok");
  server_.bytes_written = 0;
  const auto gate = server_.hold_next(Verb::kCopy);
  EXPECT_EQ(close(changed(2 * kMiB, "one")), "ok");
  auto synced = std::async(std::launch::async, [&] { return outcome(fs_->sync_all(context_)); });
  ASSERT_TRUE(gate->wait_reached());
  EXPECT_EQ(close(changed(4 * kMiB, "two")), "ok");
  gate->release();
  EXPECT_EQ(drain(), 0U);
  EXPECT_EQ(synced.get(), "ok");
  expect_on_server();
  EXPECT_LT(server_.bytes_written, 20U);
}

TEST_F(PatchTest, WhatIsWrittenWhileTheServerCopiesIsNotTakenForSent) {
  mount_with(true);
  EXPECT_EQ(close(changed(kMiB, "probed")), "ok");
  EXPECT_EQ(outcome(fs_->sync_all(context_)), "ok");
  const HandleId handle = changed(2 * kMiB, "one");
  const auto copying = server_.hold_next(Verb::kCopy);
  const auto publishing = server_.hold_next(Verb::kPublish);
  auto synced = std::async(std::launch::async, [&] { return outcome(fs_->sync(handle, context_)); });
  ASSERT_TRUE(copying->wait_reached());
  change(handle, 4 * kMiB, "two");
  EXPECT_EQ(flush(handle), "ok");
  copying->release();
  ASSERT_TRUE(publishing->wait_reached());
  change(handle, 6 * kMiB, "three");
  publishing->release();
  (void)synced.get();
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(drain(), 0U);
  expect_on_server();
}

TEST_F(PatchTest, AfterACommitTheRestIsReadFromTheNewContent) {
  for (const bool write_back : {false, true}) {
    mount_with(write_back);
    const HandleId handle = changed(kMiB, "one");
    EXPECT_EQ(outcome(fs_->sync(handle, context_)), "ok");
    EXPECT_TRUE(read(handle, 5 * kMiB, kMiB) == content_.substr(5 * kMiB, kMiB));
    change(handle, 8 * kMiB, "two");
    change(handle, 8 * kMiB + 100'000, "three");  // what lies between goes along, and is only on the server
    EXPECT_EQ(outcome(fs_->sync(handle, context_)), "ok");
    change(handle, 9 * kMiB, "four");
    change(handle, 9 * kMiB + 100'000, "five");
    EXPECT_EQ(close(handle), "ok");
    EXPECT_EQ(drain(), 0U);
    expect_on_server();
    EXPECT_EQ(all_on_server(), std::set<std::string>{"disk"}) << "nobody else wrote to it";
  }
}

TEST_F(PatchTest, AFirstByteThatIsThereAndBackIsSentBothTimes) {
  const HandleId handle = open("disk", kReadWrite);
  for (const std::string_view byte : {"#", "a", "#"}) {
    change(handle, 0, byte);
    EXPECT_EQ(outcome(fs_->sync(handle, context_)), "ok");
    expect_on_server();
  }
  EXPECT_EQ(close(handle), "ok");
}

TEST_F(PatchTest, AFileThatIsCutBeforeItIsSentIsCutThereToo) {
  options_.verify_upload = VerifyUpload::kNone;
  mount();
  EXPECT_EQ(close(changed(kMiB, "probed")), "ok");
  const HandleId handle = changed(2 * kMiB, "one");
  const auto copying = server_.hold_next(Verb::kCopy);
  auto synced = std::async(std::launch::async, [&] { return outcome(fs_->sync(handle, context_)); });
  ASSERT_TRUE(copying->wait_reached());
  EXPECT_EQ(FilesystemTest::change(node("disk"), to_size(11 * kMiB), handle), "ok");
  content_.resize(11 * kMiB);
  copying->release();
  (void)synced.get();
  EXPECT_EQ(close(handle), "ok");
  expect_on_server();
}

TEST_F(PatchTest, AServerThatDoesNotGetToTheEndOfACopyIsSentAll) {
  server_.fail_next(Verb::kCopy, ErrorKind::kTimeout);
  EXPECT_EQ(close(changed(kMiB, "x")), "ok");
  expect_on_server();
  EXPECT_GE(server_.bytes_written, content_.size());
  EXPECT_EQ(server_.count(Verb::kCopy), 1);
}

TEST_F(PatchTest, AServerThatIsFullWhenItIsProbedIsProbedAgain) {
  server_.fail_next(Verb::kWrite, ErrorKind::kNoSpace);
  EXPECT_EQ(flush(changed(kMiB, "x")), "no space");
  mount();
  EXPECT_EQ(close(changed(2 * kMiB, "y")), "ok");
  content_.replace(kMiB, 1, on_server("disk")->substr(kMiB, 1));
  expect_on_server();
  EXPECT_EQ(server_.count(Verb::kCopy), 1);
}

TEST_F(PatchTest, SmallFilesAreSentWhole) {
  server_.put("small", "");
  EXPECT_EQ(write_file("small", ""), "ok");
  EXPECT_EQ(server_.count(Verb::kCopy), 0);
}

TEST_F(PatchTest, AFileToBeWrittenInPlaceWaitsWhole) {
  options_.commit = CommitMode::kInPlace;
  mount_with(true);
  EXPECT_EQ(close(changed(kMiB, "ours")), "ok");
  server_.put("disk", "theirs");
  EXPECT_EQ(drain(), 0U);
  std::set<std::string> others = all_on_server();
  others.erase("disk");
  ASSERT_EQ(others.size(), 1U);
  EXPECT_TRUE(on_server(*others.begin()) == content_);
}

TEST_F(PatchTest, BesideAStrangersContentWhatWasChangedHereIsKept) {
  mount_with(true);
  EXPECT_EQ(close(changed(kMiB, "ours")), "ok");
  server_.put("disk", "theirs");
  EXPECT_EQ(drain(), 0U);
  EXPECT_EQ(on_server("disk"), "theirs");
  std::set<std::string> others = all_on_server();
  others.erase("disk");
  ASSERT_EQ(others.size(), 1U);
  std::string expected(content_.size(), '\0');
  expected.replace(kMiB, 4, "ours");
  EXPECT_TRUE(on_server(*others.begin()) == expected);
}

}  // namespace
}  // namespace ftpsfs::vfs
