// What the server refused: kept, listed, tried again or dropped when a person says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "unit/vfs/vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using State = UploadStatus::State;

class FailedUploadTest : public FilesystemTest {
 protected:
  void SetUp() override {
    options_.commit = CommitMode::kRename;  // a refusal is final
    options_.state_dir = staging_.path() + "/source";
    options_.settle = std::chrono::minutes(10);
    mount();
  }
  void mount_back() {
    options_.write_back = true;
    mount();
  }
  /// Each commit is tried at the close and again at the release.
  void refuse_uploads(int times = 2, ErrorKind kind = ErrorKind::kPermission) {
    server_.fail_next(Verb::kOpenWriter, kind, times);
  }
  std::string write_new(const std::string& name, std::string_view text) {
    const HandleId handle = create(name);
    EXPECT_EQ(write(handle, 0, text), "ok");
    return close(handle);
  }
  std::string retry(const std::string& path) { return outcome(fs_->retry(path, context_)); }
  std::string discard(const std::string& path) { return outcome(fs_->discard(path, context_)); }
  /// "state path error", one for each.
  std::vector<std::string> listed() {
    std::vector<std::string> lines;
    for (const UploadStatus& each : fs_->status().uploads) {
      const char* const words[] = {"pending", "uploading", "failed"};
      lines.push_back(std::string(words[static_cast<int>(each.state)]) + ' ' + each.path + ' ' +
                      std::to_string(each.size));
    }
    return lines;
  }
  using Lines = std::vector<std::string>;
};

TEST_F(FailedUploadTest, WhatACloseCouldNotSendIsListedAndTheOldFileIsSeen) {
  server_.put("file", "old");
  refuse_uploads();
  EXPECT_EQ(write_file("file", "newer"), "permission denied");
  EXPECT_EQ(listed(), Lines{"failed file 5"});
  EXPECT_EQ(read_file("file"), "old");
  ASSERT_FALSE(fs_->status().uploads.empty());
  EXPECT_THAT(fs_->status().uploads.front().error, testing::Not(IsEmpty()));
}

TEST_F(FailedUploadTest, ItIsStillThereInTheNextMountWhichDoesNotTryItByItself) {
  refuse_uploads();
  EXPECT_EQ(write_new("file", "content"), "permission denied");
  mount();
  EXPECT_EQ(outcome(fs_->sync_all(context_)), "input/output error");
  EXPECT_EQ(listed(), Lines{"failed file 7"});
  EXPECT_FALSE(on_server("file"));
}

TEST_F(FailedUploadTest, ARetryBringsItToTheServer) {
  server_.put("file", "old");
  refuse_uploads();
  EXPECT_EQ(write_file("file", "newer"), "permission denied");
  EXPECT_EQ(read_file("file"), "old");
  EXPECT_EQ(retry("file"), "ok");
  EXPECT_EQ(server_.content("file"), "newer");
  EXPECT_EQ(read_file("file"), "newer");
  EXPECT_THAT(listed(), IsEmpty());
  mount();
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(FailedUploadTest, ARetryThatFailsLeavesItWhereItWas) {
  server_.put("file", "old");
  refuse_uploads();
  EXPECT_EQ(write_file("file", "newer"), "permission denied");
  refuse_uploads(1, ErrorKind::kQuota);
  EXPECT_EQ(retry(""), "quota exceeded");
  EXPECT_EQ(listed(), Lines{"failed file 5"});
  EXPECT_EQ(read_file("file"), "old");
  mount();
  EXPECT_EQ(listed(), Lines{"failed file 5"});
  EXPECT_EQ(retry(""), "ok");
  EXPECT_EQ(server_.content("file"), "newer");
}

TEST_F(FailedUploadTest, ANewFileThatFailsAgainDoesNotStayInTheTree) {
  refuse_uploads();
  EXPECT_EQ(write_new("file", "content"), "permission denied");
  refuse_uploads(1);
  EXPECT_EQ(retry("file"), "permission denied");
  EXPECT_EQ(outcome(find("file")), "not found");
  EXPECT_EQ(listed(), Lines{"failed file 7"});
  EXPECT_EQ(retry("file"), "ok");
  EXPECT_EQ(server_.content("file"), "content");
}

TEST_F(FailedUploadTest, OnlyNewerContentTakesItsPlace) {
  server_.put("file", "old");
  refuse_uploads();
  EXPECT_EQ(write_file("file", "newer"), "permission denied");
  const HandleId reader = open("file", kRead);
  EXPECT_EQ(outcome(fs_->sync(reader, context_)), "ok");
  fs_->release(reader, context_);
  EXPECT_EQ(listed(), Lines{"failed file 5"});
  mount_back();
  EXPECT_EQ(write_file("file", "newest"), "ok");
  EXPECT_EQ(outcome(fs_->sync_all(context_)), "ok");
  EXPECT_EQ(on_server("file"), "newest");
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(FailedUploadTest, WhatIsOpenIsNotTried) {
  server_.put("file", "old");
  refuse_uploads();
  EXPECT_EQ(write_file("file", "newer"), "permission denied");
  const HandleId handle = open("file", kRead);
  EXPECT_EQ(retry("file"), "busy");
  fs_->release(handle, context_);
  EXPECT_EQ(retry("file"), "ok");
}

TEST_F(FailedUploadTest, WhatIsDroppedIsGone) {
  refuse_uploads();
  EXPECT_EQ(write_new("file", "content"), "permission denied");
  EXPECT_EQ(discard("other"), "not found");
  EXPECT_EQ(discard(""), "invalid");
  EXPECT_EQ(discard("file"), "ok");
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_EQ(retry("file"), "not found");
  mount();
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(FailedUploadTest, NewerContentOfTheNameTakesItsPlace) {
  refuse_uploads();
  EXPECT_EQ(write_new("file", "first"), "permission denied");
  refuse_uploads();
  EXPECT_EQ(write_new("file", "second try"), "permission denied");
  EXPECT_EQ(listed(), Lines{"failed file 10"});
  EXPECT_EQ(write_new("file", "third"), "ok");
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(FailedUploadTest, ItFollowsItsDirectory) {
  ASSERT_TRUE(server_.make_directory(test::at("a"), context_));
  const NodeId directory = node("a");
  const auto created = fs_->create(directory, "file", 0644, kReadWrite, kProgram, context_);
  ASSERT_TRUE(created);
  EXPECT_EQ(write(created->opened.handle, 0, "text"), "ok");
  refuse_uploads();
  EXPECT_EQ(close(created->opened.handle), "permission denied");
  EXPECT_EQ(outcome(fs_->rename(kRootNode, "a", kRootNode, "b", RenameMode::kReplace, context_)), "ok");
  EXPECT_EQ(listed(), Lines{"failed b/file 4"});
  EXPECT_EQ(retry("b/file"), "ok");
  EXPECT_EQ(server_.content("b/file"), "text");
}

TEST_F(FailedUploadTest, AWriterBesideAReaderDoesNotChangeWhatFailed) {
  const HandleId reader = create("file");
  EXPECT_EQ(write(reader, 0, "first"), "ok");
  EXPECT_EQ(flush(reader), "ok");
  const HandleId other = open("file", kRead);
  refuse_uploads();
  EXPECT_EQ(write(reader, 0, "FIRST"), "ok");
  EXPECT_EQ(close(reader), "permission denied");
  const HandleId writer = open("file", kWrite);
  EXPECT_EQ(write(writer, 0, "xxxxx"), "ok");
  mount();
  EXPECT_EQ(retry("file"), "ok");
  EXPECT_EQ(server_.content("file"), "FIRST");
  (void)other;
}

TEST_F(FailedUploadTest, AnotherMountBesideThisOneDoesWithoutAJournal) {
  auto beside = options_;
  const auto other = make_filesystem(server_, clock_, beside);
  ASSERT_TRUE(other);
  EXPECT_THAT((*other)->status().uploads, IsEmpty());
}

TEST_F(FailedUploadTest, WithWriteBackItStaysInTheTree) {
  mount_back();
  server_.put("file", "old");
  EXPECT_EQ(write_file("file", "newer"), "ok");
  EXPECT_EQ(listed(), Lines{"pending file 5"});
  refuse_uploads(1);
  EXPECT_EQ(outcome(fs_->sync_all(context_)), "permission denied");
  EXPECT_EQ(listed(), Lines{"failed file 5"});
  EXPECT_EQ(read_file("file"), "newer");
  EXPECT_EQ(retry("file"), "ok");
  EXPECT_EQ(server_.content("file"), "newer");
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(FailedUploadTest, WithWriteBackDroppingItBringsBackTheServersFile) {
  mount_back();
  server_.put("file", "old");
  EXPECT_EQ(write_file("file", "newer"), "ok");
  EXPECT_EQ(write_new("new", "n"), "ok");
  refuse_uploads(2);
  EXPECT_EQ(outcome(fs_->sync_all(context_)), "permission denied");
  const HandleId writer = open("file", kWrite);
  EXPECT_EQ(discard("file"), "busy");
  fs_->release(writer, context_);
  EXPECT_EQ(discard("file"), "not found");  // who had it open for writing made it worth another try
  refuse_uploads(2);
  EXPECT_EQ(outcome(fs_->sync_all(context_)), "permission denied");
  EXPECT_EQ(discard("file"), "ok");
  EXPECT_EQ(discard("new"), "ok");
  EXPECT_EQ(read_file("file"), "old");
  EXPECT_EQ(outcome(find("new")), "not found");
  EXPECT_THAT(listed(), IsEmpty());
  mount();
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_EQ(read_file("file"), "old");
}

TEST_F(FailedUploadTest, ASyncGoesOnOverABrokenLine) {
  mount_back();
  EXPECT_EQ(write_new("file", "content"), "ok");
  refuse_uploads(2, ErrorKind::kConnectionLost);
  EXPECT_EQ(outcome(fs_->sync_all(context_)), "ok");
  EXPECT_EQ(server_.content("file"), "content");
}

TEST_F(FailedUploadTest, WhatWriteBackLeftIsUploadedByAMountThatWaitsForTheServer) {
  mount_back();
  EXPECT_EQ(write_new("file", "content"), "ok");
  options_.write_back = false;
  mount();
  EXPECT_EQ(listed(), Lines{"pending file 7"});
  EXPECT_EQ(outcome(fs_->sync_all(context_)), "ok");
  EXPECT_EQ(server_.content("file"), "content");
}

TEST_F(FailedUploadTest, AnUploadUnderWayIsTold) {
  mount_back();
  EXPECT_EQ(write_new("file", pattern(600'000)), "ok");
  const auto gate = server_.hold_next(Verb::kFinish);
  auto synced = std::async(std::launch::async, [this] { return outcome(fs_->sync_all(context_)); });
  ASSERT_TRUE(gate->wait_reached());
  const FilesystemStatus status = fs_->status();
  ASSERT_EQ(status.uploads.size(), 1U);
  EXPECT_EQ(status.uploads.front().state, State::kUploading);
  EXPECT_EQ(status.uploads.front().sent, 600'000U);
  gate->release();
  EXPECT_EQ(synced.get(), "ok");
  EXPECT_THAT(listed(), IsEmpty());
}

}  // namespace
}  // namespace ftpsfs::vfs
