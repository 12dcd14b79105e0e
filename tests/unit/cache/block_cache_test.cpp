// BlockCache: bound, versions, and many threads.
#include "ftpsfs/cache/block_cache.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace ftpsfs::cache {
namespace {

BlockPtr block_of(std::size_t size, int fill = 0) {
  return std::make_shared<const Block>(size, static_cast<std::byte>(fill));
}

TEST(BlockCache, FindsWhatWasInserted) {
  BlockCache cache(10 * kBlockSize);
  const BlockPtr block = block_of(100, 7);
  cache.insert({1, 2}, block);
  EXPECT_EQ(cache.find({1, 2}), block);
  EXPECT_EQ(cache.find({2, 1}), nullptr);
  EXPECT_EQ(cache.find({1, 3}), nullptr);
}

TEST(BlockCache, StaysWithinItsBoundAndEvictsTheLeastRecentlyUsed) {
  constexpr std::size_t kCapacity = 4 * (kBlockSize + 1024);
  BlockCache cache(kCapacity);
  for (std::uint64_t i = 0; i < 4; ++i) cache.insert({1, i}, block_of(kBlockSize));
  EXPECT_GE(cache.bytes(), 4 * kBlockSize);
  ASSERT_NE(cache.find({1, 0}), nullptr);
  cache.insert({1, 4}, block_of(kBlockSize));
  EXPECT_LE(cache.bytes(), kCapacity);
  EXPECT_EQ(cache.find({1, 1}), nullptr);
  EXPECT_NE(cache.find({1, 0}), nullptr);
}

TEST(BlockCache, SmallBlocksAreNotFree) {
  BlockCache cache(100'000);
  for (std::uint64_t i = 0; i < 10'000; ++i) cache.insert({i, 0}, block_of(1));
  EXPECT_LE(cache.bytes(), 100'000U);
  EXPECT_EQ(cache.find({0, 0}), nullptr);
  EXPECT_NE(cache.find({9'999, 0}), nullptr);
}

TEST(BlockCache, AnEvictedBlockLivesAsLongAsItIsHeld) {
  BlockCache cache(kBlockSize + 1024);
  cache.insert({1, 0}, block_of(kBlockSize, 42));
  const BlockPtr held = cache.find({1, 0});
  cache.insert({1, 1}, block_of(kBlockSize));
  EXPECT_EQ(cache.find({1, 0}), nullptr);
  EXPECT_EQ(held->back(), std::byte{42});
}

TEST(BlockCache, ForgetTakesOneVersionOnly) {
  BlockCache cache(100 * kBlockSize);
  for (std::uint64_t content = 1; content <= 3; ++content) {
    for (std::uint64_t i = 0; i < 5; ++i) cache.insert({content, i * 1000}, block_of(10));
  }
  const std::size_t before = cache.bytes();
  cache.forget(2);
  for (std::uint64_t i = 0; i < 5; ++i) {
    EXPECT_NE(cache.find({1, i * 1000}), nullptr);
    EXPECT_EQ(cache.find({2, i * 1000}), nullptr);
    EXPECT_NE(cache.find({3, i * 1000}), nullptr);
  }
  EXPECT_EQ(cache.bytes(), before / 3 * 2);
  cache.forget(2);
  cache.forget(1);
  cache.forget(3);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(BlockCache, ForgetAfterEvictionIsHarmless) {
  BlockCache cache(2 * (kBlockSize + 1024));
  for (std::uint64_t i = 0; i < 10; ++i) cache.insert({1, i}, block_of(kBlockSize));
  cache.insert({2, 0}, block_of(kBlockSize));
  cache.forget(1);
  EXPECT_NE(cache.find({2, 0}), nullptr);
  EXPECT_LT(cache.bytes(), 2 * kBlockSize);
}

TEST(BlockCache, InsertReplaces) {
  BlockCache cache(10 * kBlockSize);
  cache.insert({1, 0}, block_of(10, 1));
  const std::size_t before = cache.bytes();
  cache.insert({1, 0}, block_of(10, 2));
  EXPECT_EQ(cache.bytes(), before);
  EXPECT_EQ(cache.find({1, 0})->front(), std::byte{2});
}

TEST(BlockCache, ABlockThatNeverFitsIsNotKept) {
  BlockCache cache(1000);
  cache.insert({1, 0}, block_of(2000));
  EXPECT_EQ(cache.find({1, 0}), nullptr);
  EXPECT_EQ(cache.bytes(), 0U);
  cache.forget(1);
}

TEST(BlockCache, ContentNumbersAreNeverGivenTwice) {
  BlockCache cache(1);
  std::vector<std::vector<std::uint64_t>> given(4);
  std::vector<std::thread> threads;
  for (auto& numbers : given) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) numbers.push_back(cache.new_content());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::uint64_t> all;
  for (const auto& numbers : given) all.insert(numbers.begin(), numbers.end());
  EXPECT_EQ(all.size(), 4000U);
}

TEST(BlockCache, ReadersSeeWholeBlocksWhileOthersInsertAndForget) {
  BlockCache cache(20 * 1300);
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 2000; ++i) {
        const BlockKey key{i % 7, i % 13};
        if (t < 2) {
          if (const BlockPtr block = cache.find(key)) {
            EXPECT_EQ(block->size(), 1000U);
            EXPECT_EQ(block->front(), block->back());
          }
        } else if (i % 50 == 0) {
          cache.forget(key.content);
        } else {
          cache.insert(key, block_of(1000, static_cast<int>(i % 256)));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(cache.bytes(), 20U * 1300);
}

}  // namespace
}  // namespace ftpsfs::cache
