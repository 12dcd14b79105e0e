// Commits that write into the file itself.
#include <gmock/gmock.h>

#include <algorithm>
#include <future>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

using testing::ElementsAre;
using testing::Pair;

class InPlaceTest : public FilesystemTest {
 protected:
  InPlaceTest() { server_.put("old", "old content"); }
  void mount_with(CommitMode mode) {
    options_.commit = mode;
    mount();
  }
};

TEST_F(InPlaceTest, TheFileKeepsItsIdentity) {
  mount_with(CommitMode::kInPlace);
  const auto before = server_.attributes("old");
  EXPECT_EQ(write_file("old", "new"), "ok");
  EXPECT_EQ(on_server("old"), "new");
  EXPECT_EQ(server_.attributes("old")->unique, before->unique);
  EXPECT_EQ(server_.attributes("old")->mode, before->mode);
  EXPECT_EQ(read_file("old"), "new");
  EXPECT_EQ(server_.count(Verb::kPublish), 0);
}

TEST_F(InPlaceTest, ANewFileHasTimeAndMode) {
  mount_with(CommitMode::kInPlace);
  const HandleId handle = create("new", 0600);
  write(handle, 0, "content");
  EXPECT_EQ(change(node("new"), to_mtime(1'000'000'000)), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(on_server("new"), "content");
  EXPECT_EQ(server_.attributes("new")->mtime, 1'000'000'000);
  EXPECT_EQ(server_.attributes("new")->mode, 0600U);
}

TEST_F(InPlaceTest, NothingIsSentAheadOfTheCommit) {
  mount_with(CommitMode::kInPlace);
  const HandleId handle = open("old", kTruncate);
  const std::string content = pattern(2 * 1024 * 1024);
  EXPECT_EQ(write(handle, 0, content), "ok");
  EXPECT_EQ(on_server("old"), "old content");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(on_server("old") == content);
  EXPECT_EQ(server_.count(Verb::kOpenWriter), 1);
}

TEST_F(InPlaceTest, AChangeElsewhereIsNotReplaced) {
  mount_with(CommitMode::kInPlace);
  const HandleId handle = open("old", kTruncate);
  write(handle, 0, "new");
  server_.put("old", "somebody else's");
  EXPECT_EQ(flush(handle), "conflict");
  EXPECT_EQ(on_server("old"), "somebody else's");
  fs_->release(handle, context_);
  const HandleId created = create("new");
  write(created, 0, "ours");
  server_.put("new", "theirs");
  EXPECT_EQ(flush(created), "conflict");
  EXPECT_EQ(on_server("new"), "theirs");
  fs_->release(created, context_);
}

TEST_F(InPlaceTest, TheWholeOldContentIsHereBeforeItIsGoneThere) {
  mount_with(CommitMode::kInPlace);
  const std::string content = pattern(300'000);
  server_.put("large", content);
  const HandleId handle = open("large", kReadWrite);
  EXPECT_EQ(write(handle, 10, "#"), "ok");
  EXPECT_EQ(close(handle), "ok");
  std::string expected = content;
  expected[10] = '#';
  EXPECT_TRUE(on_server("large") == expected);
}

TEST_F(InPlaceTest, WhatBrokeOffIsSentAgain) {
  for (const char* name : {"old", "new"}) {
    mount_with(CommitMode::kInPlace);
    const HandleId handle = name == std::string("old") ? open(name, kTruncate) : create(name);
    write(handle, 0, "new content, longer than the old");
    server_.fail_next(Verb::kFinish, ErrorKind::kConnectionLost, 2);
    EXPECT_EQ(flush(handle), "connection lost");
    server_.put_end_off(name, 5);
    EXPECT_EQ(close(handle), "ok");
    EXPECT_EQ(on_server(name), "new content, longer than the old");
  }
}

TEST_F(InPlaceTest, WhatNeverBeganIsNoConflict) {
  mount_with(CommitMode::kInPlace);
  const HandleId handle = open("old", kTruncate);
  write(handle, 0, "new");
  server_.fail_next(Verb::kOpenWriter, ErrorKind::kPermission);
  EXPECT_EQ(flush(handle), "permission denied");
  EXPECT_EQ(on_server("old"), "old content");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(on_server("old"), "new");
}

TEST_F(InPlaceTest, AStrangersFileIsNotTakenForWhatNeverBegan) {
  mount_with(CommitMode::kInPlace);
  const HandleId handle = open("old", kTruncate);
  write(handle, 0, "new content, longer than the old");
  server_.fail_next(Verb::kOpenWriter, ErrorKind::kPermission);
  EXPECT_EQ(flush(handle), "permission denied");
  server_.put("old", "theirs");
  EXPECT_EQ(flush(handle), "conflict");
  EXPECT_EQ(on_server("old"), "theirs");
  fs_->release(handle, context_);
}

TEST_F(InPlaceTest, WhatArrivedShortOrDamagedIsSentOnceMore) {
  options_.verify_upload = VerifyUpload::kChecksum;
  server_.checksums = net::DigestAlgorithm::kSha512;
  mount_with(CommitMode::kInPlace);
  server_.damaged_uploads = 1;
  EXPECT_EQ(write_file("old", "new content"), "ok");
  EXPECT_EQ(on_server("old"), "new content");
  EXPECT_EQ(server_.count(Verb::kOpenWriter), 2);
}

TEST_F(InPlaceTest, AutoRenamesWhereItCan) {
  EXPECT_EQ(write_file("old", "new"), "ok");
  EXPECT_EQ(server_.count(Verb::kPublish), 1);
}

TEST_F(InPlaceTest, WhereARenameIsRefusedTheDirectoryIsWrittenInPlace) {
  for (const ErrorKind kind : {ErrorKind::kPermission, ErrorKind::kUnsupported}) {
    mount_with(CommitMode::kAuto);
    const int published = server_.count(Verb::kPublish);
    server_.fail_next(Verb::kPublish, kind);
    EXPECT_EQ(write_file("old", "new"), "ok");
    EXPECT_EQ(write_file("old", "newer"), "ok");
    EXPECT_EQ(close(create("other")), "ok");
    EXPECT_THAT(server_.tree(), ElementsAre(Pair("old", "newer"), Pair("other", "")));
    EXPECT_EQ(server_.count(Verb::kPublish), published + 1);
    EXPECT_EQ(remove("other"), "ok");
  }
}

TEST_F(InPlaceTest, WhereTheTemporaryNameIsRefused) {
  server_.fail_next(Verb::kOpenWriter, ErrorKind::kInvalid);
  EXPECT_EQ(write_file("old", "new"), "ok");
  EXPECT_EQ(write_file("old", "newer"), "ok");
  EXPECT_EQ(on_server("old"), "newer");
  EXPECT_EQ(server_.count(Verb::kPublish), 0);
}

TEST_F(InPlaceTest, AFileThatWouldLoseItsOwnerIsWrittenInPlaceOthersAreNot) {
  server_.fail_next(Verb::kPublish, ErrorKind::kNotPermitted);
  EXPECT_EQ(write_file("old", "new"), "ok");
  EXPECT_EQ(write_file("old", "newer"), "ok");
  EXPECT_EQ(on_server("old"), "newer");
  EXPECT_EQ(server_.count(Verb::kPublish), 1);
  server_.put("second", "old");
  EXPECT_EQ(write_file("second", "new"), "ok");
  EXPECT_EQ(server_.count(Verb::kPublish), 2);
}

TEST_F(InPlaceTest, AFileOfAnotherOwnerThatMayNotBeWrittenIsReplaced) {
  server_.fail_next(Verb::kPublish, ErrorKind::kNotPermitted);
  server_.pass_next(Verb::kOpenWriter, 1);
  server_.fail_next(Verb::kOpenWriter, ErrorKind::kPermission);
  EXPECT_EQ(write_file("old", "new"), "ok");
  EXPECT_EQ(on_server("old"), "new");
  EXPECT_EQ(server_.count(Verb::kPublish), 2);
}

TEST_F(InPlaceTest, WhereNothingIsAllowedTheRefusalIsToldAndNotRemembered) {
  server_.fail_next(Verb::kOpenWriter, ErrorKind::kPermission, 2);
  const HandleId handle = open("old", kTruncate);
  write(handle, 0, "new");
  EXPECT_EQ(flush(handle), "permission denied");
  EXPECT_EQ(on_server("old"), "old content");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(on_server("old"), "new");
  EXPECT_EQ(server_.count(Verb::kPublish), 1) << "the next commit renames again";
}

TEST_F(InPlaceTest, RenameNeverWritesInPlace) {
  mount_with(CommitMode::kRename);
  server_.fail_next(Verb::kPublish, ErrorKind::kPermission);
  const HandleId handle = open("old", kTruncate);
  write(handle, 0, "new");
  EXPECT_EQ(flush(handle), "permission denied");
  EXPECT_EQ(on_server("old"), "old content");
  close(handle);
}

class InPlaceBackTest : public FilesystemTest {
 protected:
  void SetUp() override {
    options_.state_dir = staging_.path() + "/journal";
    options_.write_back = true;
    options_.commit = CommitMode::kInPlace;
    start();
  }
  void start() {
    options_.settle = std::chrono::minutes(10);
    fs_.reset();
    fs_ = make_filesystem(server_, clock_, options_).value();
  }
  std::size_t drain() {
    constexpr std::chrono::seconds kLimit{20};
    return fs_->drain(Context{kLimit, Deadline::after(kLimit), nullptr}).files;
  }
};

TEST_F(InPlaceBackTest, ACrashInTheMiddleIsNoConflict) {
  for (const char* name : {"old", "new"}) {
    server_.put("old", "old content");
    const HandleId handle = name == std::string("old") ? open(name, kTruncate) : create(name);
    write(handle, 0, "new content, longer than the old");
    EXPECT_EQ(close(handle), "ok");
    const auto gate = server_.hold_next(Verb::kFinish);
    auto drained = std::async(std::launch::async, [&] { return drain(); });
    ASSERT_TRUE(gate->wait_reached());
    const auto copy = staging_.path() + "/" + name;  // as a crash at this moment leaves the disk
    std::filesystem::copy(options_.state_dir, copy);
    gate->release();
    EXPECT_EQ(drained.get(), 0U);
    fs_.reset();
    server_.put_end_off(name, 5);
    options_.state_dir = copy;
    start();
    EXPECT_EQ(drain(), 0U);
    EXPECT_EQ(on_server(name), "new content, longer than the old");
    EXPECT_LE(server_.tree().size(), 2U) << "no conflict";
  }
}

TEST_F(InPlaceBackTest, AConflictIsWrittenBesideInPlaceToo) {
  server_.put("old", "old content");
  EXPECT_EQ(write_file("old", "ours"), "ok");
  server_.put("old", "theirs");
  EXPECT_EQ(drain(), 0U);
  const auto tree = server_.tree();
  ASSERT_EQ(tree.size(), 2U);
  EXPECT_EQ(tree.begin()->second, "theirs");
  EXPECT_EQ(std::next(tree.begin())->second, "ours");
  EXPECT_EQ(server_.count(Verb::kPublish), 0);
}

}  // namespace
}  // namespace ftpsfs::vfs
