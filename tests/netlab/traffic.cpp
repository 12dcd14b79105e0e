#include "netlab/traffic.h"

namespace ftpsfs::netlab {
namespace {

constexpr std::size_t kWord = 4;
constexpr std::size_t kProtocolOffset = 9;
constexpr std::size_t kTcpOffsetField = 12;  // within the TCP header
constexpr unsigned kVersion4 = 4;
constexpr unsigned kTcp = 6;

unsigned octet(std::span<const std::byte> packet, std::size_t at) { return std::to_integer<unsigned>(packet[at]); }

}  // namespace

std::size_t tcp_payload_bytes(std::span<const std::byte> packet) {
  if (packet.size() <= kProtocolOffset) return 0;
  if (octet(packet, 0) >> 4 != kVersion4 || octet(packet, kProtocolOffset) != kTcp) return 0;
  const std::size_t ip_header = (octet(packet, 0) & 0xF) * kWord;
  if (packet.size() <= ip_header + kTcpOffsetField) return 0;
  const std::size_t headers = ip_header + (octet(packet, ip_header + kTcpOffsetField) >> 4) * kWord;
  const std::size_t total = octet(packet, 2) << 8 | octet(packet, 3);  // the packet may be padded behind it
  return total > headers ? total - headers : 0;
}

void Traffic::count(std::span<const std::byte> packet) {
  ++packets;
  bytes += packet.size();
  if (tcp_payload_bytes(packet) > 0) ++data_packets;
}

}  // namespace ftpsfs::netlab
