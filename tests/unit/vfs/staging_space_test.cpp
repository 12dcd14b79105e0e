// The bound of the staging area.
#include "vfs/staging_space.h"

#include <gmock/gmock.h>

#include <future>

#include "unit/vfs/vfs_fixture.h"
#include "vfs/staged_file.h"

namespace ftpsfs::vfs {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kBound = 512 * 1024;  // below the size from which files are sent while they are written

TEST(StagingSpaceTest, StagedFilesCountWhatTheyTakeOfTheDisk) {
  const TemporaryDirectory directory;
  const auto space = std::make_shared<StagingSpace>(directory.path(), 10 * kMiB);
  {
    const auto file = StagedFile::create(directory.path(), 1000, 0).value();
    file->count_in(space);
    EXPECT_EQ(space->used(), 0U);  // of the old content nothing is here yet
    ASSERT_TRUE(file->write(100, bytes_of("12345")));
    ASSERT_TRUE(file->write(102, bytes_of("34567")));
    EXPECT_EQ(space->used(), 7U);
    ASSERT_TRUE(file->fill(0, bytes_of(std::string(200, 'o'))));
    EXPECT_EQ(space->used(), 200U);
    const auto copy = file->copy().value();
    EXPECT_EQ(space->used(), 200U + 200U);
    ASSERT_TRUE(file->truncate(50));
    EXPECT_EQ(space->used(), 50U + 200U);
    ASSERT_TRUE(file->write(50, bytes_of("again")));
    EXPECT_EQ(space->used(), 55U + 200U);
  }
  EXPECT_EQ(space->used(), 0U);
}

TEST(StagingSpaceTest, ThereIsRoomUpToTheBound) {
  const TemporaryDirectory directory;
  StagingSpace space(directory.path(), 100);
  EXPECT_TRUE(space.has_room(100));
  EXPECT_FALSE(space.has_room(101));
  space.take(60);
  EXPECT_FALSE(space.has_room(41));
  space.give_back(20);
  EXPECT_TRUE(space.has_room(60));
}

TEST(StagingSpaceTest, WithoutABoundTheDiskDecides) {
  const TemporaryDirectory directory;
  StagingSpace space(directory.path(), std::nullopt);
  EXPECT_TRUE(space.has_room(1000));
  EXPECT_FALSE(space.has_room(std::uint64_t{1} << 60U));
}

class StagingBoundTest : public FilesystemTest {
 protected:
  void SetUp() override {
    options_.state_dir = staging_.path() + "/source";
    options_.staging_bytes = kBound;
    options_.settle = std::chrono::minutes(10);
    mount();
  }
  std::string write_when_room(HandleId handle, std::uint64_t offset, std::string_view text) {
    return outcome(fs_->write_when_room(handle, offset, bytes_of(text), context_));
  }
  /// A file that is being written, with the area full and more to come.
  HandleId tear(std::string_view name, OpenMode mode) {
    const HandleId handle = open(name, mode);
    EXPECT_EQ(write(handle, 0, pattern(kBound)), "ok");
    EXPECT_EQ(write_when_room(handle, kBound, "more"), "no space");
    return handle;
  }
};

TEST_F(StagingBoundTest, WithoutUploadsAFullAreaIsAnError) {
  const HandleId handle = create("file");
  EXPECT_EQ(write(handle, 0, pattern(kBound)), "ok");
  EXPECT_FALSE(fs_->has_room(1));
  EXPECT_EQ(write_when_room(handle, kBound, "x"), "no space");
  EXPECT_EQ(outcome(fs_->sync(handle, context_)), "no space");
  EXPECT_EQ(close(handle), "no space");
  EXPECT_TRUE(fs_->has_room(kBound));
  EXPECT_EQ(on_server("file"), std::nullopt) << "half a file is none";
  EXPECT_EQ(outcome(find("file")), "not found");
}

TEST_F(StagingBoundTest, HalfAFileDoesNotTakeThePlaceOfTheOldOne) {
  for (const bool write_back : {false, true}) {
    options_.write_back = write_back;
    mount();
    server_.put("file", "old");
    EXPECT_EQ(close(tear("file", kTruncate)), "no space");
    EXPECT_EQ(read_file("file"), "old");
    EXPECT_EQ(outcome(fs_->sync_all(context_)), "ok");
    EXPECT_EQ(on_server("file"), "old");
    EXPECT_TRUE(fs_->status().uploads.empty());
    EXPECT_TRUE(fs_->has_room(kBound));
  }
}

TEST_F(StagingBoundTest, WhatDidNotFitMayBeCutOffOrWrittenAfterAll) {
  server_.put("file", "old");
  const HandleId cut = tear("file", kTruncate);
  EXPECT_EQ(change(node("file"), to_size(kBound / 2), cut), "ok");
  EXPECT_EQ(close(cut), "ok");
  EXPECT_TRUE(on_server("file") == pattern(kBound).substr(0, kBound / 2));
  const HandleId again = tear("file", kTruncate);
  EXPECT_EQ(write(again, kBound, "more"), "ok");
  EXPECT_EQ(close(again), "ok");
  EXPECT_TRUE(on_server("file") == pattern(kBound) + "more");
}

TEST_F(StagingBoundTest, AllThatDidNotFitHasToBeMadeUpFor) {
  server_.put("file", "old");
  const HandleId handle = tear("file", kTruncate);
  EXPECT_EQ(write_when_room(handle, kBound + 100, "more"), "no space");
  EXPECT_EQ(write(handle, kBound, "more"), "ok");
  EXPECT_EQ(close(handle), "no space");
  EXPECT_EQ(on_server("file"), "old");
}

TEST_F(StagingBoundTest, AnAppendIsMadeUpForByTheNext) {
  server_.put("file", pattern(kBound));
  const HandleId handle = open("file", kAppend);
  EXPECT_EQ(write(handle, 0, pattern(kBound)), "ok");
  EXPECT_EQ(write_when_room(handle, 0, "a long line that is lost"), "no space");
  EXPECT_EQ(write(handle, 0, "next"), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(on_server("file") == pattern(kBound) + pattern(kBound) + "next");
}

TEST_F(StagingBoundTest, WhoBeginsAnewIsNotHeldToWhatDidNotFitBefore) {
  server_.put("file", "old");
  const HandleId torn = tear("file", kTruncate);
  const HandleId other = open("file", kTruncate, kOtherProgram);
  EXPECT_EQ(write(other, 0, "new"), "ok");
  EXPECT_EQ(flush(other, kOtherProgram), "ok");
  fs_->release(other, context_);
  fs_->release(torn, context_);
  EXPECT_EQ(on_server("file"), "new");
}

TEST_F(StagingBoundTest, WhatWasClosedBeforeStaysOnItsWay) {
  options_.write_back = true;
  mount();
  server_.put("file", "old");
  EXPECT_EQ(write_file("file", "closed before"), "ok");
  server_.fail_next(Verb::kOpenWriter, ErrorKind::kPermission, 2);
  EXPECT_NE(outcome(fs_->sync_all(context_)), "ok");  // refused: it makes no room
  const HandleId handle = open("file", kWrite);
  EXPECT_EQ(write(handle, 0, "never"), "ok");
  EXPECT_EQ(write_when_room(handle, 5, pattern(2 * kBound)), "no space");
  EXPECT_EQ(close(handle), "no space");
  EXPECT_EQ(read_file("file"), "closed before");
  EXPECT_EQ(outcome(fs_->sync_all(context_)), "ok");
  EXPECT_EQ(on_server("file"), "closed before");
}

TEST_F(StagingBoundTest, AWriterWaitsForUploads) {
  options_.write_back = true;
  mount();
  const HandleId handle = create("file");
  EXPECT_EQ(write(handle, 0, pattern(kBound)), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_FALSE(fs_->has_room(1));
  const auto gate = server_.hold_next(Verb::kPublish);
  const HandleId other = create("other");
  auto waits = std::async(std::launch::async, [&] { return write_when_room(other, 0, pattern(kBound / 2)); });
  auto synced = std::async(std::launch::async, [this] { return outcome(fs_->sync_all(context_)); });
  ASSERT_TRUE(gate->wait_reached());
  EXPECT_EQ(waits.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  gate->release();
  EXPECT_EQ(waits.get(), "ok");
  EXPECT_EQ(synced.get(), "ok");
}

TEST_F(StagingBoundTest, AWaitCanBeInterrupted) {
  options_.write_back = true;
  mount();
  const HandleId handle = create("file");
  EXPECT_EQ(write(handle, 0, pattern(kBound)), "ok");
  EXPECT_EQ(close(handle), "ok");
  const auto stop = std::make_shared<Cancellation>();
  stop->cancel();
  const Context stopped{context_.stall_limit, std::nullopt, stop};
  const HandleId other = create("other");
  EXPECT_EQ(outcome(fs_->write_when_room(other, 0, bytes_of("x"), stopped)), "interrupted");
}

TEST_F(StagingBoundTest, TheQuotaIsWhatDfShows) {
  options_.quota_bytes = 5 * kMiB;
  mount();
  const auto space = fs_->space(context_).value();
  ASSERT_TRUE(space);
  EXPECT_EQ(space->total, 5 * kMiB);
  EXPECT_LE(space->available, 5 * kMiB);
}

}  // namespace
}  // namespace ftpsfs::vfs
