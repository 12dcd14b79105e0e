#include "vfs/parallelism.h"

#include <gtest/gtest.h>

namespace ftpsfs::vfs {
namespace {

using std::chrono::milliseconds;

/// Time that passes when the test says so, on a line of which each stream carries a share.
class ParallelismTest : public testing::Test {
 protected:
  /// What `streams` bring together, in bytes a second.
  using Line = double (*)(std::size_t streams);

  void go(Parallelism& parallelism, Line line, milliseconds span, bool starved = true) {
    for (const auto end = now_ + span; now_ < end;) {
      now_ += milliseconds(10);
      if (starved) parallelism.starved();
      parallelism.arrived(static_cast<std::uint64_t>(line(parallelism.streams()) / 100), now_);
    }
  }

  static double lossy(std::size_t streams) { return 5e5 * static_cast<double>(streams); }
  static double full(std::size_t) { return 1e7; }
  static double fast(std::size_t streams) { return 7e7 * static_cast<double>(streams); }
  static double four_at_most(std::size_t streams) {
    return 1e6 * static_cast<double>(std::min<std::size_t>(streams, 4));
  }

  Parallelism::Time now_ = Parallelism::Time() + std::chrono::hours(1);
  Parallelism::Learned learned_;
};

TEST_F(ParallelismTest, BeginsWithOne) {
  Parallelism parallelism(8, learned_);
  parallelism.begin(now_);
  EXPECT_EQ(parallelism.streams(), 1U);
}

TEST_F(ParallelismTest, TakesMoreWhileTheyBringMore) {
  Parallelism parallelism(8, learned_);
  parallelism.begin(now_);
  go(parallelism, lossy, std::chrono::seconds(5));
  EXPECT_EQ(parallelism.streams(), 8U);
  EXPECT_EQ(learned_.streams, 8U);
  EXPECT_EQ(parallelism.segment_bytes(), 1024U * 1024U);
}

TEST_F(ParallelismTest, StaysWithOneWhereTheLineIsFull) {
  Parallelism parallelism(8, learned_);
  parallelism.begin(now_);
  go(parallelism, full, std::chrono::seconds(5));
  EXPECT_EQ(parallelism.streams(), 1U);
  EXPECT_EQ(learned_.streams, 1U);
}

TEST_F(ParallelismTest, StaysWithOneThatIsFast) {
  Parallelism parallelism(8, learned_);
  parallelism.begin(now_);
  go(parallelism, fast, std::chrono::seconds(5));
  EXPECT_EQ(parallelism.streams(), 1U);
}

TEST_F(ParallelismTest, GoesBackToWhatWasAsGood) {
  Parallelism parallelism(8, learned_);
  parallelism.begin(now_);
  go(parallelism, four_at_most, std::chrono::seconds(10));
  EXPECT_EQ(parallelism.streams(), 4U);
}

TEST_F(ParallelismTest, DoesNotTryAgainSoon) {
  Parallelism first(8, learned_);
  first.begin(now_);
  go(first, full, std::chrono::seconds(5));
  Parallelism second(8, learned_);
  second.begin(now_);
  for (int i = 0; i < 10; ++i) {
    go(second, lossy, std::chrono::seconds(1));
    ASSERT_EQ(second.streams(), 1U);
  }
  go(second, lossy, std::chrono::seconds(30));
  EXPECT_EQ(second.streams(), 8U);
}

TEST_F(ParallelismTest, TheNextFileBeginsWithWhatWasLearned) {
  Parallelism first(8, learned_);
  first.begin(now_);
  go(first, lossy, std::chrono::seconds(5));
  Parallelism second(8, learned_);
  second.begin(now_);
  EXPECT_EQ(second.streams(), 8U);
}

TEST_F(ParallelismTest, AReaderThatNeverWaitsTellsNothing) {
  Parallelism parallelism(8, learned_);
  parallelism.begin(now_);
  go(parallelism, lossy, std::chrono::seconds(10), false);
  EXPECT_EQ(parallelism.streams(), 1U);
}

TEST_F(ParallelismTest, AStreamThatStillGetsFasterIsWaitedFor) {
  Parallelism parallelism(8, learned_);
  parallelism.begin(now_);
  double rate = 1e5;
  for (int round = 0; round < 8; ++round, rate *= 2) {
    now_ += milliseconds(300);
    parallelism.starved();
    parallelism.arrived(static_cast<std::uint64_t>(rate * 0.3), now_);
    EXPECT_EQ(parallelism.streams(), 1U);
  }
}

TEST_F(ParallelismTest, ATrialForWhichThereAreNoSessionsIsNotRepeatedSoon) {
  Parallelism parallelism(8, learned_);
  parallelism.begin(now_);
  int trials = 0;
  for (const auto end = now_ + std::chrono::seconds(50); now_ < end;) {
    go(parallelism, lossy, milliseconds(10));
    if (parallelism.streams() > 1) ++trials;
    parallelism.held_to(1, now_);
  }
  EXPECT_LE(trials, 3);
}

TEST_F(ParallelismTest, IsHeldToTheSessionsThereAre) {
  learned_.streams = 8;
  Parallelism parallelism(8, learned_);
  parallelism.begin(now_);
  parallelism.held_to(3, now_);
  EXPECT_EQ(parallelism.streams(), 3U);
  parallelism.held_to(0, now_);
  EXPECT_EQ(parallelism.streams(), 1U);
  go(parallelism, lossy, std::chrono::seconds(1));
  EXPECT_EQ(parallelism.streams(), 1U) << "others want them for a while";
  go(parallelism, lossy, std::chrono::seconds(2));
  EXPECT_EQ(parallelism.streams(), 8U);
}

}  // namespace
}  // namespace ftpsfs::vfs
