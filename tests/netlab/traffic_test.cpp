#include "netlab/traffic.h"

#include <gtest/gtest.h>

#include <vector>

namespace ftpsfs::netlab {
namespace {

/// An IPv4 packet with a TCP header of 32 bytes (20 and the timestamps) and `payload` bytes behind it.
std::vector<std::byte> tcp_packet(std::size_t payload, std::size_t padding = 0) {
  constexpr std::size_t kHeaders = 20 + 32;
  const std::size_t total = kHeaders + payload;
  std::vector<std::byte> packet(total + padding);
  packet[0] = std::byte{0x45};
  packet[2] = std::byte(total >> 8);
  packet[3] = std::byte(total & 0xFF);
  packet[9] = std::byte{6};
  packet[20 + 12] = std::byte{8 << 4};
  return packet;
}

TEST(Traffic, PayloadIsWhatFollowsTheHeaders) {
  EXPECT_EQ(tcp_payload_bytes(tcp_packet(0)), 0U);
  EXPECT_EQ(tcp_payload_bytes(tcp_packet(1)), 1U);
  EXPECT_EQ(tcp_payload_bytes(tcp_packet(1448)), 1448U);
  EXPECT_EQ(tcp_payload_bytes(tcp_packet(0, 6)), 0U) << "padding is no payload";
}

TEST(Traffic, OtherPacketsHaveNoPayload) {
  auto udp = tcp_packet(100);
  udp[9] = std::byte{17};
  EXPECT_EQ(tcp_payload_bytes(udp), 0U);
  auto version6 = tcp_packet(100);
  version6[0] = std::byte{0x60};
  EXPECT_EQ(tcp_payload_bytes(version6), 0U);
  const auto whole = tcp_packet(100);
  for (std::size_t size = 0; size < 20 + 13; ++size) {
    EXPECT_EQ(tcp_payload_bytes(std::span(whole).first(size)), 0U) << "cut to " << size;
  }
}

TEST(Traffic, CountsDataApart) {
  Traffic traffic;
  traffic.count(tcp_packet(0));
  traffic.count(tcp_packet(100));
  EXPECT_EQ(traffic.packets, 2U);
  EXPECT_EQ(traffic.bytes, 52U + 152U);
  EXPECT_EQ(traffic.data_packets, 1U);
}

}  // namespace
}  // namespace ftpsfs::netlab
