// The disk cache after crashes, on damaged files, and on disks that fail: a block may be missing, never wrong.
#include <fcntl.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "disk_cache_fixture.h"
#include "ftpsfs/base/sqlite.h"
#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs::cache {
namespace {

class DiskCacheDamageTest : public DiskCacheTest {
 protected:
  /// Four blocks of one file, "abcd".
  void keep_four() {
    for (std::uint64_t i = 0; i < 4; ++i) keep(file_, i, static_cast<char>('a' + i));
  }
  /// The one file that holds blocks, and where a block of `file_` begins in it.
  std::filesystem::path stored() { return content_files().at(0); }
  static off_t block_at(std::uint64_t index) { return static_cast<off_t>(4096 + index * kBlockSize); }
  [[nodiscard]] off_t checksum_at(std::uint64_t index) const {
    return static_cast<off_t>(32 + file_.key.size() + index * 8);
  }
  static void overwrite(const std::filesystem::path& file, off_t at, std::string_view bytes) {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(at);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    ASSERT_TRUE(stream.flush());
  }
  static std::string part_of(const std::filesystem::path& file, off_t at, std::size_t size) {
    std::string bytes(size, '\0');
    std::ifstream(file, std::ios::binary).seekg(at).read(bytes.data(), static_cast<std::streamsize>(size));
    return bytes;
  }
  void punch(std::uint64_t index) {
    const UniqueFd fd(::open(stored().c_str(), O_RDWR));
    ASSERT_EQ(::fallocate(fd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, block_at(index), kBlockSize), 0);
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
  EXPECT_LE(disk_bytes(), 2 * kBlockCost);
}

TEST_F(DiskCacheDamageTest, ATornBlockIsMissing) {
  keep_four();
  overwrite(stored(), block_at(1) + 4096, std::string(kBlockSize - 4096, '\0'));
  EXPECT_EQ(found(file_, 0, 4), "a-cd");
  keep(file_, 1, 'B');
  EXPECT_EQ(found(file_, 0, 4), "aBcd");
  EXPECT_EQ(cache_->bytes(), 4 * kBlockCost);
}

TEST_F(DiskCacheDamageTest, AFileCutShortKeepsWhatIsWhole) {
  keep_four();
  std::filesystem::resize_file(stored(), static_cast<std::uintmax_t>(block_at(3) + 5000));
  EXPECT_EQ(found(file_, 0, 4), "abc-");
  std::filesystem::resize_file(stored(), 10);
  EXPECT_EQ(found(file_, 0, 4), "----");
  keep(file_, 0, 'A');
  EXPECT_EQ(found(file_, 0, 4), "A---");
}

TEST_F(DiskCacheDamageTest, AnyByteThatChangedIsNoticed) {
  keep_four();
  overwrite(stored(), block_at(1), "X");
  overwrite(stored(), block_at(2) + 70'000, "X");
  overwrite(stored(), checksum_at(3), "X");
  EXPECT_EQ(found(file_, 0, 4), "a---");
  overwrite(stored(), checksum_at(0) - 1, "X");  // of the head
  EXPECT_EQ(found(file_, 0, 4), "----");
}

TEST_F(DiskCacheDamageTest, ABlockInAnothersPlaceIsNoticed) {
  keep_four();
  overwrite(stored(), block_at(3), part_of(stored(), block_at(0), kBlockSize));
  overwrite(stored(), checksum_at(3), part_of(stored(), checksum_at(0), 8));
  EXPECT_EQ(found(file_, 0, 4), "abc-");
}

TEST_F(DiskCacheDamageTest, LostBlocksAreMissingAndNotCounted) {
  keep_four();
  crash();
  punch(2);
  mount();
  EXPECT_EQ(cache_->bytes(), 3 * kBlockCost);
  EXPECT_EQ(found(file_, 0, 4), "ab-d");
  EXPECT_FALSE(cache_->holds(file_, 0, 4));
  keep(file_, 2, 'C');
  EXPECT_EQ(found(file_, 0, 4), "abCd");
  EXPECT_TRUE(cache_->holds(file_, 0, 4));
}

TEST_F(DiskCacheDamageTest, LostFilesAreMissingAndNotCounted) {
  keep_four();
  crash();
  std::filesystem::remove(stored());
  mount();
  EXPECT_EQ(cache_->bytes(), 0U);
  keep(file_, 2, 'C');
  EXPECT_EQ(found(file_, 0, 4), "--C-");
}

TEST_F(DiskCacheDamageTest, TheIndexIsMadeAnewFromTheBlocks) {
  keep_four();
  unmount();
  std::filesystem::remove(index_file());
  mount(3 * kBlockCost);
  EXPECT_EQ(cache_->bytes(), 3 * kBlockCost);
  keep(file_, 5, 'f');
  keep(file_, 6, 'g');
  keep(file_, 7, 'h');
  EXPECT_EQ(found(file_, 0, 8), "-----fgh") << "what was found without an index goes first";
  EXPECT_LE(disk_bytes(), 3 * kBlockCost);
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
  EXPECT_LE(disk_bytes(), 20 * kBlockCost);
}

TEST_F(DiskCacheDamageTest, StrayFilesAreSwept) {
  keep_four();
  crash();
  const auto folder = stored().parent_path();
  std::ofstream(folder / "stray") << "x";
  std::filesystem::copy_file(stored(), folder / "0123456789abcdef");  // a hash of another folder
  std::ofstream(folder / (folder.filename().string() + "00000000000000")) << "no head";
  mount();
  EXPECT_EQ(content_files().size(), 1U);
  EXPECT_EQ(found(file_, 0, 4), "abcd");
}

TEST_F(DiskCacheDamageTest, ADiskThatFailsSwitchesItOff) {
  keep_four();
  const auto folder = stored().parent_path();
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
