#include "vfs/range_set.h"

#include <gtest/gtest.h>

#include <bitset>
#include <random>

namespace ftpsfs::vfs {
namespace {

using Ranges = std::vector<Range>;

TEST(RangeSet, MissesEverythingAtFirst) {
  const RangeSet set;
  EXPECT_EQ(set.missing({3, 9}), (Ranges{{3, 9}}));
  EXPECT_EQ(set.missing({5, 5}), Ranges{});
}

TEST(RangeSet, MergesWhatTouches) {
  RangeSet set;
  set.add({0, 10});
  set.add({20, 30});
  EXPECT_EQ(set.missing({0, 40}), (Ranges{{10, 20}, {30, 40}}));
  set.add({10, 20});
  EXPECT_EQ(set.missing({0, 40}), (Ranges{{30, 40}}));
}

TEST(RangeSet, TakesNoEmptyOrBackwardRange) {
  RangeSet set;
  set.add({5, 5});
  set.add({9, 2});
  EXPECT_EQ(set.missing({0, 10}), (Ranges{{0, 10}}));
}

constexpr std::size_t kSize = 96;

std::size_t first_of(const std::bitset<kSize>& model) {
  std::size_t i = 0;
  while (i < kSize && !model.test(i)) ++i;
  return i;
}

TEST(RangeSet, AgreesWithABitmap) {
  std::mt19937 random(7);
  const auto any = [&](std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random); };
  for (int round = 0; round < 200; ++round) {
    RangeSet set;
    std::bitset<kSize> model;
    for (int step = 0; step < 20; ++step) {
      const std::size_t begin = any(kSize);
      const std::size_t end = begin + any(kSize - begin + 1);
      const bool adds = any(3) > 0;
      adds ? set.add({begin, end}) : set.remove({begin, end});
      for (std::size_t i = begin; i < end; ++i) model.set(i, adds);
      ASSERT_EQ(set.first().value_or(kSize), first_of(model));
      const std::size_t from = any(kSize);
      const std::size_t to = from + any(kSize - from + 1);
      Ranges expected;
      for (std::size_t i = from; i < to; ++i) {
        if (model.test(i)) continue;
        if (expected.empty() || expected.back().end != i) expected.push_back({i, i});
        expected.back().end = i + 1;
      }
      ASSERT_EQ(set.missing({from, to}), expected);
      RangeSet rest;
      for (const Range& gap : expected) rest.add(gap);
      ASSERT_EQ(set.present({from, to}), rest.missing({from, to}));
    }
  }
}

}  // namespace
}  // namespace ftpsfs::vfs
