// EntryList: what is packed comes out as it went in, and costs little.
#include "ftpsfs/cache/entry_list.h"

#include <malloc.h>

#include <string>

#include "unit/cache/metadata_cache_fixture.h"

namespace ftpsfs::cache {
namespace {

using remote::Attributes;
using remote::Entry;
using remote::FileType;

Attributes everything() {
  return {.type = FileType::kSymlink,
          .size = 0xfedcba9876543210,
          .mtime = -1,
          .mtime_exact = true,
          .mode = 07777,
          .links = 0xffffffff,
          .provisional = true,
          .writable = false,
          .unique = std::string("\0id\xff", 4),
          .link_target = std::string(5000, 't')};
}

std::string names(const EntryList& list) {
  std::string all;
  for (const Entry& entry : list) all += entry.name + "=" + std::to_string(entry.attributes.size) + " ";
  return all;
}

TEST(EntryListTest, WhatIsPackedComesOutAsItWentIn) {
  const Attributes nothing;
  const EntryList list = {{"everything", everything()}, {"nothing", nothing}, {std::string(765, 'n'), file(1)}};
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list.attributes(0), everything());
  EXPECT_EQ(list.attributes(1), nothing);
  EXPECT_EQ(list.name(0), "everything");
  EXPECT_EQ(list.name(2), std::string(765, 'n'));
  EXPECT_EQ(list.type(0), FileType::kSymlink);
  EXPECT_TRUE(list.provisional(0));
  EXPECT_FALSE(list.provisional(1));
  EXPECT_EQ(list[1].name, "nothing");
}

TEST(EntryListTest, AnIdentityWithoutEndIsNone) {
  const EntryList list = {{"a", file(1, std::string(70'000, 'u'))}, {"b", file(2)}};
  EXPECT_EQ(list.attributes(0), file(1));
  EXPECT_EQ(list.attributes(1), file(2));
}

TEST(EntryListTest, GrowingMovesNothing) {
  EntryList list = {{"a", file(1)}};
  const std::string_view first = list.name(0);
  const EntryList copy = list;
  for (int i = 0; i < 1000; ++i) list.append(std::vector<Entry>{{std::to_string(i), file(2)}});
  list.append({});
  EXPECT_EQ(list.size(), 1001U);
  EXPECT_EQ(list.name(0).data(), first.data());
  EXPECT_EQ(names(copy), "a=1 ");
}

TEST(EntryListTest, OrderIsByTheBytesOfTheNameAndTheFirstOfSeveralStays) {
  const EntryList list = {{"b", file(1)}, {"\xc3\xa4", file(2)}, {"a", file(3)}, {"b", file(4)}, {"B", file(5)}};
  EXPECT_EQ(names(list.in_order()), "B=5 a=3 b=1 \xc3\xa4=2 ");
  EXPECT_EQ(names(list), "b=1 \xc3\xa4=2 a=3 b=4 B=5 ") << "the list itself stays as told";
}

TEST(EntryListTest, NamesAreFoundInAListInOrder) {
  const EntryList list = EntryList{{"b", file(1)}, {"d", file(2)}, {"a", file(3)}}.in_order();
  EXPECT_EQ(list.find("a"), 0U);
  EXPECT_EQ(list.find("d"), 2U);
  EXPECT_EQ(list.find("c"), std::nullopt);
  EXPECT_EQ(list.find("e"), std::nullopt);
  EXPECT_EQ(list.lower_bound("c"), 2U);
  EXPECT_EQ(list.lower_bound(""), 0U);
  EXPECT_EQ(EntryList().find("a"), std::nullopt);
}

TEST(EntryListTest, AnAmendedCopyHasWhatIsNewerAndNotWhatIsGone) {
  const EntryList list = {{"b", file(1)}, {"d", file(2)}, {"f", file(3)}};
  EXPECT_EQ(names(list.amended({{"a", file(7)}, {"b", file(8)}, {"z", file(9)}}, {"c", "d"})), "a=7 b=8 f=3 z=9 ");
  EXPECT_EQ(names(list.amended({}, {"b", "d", "f"})), "");
  EXPECT_EQ(names(EntryList().amended({{"a", file(1)}}, {"b"})), "a=1 ");
  EXPECT_EQ(names(list), "b=1 d=2 f=3 ");
}

/// What ProFTPD, vsftpd and Pure-FTPd tell of a name of twenty bytes. Grown by parts, as it comes off the line.
TEST(EntryListTest, AnEntryCostsWhatItSaysAndFarLessThan250Bytes) {
  constexpr int kMany = 100'000;
  constexpr int kPart = 500;
  const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
  EntryList list;
  for (int i = 0; i < kMany; i += kPart) {
    std::vector<Entry> part;
    for (int k = i; k < i + kPart; ++k) {
      auto told = file(static_cast<std::uint64_t>(k), "801U" + std::to_string(1'000'000 + k));
      told.mode = 0644;
      part.push_back({"IMG_20240131_" + std::to_string(1'000'000 + k), std::move(told)});
    }
    list.append(part);
  }
  const EntryList ordered = list.in_order();
  list = EntryList();
  const std::size_t real = mallinfo2().uordblks + mallinfo2().hblkhd - before;
  EXPECT_LE(ordered.bytes(), kMany * 75U);
  if (before == 0) GTEST_SKIP() << "the allocator is not glibc's";
  EXPECT_LE(real, ordered.bytes() + ordered.bytes() / 20);
  EXPECT_GE(real, ordered.bytes() - ordered.bytes() / 20);
}

}  // namespace
}  // namespace ftpsfs::cache
