// The disk cache after crashes, on damaged files, and on disks that fail: a block may be missing, never wrong.
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "cache/sqlite.h"
#include "disk_cache_fixture.h"

namespace ftpsfs::cache {
namespace {

class DiskCacheDamageTest : public DiskCacheTest {
 protected:
  /// Four blocks of one file, "abcd".
  void keep_four() {
    for (std::uint64_t i = 0; i < 4; ++i) keep(file_, i, static_cast<char>('a' + i));
  }
  static void overwrite(const std::filesystem::path& file, std::streamoff at, std::string_view bytes) {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(at);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    ASSERT_TRUE(stream.flush());
  }

  /// Ends the mount; all of the index is in its one file then.
  void unmount() {
    cache_.reset();
    auto index = Database::open(index_file());
    ASSERT_TRUE(index);
    ASSERT_TRUE(index->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  }

  const DiskContent file_ = content("f");
};

TEST_F(DiskCacheDamageTest, ACrashLosesNothingThatWasWritten) {
  keep_four();
  crash();
  mount();
  EXPECT_EQ(found(file_, 0, 4), "abcd");
  EXPECT_EQ(cache_->bytes(), 4 * kBlockCost);
}

TEST_F(DiskCacheDamageTest, TheBoundHoldsAfterACrash) {
  keep_four();
  crash();
  mount(2 * kBlockCost);
  EXPECT_EQ(found(file_, 0, 4), "--cd");
  EXPECT_EQ(block_files().size(), 2U);
}

TEST_F(DiskCacheDamageTest, ATornBlockIsMissing) {
  keep_four();
  std::filesystem::resize_file(block_files().at(1), 5000);
  EXPECT_EQ(found(file_, 0, 4), "a-cd");
  EXPECT_EQ(block_files().size(), 3U) << "and does not stay";
  keep(file_, 1, 'B');
  EXPECT_EQ(found(file_, 0, 4), "aBcd");
  EXPECT_EQ(cache_->bytes(), 4 * kBlockCost);
}

TEST_F(DiskCacheDamageTest, ABlockCutToNothingOrTooLongIsMissing) {
  keep_four();
  std::filesystem::resize_file(block_files().at(1), 0);
  std::ofstream(block_files().at(2), std::ios::app) << "x";
  EXPECT_EQ(found(file_, 0, 4), "a--d");
}

TEST_F(DiskCacheDamageTest, AnyByteThatChangedIsNoticed) {
  keep_four();
  overwrite(block_files().at(0), 0, "X");           // of the label
  overwrite(block_files().at(1), 70'000, "X");      // of the content
  overwrite(block_files().at(2), kBlockSize, "X");  // near the end
  EXPECT_EQ(found(file_, 0, 4), "---d");
}

TEST_F(DiskCacheDamageTest, ABlockInAnothersPlaceIsNoticed) {
  keep_four();
  const auto files = block_files();
  std::filesystem::copy_file(files.at(0), files.at(3), std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(found(file_, 0, 4), "abc-");
}

TEST_F(DiskCacheDamageTest, LostFilesAreMissingAndNotCounted) {
  keep_four();
  crash();
  std::filesystem::remove(block_files().at(2));
  mount();
  EXPECT_EQ(cache_->bytes(), 3 * kBlockCost);
  EXPECT_EQ(found(file_, 0, 4), "ab-d");
  keep(file_, 2, 'C');
  EXPECT_EQ(found(file_, 0, 4), "abCd");
}

TEST_F(DiskCacheDamageTest, TheIndexIsMadeAnewFromTheBlocks) {
  keep_four();
  unmount();
  std::filesystem::remove(index_file());
  mount(3 * kBlockCost);
  EXPECT_EQ(cache_->bytes(), 3 * kBlockCost);
  EXPECT_EQ(block_files().size(), 3U);
  keep(file_, 5, 'f');
  EXPECT_EQ(found(file_, 5), 'f');
  EXPECT_EQ(block_files().size(), 3U) << "what was found without an index goes first";
}

TEST_F(DiskCacheDamageTest, ADamagedIndexIsMadeAnew) {
  keep_four();
  for (const std::string& damage : {std::string(100'000, 'x'), std::string("SQLite format 3\0garbage", 23)}) {
    unmount();
    std::ofstream(index_file(), std::ios::binary | std::ios::trunc) << damage;
    mount();
    EXPECT_EQ(cache_->bytes(), 4 * kBlockCost);
    EXPECT_EQ(found(file_, 0, 4), "abcd");
  }
}

TEST_F(DiskCacheDamageTest, AnIndexDamagedInTheMiddleDoesNoHarm) {
  for (std::uint64_t i = 0; i < 200; ++i) cache_->offer(content("many", 1 << 30), i, block('x'));
  drain();
  unmount();
  const auto size = std::filesystem::file_size(index_file());
  ASSERT_GT(size, 3 * 4096U);
  overwrite(index_file(), 4096, std::string(size - 4096, '\xee'));
  mount(20 * kBlockCost);
  keep(file_, 0, 'a');
  EXPECT_EQ(found(file_, 0), 'a');
  EXPECT_LE(block_files().size(), 20U);
}

TEST_F(DiskCacheDamageTest, StrayFilesAreSwept) {
  keep_four();
  crash();
  const auto folder = block_files().front().parent_path();
  std::ofstream(folder / "stray") << "x";
  std::ofstream(folder / "0123456789abcdef-0") << "a hash of another folder";
  mount();
  EXPECT_EQ(block_files().size(), 4U);
  EXPECT_EQ(found(file_, 0, 4), "abcd");
}

TEST_F(DiskCacheDamageTest, ADiskThatFailsSwitchesItOff) {
  keep_four();
  const auto folder = block_files().front().parent_path();
  std::filesystem::remove_all(folder);
  std::ofstream(folder) << "nothing lies below a file";
  keep(file_, 5, 'f');
  EXPECT_EQ(found(file_, 0, 6), "------");
  keep(file_, 5, 'f');
  EXPECT_EQ(found(file_, 5), '-');
  std::filesystem::remove(folder);
  mount();
  keep(file_, 5, 'f');
  EXPECT_EQ(found(file_, 5), 'f') << "until the next mount";
}

TEST_F(DiskCacheDamageTest, AFullDiskSwitchesItOff) {
  keep_four();
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const rlimit little{70'000, limit.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  keep(file_, 5, 'f');
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  (void)std::signal(SIGXFSZ, handler);
  EXPECT_EQ(found(file_, 0, 6), "------");
  mount();
  EXPECT_EQ(found(file_, 0, 6), "abcd--") << "what was kept before is whole";
}

}  // namespace
}  // namespace ftpsfs::cache
