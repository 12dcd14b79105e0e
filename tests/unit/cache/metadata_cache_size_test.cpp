// MetadataCache: what directories cost, and what happens when there are too many.
#include <cstdio>

#include "unit/cache/metadata_cache_fixture.h"

namespace ftpsfs::cache {
namespace {

constexpr int kMany = 100'000;

/// A name of twenty bytes, as photographs and logs have.
std::string name_of(int number) {
  char name[32];
  std::snprintf(name, sizeof name, "IMG_20240131_%07d", number);
  return name;
}

std::vector<remote::Entry> many_entries() {
  std::vector<remote::Entry> entries;
  for (int i = 0; i < kMany; ++i) entries.push_back({name_of((i * 7919) % kMany), file(1)});
  return entries;
}

class MetadataCacheSizeTest : public MetadataCacheTest {
 protected:
  MetadataCache large_{std::size_t{1} << 30, kTimeToLive, clock_};
};

TEST_F(MetadataCacheSizeTest, AListedEntryCostsItsSizeAndItsName) {
  auto entries = many_entries();
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(large_.learn_listing(at("d"), std::move(entries), large_.mark(at("d"))));
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(large_.bytes(), kMany * (40U + 20U));
  EXPECT_LE(large_.bytes(), kMany * 61U);
  EXPECT_LT(took, std::chrono::seconds(30)) << "a tenth of a second, unless built with checks";
  EXPECT_EQ(large_.find(at("d/" + name_of(4711)))->attributes->size, 1U);
  EXPECT_FALSE(large_.find(at("d/none"))->attributes);
}

TEST_F(MetadataCacheSizeTest, AnEntryOfOurOwnCostsLittleMore) {
  constexpr int kCreated = 10'000;
  for (int i = 0; i < kCreated; ++i) {
    const auto path = at("d/" + name_of(i));
    large_.begin_change(path);
    large_.changed(path, file(1));
  }
  EXPECT_LE(large_.bytes(), kCreated * 250U);
}

TEST_F(MetadataCacheSizeTest, RemovingAFileLeavesNoRecordOfWhatWasBelow) {
  constexpr int kRemoved = 1'000;
  auto entries = many_entries();
  entries.resize(kRemoved);
  ASSERT_TRUE(large_.learn_listing(at("d"), entries, large_.mark(at("d"))));
  const std::size_t before = large_.bytes();
  for (const remote::Entry& entry : entries) large_.removed(at("d/" + entry.name));
  EXPECT_LE(large_.bytes(), before + kRemoved * 250U);
}

TEST_F(MetadataCacheSizeTest, LongStringsAreCounted) {
  const std::string target(1000, 't');
  const std::string unique(500, 'u');
  auto link = file(1, unique);
  link.link_target = target;
  large_.learn(at("d/short"), file(1), large_.mark(at("d")));
  const std::size_t before = large_.bytes();
  large_.learn(at("d/link"), link, large_.mark(at("d")));
  EXPECT_GE(large_.bytes(), before + 1500);
}

TEST_F(MetadataCacheSizeTest, EveryWayToLearnAndToForgetIsWeighed) {
  const std::size_t nothing = cache_.bytes();
  stat("d/a", file(1));
  const std::size_t one = cache_.bytes();
  EXPECT_GT(one, nothing);
  stat("d/b", file(1));
  const std::size_t two = cache_.bytes();
  EXPECT_GT(two, one);
  stat("d/b", file(1));
  EXPECT_EQ(cache_.bytes(), two) << "replaced, not added";
  list("d", {});
  EXPECT_LT(cache_.bytes(), one) << "outdated answers are gone";
  cache_.changed(at("d/c"), file(1));
  const std::size_t unfolded = cache_.bytes();
  EXPECT_EQ(listed("d"), "c=1");
  EXPECT_GT(cache_.bytes(), unfolded);
  const std::size_t folded = cache_.bytes();
  EXPECT_EQ(listed("d"), "c=1");
  EXPECT_EQ(cache_.bytes(), folded);
}

TEST_F(MetadataCacheSizeTest, TheLeastRecentlyUsedDirectoriesGoFirst) {
  MetadataCache small(20'000, kTimeToLive, clock_);
  for (int i = 0; i < 200; ++i) {
    const auto path = at("d" + std::to_string(i));
    ASSERT_TRUE(small.learn_listing(path, {{"x", file(1)}}, small.mark(path)));
    EXPECT_LE(small.bytes(), 20'000U);
    EXPECT_TRUE(small.find(at("d0/x"))) << "in use, " << i;
  }
  EXPECT_FALSE(small.find(at("d1/x")));
  EXPECT_TRUE(small.find(at("d199/x")));
}

TEST_F(MetadataCacheSizeTest, ADirectoryTooLargeForTheCacheCostsNoOtherItsPlace) {
  MetadataCache small(20'000, kTimeToLive, clock_);
  ASSERT_TRUE(small.learn_listing(at("d"), {{"x", file(1)}}, small.mark(at("d"))));
  ASSERT_TRUE(small.learn_listing(at("large"), many_entries(), small.mark(at("large"))));
  EXPECT_EQ(small.listing(at("large")), nullptr);
  EXPECT_NE(small.listing(at("d")), nullptr);
}

TEST_F(MetadataCacheSizeTest, AListingThatOutgrowsTheCacheWhenRebuiltIsStillHandedOut) {
  auto entries = many_entries();
  entries.resize(100);
  MetadataCache small(17'500, kTimeToLive, clock_);
  ASSERT_TRUE(small.learn_listing(at("d"), entries, small.mark(at("d"))));
  for (int i = 0; i < 50; ++i) small.changed(at("d/new" + std::to_string(i)), file(1));
  ASSERT_LE(small.bytes(), 17'500U);
  const auto listing = small.listing(at("d"));
  ASSERT_NE(listing, nullptr);
  EXPECT_EQ(listing->entries.size(), 150U);
  EXPECT_EQ(small.bytes(), 0U) << "the test needs it to outgrow the cache";
}

}  // namespace
}  // namespace ftpsfs::cache
