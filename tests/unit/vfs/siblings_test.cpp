// Small files read in the order of a listing: the next ones are fetched ahead.
#include <thread>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

class SiblingsTest : public FilesystemTest {
 protected:
  static constexpr int kFiles = 60;

  void SetUp() override {
    for (int i = 0; i < kFiles; ++i) server_.put(name(i), content(i));
    mount();
    ASSERT_EQ(names().size(), static_cast<std::size_t>(kFiles));
  }

  static std::string name(int i) { return "file" + std::to_string(100 + i); }
  static std::string content(int i) { return pattern(1000, static_cast<unsigned>(i)); }
  void read_in_order(int from, int to) {
    for (int i = from; i < to; ++i) ASSERT_EQ(read_file(name(i)), content(i)) << i;
  }
  /// A file may be opened while a thread is about to fetch it ahead: it is then fetched twice.
  static constexpr int kAtTheSameMoment = 8;

  int opened() { return server_.count(Verb::kOpenReader); }
  /// Waits until so many were opened, and a moment longer, in which others might be. Returns how many were.
  int settled(int readers) {
    for (int i = 0; i < 500 && opened() < readers; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return opened();
  }
};

TEST_F(SiblingsTest, EachFileIsFetchedOnce) {
  read_in_order(0, kFiles);
  EXPECT_LE(settled(kFiles), kFiles + kAtTheSameMoment);
}

TEST_F(SiblingsTest, TheNextOnesAreFetchedAhead) {
  read_in_order(0, 10);
  const int ahead = settled(42);
  EXPECT_GE(ahead, 42) << "ten, and 32 ahead";
  EXPECT_LE(ahead, 42 + kAtTheSameMoment);
  read_in_order(10, 11);
  EXPECT_EQ(settled(ahead + 1), ahead + 1);
}

TEST_F(SiblingsTest, ReadsInNoOrderLeadNowhere) {
  for (const int i : {40, 3, 30, 12, 50, 7, 22, 1}) ASSERT_EQ(read_file(name(i)), content(i));
  EXPECT_EQ(settled(8), 8);
}

TEST_F(SiblingsTest, WhatChangedSinceItWasFetchedAheadIsFetchedAgain) {
  read_in_order(0, 10);
  ASSERT_GE(settled(42), 42);
  server_.put(name(12), "something else");
  clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(read_file(name(12)), "something else");
}

TEST_F(SiblingsTest, WithoutASessionToSpareEveryFileIsReadAllTheSame) {
  server_.no_session_to_spare = true;
  read_in_order(0, kFiles);
  EXPECT_GT(server_.refused_ahead, 0);
}

}  // namespace
}  // namespace ftpsfs::vfs
