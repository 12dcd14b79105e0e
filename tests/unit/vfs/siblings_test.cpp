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
  int opened() { return server_.count(Verb::kOpenReader); }
  /// True once nothing has been opened for a while, which is what is waited for.
  bool settles_at(int readers) {
    for (int i = 0; i < 500 && opened() < readers; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return opened() == readers;
  }
};

TEST_F(SiblingsTest, EachFileIsFetchedOnce) {
  constexpr int kAtTheSameMoment = 8;  // fetched ahead by one thread while another opens it
  read_in_order(0, kFiles);
  (void)settles_at(kFiles);
  EXPECT_LE(opened(), kFiles + kAtTheSameMoment);
}

TEST_F(SiblingsTest, TheNextOnesAreFetchedAhead) {
  read_in_order(0, 10);
  EXPECT_TRUE(settles_at(42)) << opened() << ": ten, and 32 ahead";
  read_in_order(10, 11);
  EXPECT_TRUE(settles_at(43)) << opened();
}

TEST_F(SiblingsTest, ReadsInNoOrderLeadNowhere) {
  for (const int i : {40, 3, 30, 12, 50, 7, 22, 1}) ASSERT_EQ(read_file(name(i)), content(i));
  EXPECT_TRUE(settles_at(8)) << opened();
}

TEST_F(SiblingsTest, WhatChangedSinceItWasFetchedAheadIsFetchedAgain) {
  read_in_order(0, 10);
  ASSERT_TRUE(settles_at(42));
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
