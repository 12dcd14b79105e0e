// Wire: one direction of a line. Decides which packet gets through and when it arrives; does no I/O.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "netlab/traffic.h"

namespace ftpsfs::netlab {

struct WireOptions {
  std::chrono::nanoseconds delay{0};     ///< from the end of a packet's sending to its arrival
  double bytes_per_second = 125e6;       ///< over 0
  double loss = 0;                       ///< probability that a packet vanishes, 0 to 1
  std::size_t queue_bytes = 25'000'000;  ///< room of the queue before the bottleneck; what does not fit is dropped
  std::uint64_t seed = 42;               ///< of the losses: the same seed loses the same packets
};

/// A bottleneck with a queue that drops at its tail, and behind it a delay. Holds at most `queue_bytes` and what is
/// under way (rate × delay). For one thread.
class Wire {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Wire(const WireOptions& options);

  /// Puts a packet on the wire at `now`, which never goes back.
  void accept(std::span<const std::byte> packet, Clock::time_point now);
  /// The packet that arrives next, when it has arrived by `now`; empty otherwise. Valid until pop() or accept().
  [[nodiscard]] std::span<const std::byte> arrived(Clock::time_point now) const;
  /// Forgets the packet arrived() showed.
  void pop();
  /// When the next packet arrives; empty when none is under way.
  [[nodiscard]] std::optional<Clock::time_point> next_arrival() const;

  [[nodiscard]] const Traffic& traffic() const { return traffic_; }

 private:
  struct Packet {
    Clock::time_point arrival;
    std::vector<std::byte> bytes;
  };

  [[nodiscard]] Clock::duration sending_time(double bytes) const;
  [[nodiscard]] bool vanishes();

  WireOptions options_;
  Traffic traffic_;
  std::deque<Packet> under_way_;
  Clock::time_point free_at_;  ///< when the bottleneck has sent all it accepted
  std::mt19937_64 random_;
};

}  // namespace ftpsfs::netlab
