// What the disk cache keeps, for how long, and within which bound.
#include "ftpsfs/cache/disk_cache.h"

#include <sys/stat.h>
#include <unistd.h>

#include "disk_cache_fixture.h"

namespace ftpsfs::cache {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

TEST_F(DiskCacheTest, GivesBackWhatWasOffered) {
  const DiskContent file = content("dir/file", 2 * kBlockSize + 7);
  keep(file, 0, 'a');
  keep(file, 2, 'c');
  EXPECT_EQ(found(file, 0, 4), "a-c-");
  EXPECT_TRUE(cache_->holds(file, 0, 1));
  EXPECT_FALSE(cache_->holds(file, 0, 2));
  EXPECT_FALSE(cache_->holds(file, 2, 2)) << "there is nothing beyond the end";
}

TEST_F(DiskCacheTest, AnotherVersionIsAnotherContent) {
  keep(content("f", 1000, 5, "u"), 0, 'a');
  EXPECT_EQ(found(content("f", 1000, 5, "u"), 0), 'a');
  EXPECT_EQ(found(content("f", 1001, 5, "u"), 0), '-');
  EXPECT_EQ(found(content("f", 1000, 6, "u"), 0), '-');
  EXPECT_EQ(found(content("f", 1000, 5, "v"), 0), '-');
  EXPECT_EQ(found(content("g", 1000, 5, "u"), 0), '-');
}

TEST_F(DiskCacheTest, ContentsWithOneHashAreToldApart) {
  DiskContent one = content("one");
  DiskContent other = content("other");
  other.hash = one.hash;
  keep(one, 0, 'a');
  EXPECT_EQ(found(other, 0), '-');
  keep(other, 0, 'b');
  EXPECT_EQ(found(one, 0), '-');
}

TEST_F(DiskCacheTest, AVersionNotKnownToTheSecondIsNoContent) {
  EXPECT_FALSE(DiskContent::of(test::at("f"), {1000, 0, "u"}));
  EXPECT_TRUE(DiskContent::of(test::at("f"), {1000, 1, ""}));
}

TEST_F(DiskCacheTest, WhatIsForgottenIsNotFoundAgain) {
  const DiskContent file = content("f", 2 * kBlockSize);
  keep(file, 0, 'a');
  keep(content("g"), 0, 'g');
  cache_->offer(file, 1, block('b'));  // may still be on its way
  cache_->forget(file);
  EXPECT_EQ(found(file, 0, 2), "--");
  EXPECT_FALSE(cache_->holds(file, 0, 1));
  drain();
  EXPECT_EQ(found(file, 0, 2), "--");
  EXPECT_EQ(found(content("g"), 0), 'g');
  keep(file, 0, 'c');
  mount();
  EXPECT_EQ(found(file, 0, 2), "c-");
}

TEST_F(DiskCacheTest, ABlockOfAnotherLengthIsNotTaken) {
  const DiskContent file = content("f", 1000);
  cache_->offer(file, 0, block('a', 999));
  cache_->offer(file, 1, block('b'));
  drain();
  EXPECT_EQ(cache_->bytes(), 0U);
}

TEST_F(DiskCacheTest, OutlivesTheMount) {
  keep(content("f"), 3, 'd');
  const std::uint64_t bytes = cache_->bytes();
  mount();
  EXPECT_EQ(found(content("f"), 3), 'd');
  EXPECT_EQ(cache_->bytes(), bytes);
}

TEST_F(DiskCacheTest, WhatWasOfferedJustBeforeTheEndIsKept) {
  for (std::uint64_t i = 0; i < 8; ++i) cache_->offer(content("f"), i, block('x'));
  mount();
  EXPECT_EQ(found(content("f"), 0, 8), "xxxxxxxx");
}

TEST_F(DiskCacheTest, StaysWithinItsBound) {
  mount(4 * kBlockCost);
  for (std::uint64_t i = 0; i < 8; ++i) cache_->offer(content("f"), i, block(static_cast<char>('a' + i)));
  drain();
  EXPECT_EQ(found(content("f"), 0, 8), "----efgh");
  EXPECT_EQ(cache_->bytes(), 4 * kBlockCost);
  EXPECT_LE(disk_bytes(), 4 * kBlockCost);
}

TEST_F(DiskCacheTest, AFileGoesWithItsLastBlock) {
  mount(2 * kBlockCost);
  keep(content("f"), 0, 'a');
  keep(content("g"), 0, 'b');
  EXPECT_EQ(content_files().size(), 2U);
  keep(content("g"), 1, 'c');
  EXPECT_EQ(content_files().size(), 1U);
  EXPECT_EQ(found(content("g"), 0, 2), "bc");
}

TEST_F(DiskCacheTest, CountsABlockOnceThatComesTwice) {
  keep(content("f"), 0, 'a');
  keep(content("f"), 0, 'b');
  EXPECT_EQ(cache_->bytes(), kBlockCost);
  EXPECT_EQ(found(content("f"), 0), 'b');
}

TEST_F(DiskCacheTest, SmallFilesCountWithTheirPages) {
  keep(content("f", 1), 0, 'a');
  EXPECT_EQ(cache_->bytes(), 4096U + 256U);
}

TEST_F(DiskCacheTest, WhatWasUsedLastStaysLongest) {
  mount(4 * kBlockCost);
  for (std::uint64_t i = 0; i < 4; ++i) keep(content("f"), i, static_cast<char>('a' + i));
  EXPECT_EQ(found(content("f"), 0), 'a');
  keep(content("f"), 4, 'e');
  EXPECT_EQ(found(content("f"), 0, 5), "a-cde");
  mount(4 * kBlockCost);  // in this order the five were looked for
  keep(content("f"), 5, 'f');
  EXPECT_EQ(found(content("f"), 0, 6), "--cdef") << "the order outlives the mount";
}

TEST_F(DiskCacheTest, ASmallerBoundHoldsFromTheStart) {
  for (std::uint64_t i = 0; i < 8; ++i) keep(content("f"), i, static_cast<char>('a' + i));
  mount(2 * kBlockCost);
  EXPECT_EQ(cache_->bytes(), 2 * kBlockCost);
  EXPECT_EQ(found(content("f"), 0, 8), "------gh");
  EXPECT_LE(disk_bytes(), 2 * kBlockCost);
}

TEST_F(DiskCacheTest, ABlockLargerThanTheBoundIsDropped) {
  mount(kBlockCost - 1);
  keep(content("f"), 0, 'a');
  EXPECT_EQ(cache_->bytes(), 0U);
}

TEST_F(DiskCacheTest, OffersThatCannotWaitAreDropped) {
  cache_.reset();
  DiskCacheOptions narrow = options(100 * kBlockCost);
  narrow.queue_bytes = kBlockSize;
  auto opened = DiskCache::open(narrow);
  ASSERT_TRUE(opened);
  cache_ = *std::move(opened);
  keep(content("f"), 0, 'a');
  EXPECT_EQ(found(content("f"), 0), '-') << "with its bookkeeping it is more than the queue may hold";
  keep(content("small", 1000), 0, 'b');
  EXPECT_EQ(found(content("small", 1000), 0), 'b');
}

TEST_F(DiskCacheTest, ASecondMountIsToldSo) {
  const auto second = DiskCache::open(options(kBlockCost));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kBusy);
}

TEST_F(DiskCacheTest, EachSourceHasAFolderOfItsOwn) {
  keep(content("f"), 0, 'a');
  DiskCacheOptions elsewhere = options(kBlockCost);
  elsewhere.source = "alice@ftp.example.org:21/below";
  const auto other = DiskCache::open(elsewhere);
  ASSERT_TRUE(other);
  EXPECT_EQ((*other)->find(content("f"), 0), nullptr);
  EXPECT_EQ(found(content("f"), 0), 'a');
  EXPECT_NE(DiskCache::folder_of("a/b"), DiskCache::folder_of("a_b")) << "though they read the same";
  EXPECT_EQ(DiskCache::folder_of("../x y").substr(0, 6), ".._x_y");
}

TEST_F(DiskCacheTest, NobodyElseCanRead) {
  keep(content("f"), 0, 'a');
  for (const auto& entry : std::filesystem::recursive_directory_iterator(place_)) {
    struct stat status {};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, S_ISDIR(status.st_mode) ? 0700U : 0600U) << entry.path();
  }
}

TEST_F(DiskCacheTest, ADirectoryOfSomebodyElseIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  cache_.reset();
  ASSERT_EQ(::chown(directory().c_str(), 12345, 12345), 0);
  const auto theirs = DiskCache::open(options(kBlockCost));
  ASSERT_FALSE(theirs);
  EXPECT_EQ(theirs.error().kind, ErrorKind::kPermission);
}

TEST(IsSettledTest, WhenTheTimeIsLongAgoOrTheFileWasWatched) {
  const system_clock::time_point now{seconds(1'000'000)};
  EXPECT_TRUE(is_settled(1'000'000 - 60, now, seconds(0)));
  EXPECT_FALSE(is_settled(1'000'000 - 59, now, seconds(0))) << "the server's clock may be behind";
  EXPECT_FALSE(is_settled(1'000'000 - 59, now, std::chrono::milliseconds(1999)));
  EXPECT_TRUE(is_settled(1'000'000 - 59, now, seconds(2)));
  EXPECT_FALSE(is_settled(1'000'000 + 500, now, seconds(0))) << "or ahead";
  EXPECT_TRUE(is_settled(1'000'000 + 500, now, seconds(2)));
}

}  // namespace
}  // namespace ftpsfs::cache
