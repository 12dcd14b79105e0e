#include "netlab/wire.h"

#include <gtest/gtest.h>

#include <vector>

namespace ftpsfs::netlab {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

const Wire::Clock::time_point kStart{std::chrono::hours(1)};
const std::vector<std::byte> kKilobyte(1000);

TEST(Wire, APacketArrivesAfterItsSendingTimeAndTheDelay) {
  Wire wire({.delay = milliseconds(10), .bytes_per_second = 1e6});
  EXPECT_FALSE(wire.next_arrival());
  wire.accept(kKilobyte, kStart);
  EXPECT_EQ(wire.next_arrival(), kStart + milliseconds(11));
  EXPECT_TRUE(wire.arrived(kStart + microseconds(10'999)).empty());
  EXPECT_EQ(wire.arrived(kStart + milliseconds(11)).size(), kKilobyte.size());
  wire.pop();
  EXPECT_FALSE(wire.next_arrival());
}

TEST(Wire, PacketsLeaveOneAfterTheOther) {
  Wire wire({.delay = milliseconds(10), .bytes_per_second = 1e6});
  wire.accept(kKilobyte, kStart);
  wire.accept(kKilobyte, kStart);
  wire.pop();
  EXPECT_EQ(wire.next_arrival(), kStart + milliseconds(12));
  wire.pop();
  wire.accept(kKilobyte, kStart + milliseconds(5));
  EXPECT_EQ(wire.next_arrival(), kStart + milliseconds(16)) << "a wire that was idle sends at once";
}

TEST(Wire, WhatTheQueueCannotHoldIsDropped) {
  Wire wire({.bytes_per_second = 1e6, .queue_bytes = 3000});
  for (int i = 0; i < 5; ++i) wire.accept(kKilobyte, kStart);
  EXPECT_EQ(wire.traffic().packets, 5U);
  EXPECT_EQ(wire.traffic().dropped_packets, 2U);
  wire.accept(kKilobyte, kStart + milliseconds(1));
  EXPECT_EQ(wire.traffic().dropped_packets, 2U) << "one packet has left the queue since";
}

TEST(Wire, LosesItsShareAndTheSamePacketsEachTime) {
  const WireOptions options{.bytes_per_second = 1e12, .loss = 0.01};
  Wire wire(options);
  Wire twin(options);
  for (int i = 0; i < 100'000; ++i) {
    wire.accept(kKilobyte, kStart + milliseconds(i));
    twin.accept(kKilobyte, kStart + milliseconds(i));
    ASSERT_EQ(wire.traffic().lost_packets, twin.traffic().lost_packets) << i;
  }
  EXPECT_NEAR(static_cast<double>(wire.traffic().lost_packets), 1000, 150);
  EXPECT_EQ(wire.traffic().dropped_packets, 0U);
}

}  // namespace
}  // namespace ftpsfs::netlab
