// Traffic: what one direction of a line has carried, in packets and bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ftpsfs::netlab {

/// Bytes of TCP payload in an IP packet (RFC 791, RFC 9293); 0 for anything but TCP over IPv4, and for what is cut
/// short.
[[nodiscard]] std::size_t tcp_payload_bytes(std::span<const std::byte> packet);

/// Counts what enters one direction of a line, whether or not it comes out again.
struct Traffic {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;            ///< with IP and TCP headers
  std::uint64_t data_packets = 0;     ///< those with TCP payload: no bare ACK, SYN or FIN
  std::uint64_t lost_packets = 0;     ///< taken by the line's loss
  std::uint64_t dropped_packets = 0;  ///< refused by the full queue

  /// Counts a packet in `packets`, `bytes` and `data_packets`.
  void count(std::span<const std::byte> packet);
};

}  // namespace ftpsfs::netlab
