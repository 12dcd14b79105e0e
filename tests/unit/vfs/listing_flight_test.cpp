// ListingFlight and EntryIndex: a listing while it grows.
#include "vfs/listing_flight.h"

#include <gtest/gtest.h>

#include <future>
#include <limits>
#include <string>

namespace ftpsfs::vfs {
namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

remote::Entry entry(std::string name, std::uint64_t size) {
  remote::Entry made{std::move(name), {}};
  made.attributes.size = size;
  return made;
}

TEST(EntryIndex, FindsEachOfManyNames) {
  cache::EntryList list;
  EntryIndex index;
  EXPECT_FALSE(index.find(list, "0"));
  for (int i = 0; i < 5000; ++i) {
    list.append(std::vector{entry(std::to_string(i), 0)});
    if (i % 7 == 0) index.extend(list);
  }
  index.extend(list);
  EXPECT_EQ(index.size(), 5000U);
  for (std::size_t i = 0; i < 5000; ++i) EXPECT_EQ(index.find(list, std::to_string(i)), i);
  EXPECT_FALSE(index.find(list, "5000"));
}

TEST(ListingFlight, ANameToldTwiceCountsAsToldFirst) {
  ListingFlight flight({});
  flight.add({entry("b", 1), entry("a", 2), entry("b", 3)});
  flight.add({entry("a", 4), entry("c", 5)});
  flight.add({});
  ASSERT_EQ(flight.size(), 3U);
  EXPECT_EQ(flight.find("b")->size, 1U);
  EXPECT_EQ(flight.find("a")->size, 2U);
  EXPECT_FALSE(flight.find("d"));
  const auto some = flight.entries(1, 10);
  ASSERT_EQ(some.size(), 2U);
  EXPECT_EQ(some[0].name, "a");
  EXPECT_EQ(some[1].name, "c");
  EXPECT_TRUE(flight.entries(3, 10).empty());
  EXPECT_EQ(flight.entries(0, 1).size(), 1U);
}

TEST(ListingFlight, WaitersGoOnWithMoreEntriesAndAtTheEnd) {
  ListingFlight flight({});
  flight.add({entry("a", 1)});
  EXPECT_TRUE(flight.await(0, {}));
  auto second = std::async(std::launch::async, [&] { return flight.await(1, {}).has_value(); });
  auto end = std::async(std::launch::async, [&] { return flight.await(kAll, {}).has_value(); });
  flight.add({entry("b", 1)});
  EXPECT_TRUE(second.get());
  EXPECT_FALSE(flight.landing());
  flight.land({nullptr, false, Error{}});
  EXPECT_TRUE(end.get());
  EXPECT_TRUE(flight.landing()->error);
  EXPECT_FALSE(flight.find("a")) << "half a directory is not believed";
}

}  // namespace
}  // namespace ftpsfs::vfs
