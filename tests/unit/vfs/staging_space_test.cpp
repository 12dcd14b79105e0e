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
  std::string room(std::size_t bytes) { return outcome(fs_->await_room(bytes, context_)); }
};

TEST_F(StagingBoundTest, WithoutUploadsAFullAreaIsAnError) {
  const HandleId handle = create("file");
  EXPECT_EQ(write(handle, 0, pattern(kBound)), "ok");
  EXPECT_FALSE(fs_->has_room(1));
  EXPECT_EQ(room(1), "no space");
  EXPECT_EQ(close(handle), "ok");  // what was written is whole
  EXPECT_TRUE(fs_->has_room(kBound));
}

TEST_F(StagingBoundTest, AWriterWaitsForUploads) {
  options_.write_back = true;
  mount();
  const HandleId handle = create("file");
  EXPECT_EQ(write(handle, 0, pattern(kBound)), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_FALSE(fs_->has_room(1));
  const auto gate = server_.hold_next(Verb::kPublish);
  auto waits = std::async(std::launch::async, [this] { return room(kBound / 2); });
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
  EXPECT_EQ(outcome(fs_->await_room(1, Context{context_.stall_limit, std::nullopt, stop})), "interrupted");
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
