#include "netlab/wire.h"

#include <algorithm>

namespace ftpsfs::netlab {

Wire::Wire(const WireOptions& options) : options_(options), random_(options.seed) {}

Wire::Clock::duration Wire::sending_time(double bytes) const {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(bytes / options_.bytes_per_second));
}

bool Wire::vanishes() { return options_.loss > 0 && std::uniform_real_distribution<>(0, 1)(random_) < options_.loss; }

void Wire::accept(std::span<const std::byte> packet, Clock::time_point now) {
  traffic_.count(packet);
  free_at_ = std::max(free_at_, now);
  const Clock::time_point sent = free_at_ + sending_time(static_cast<double>(packet.size()));
  if (sent - now > sending_time(static_cast<double>(options_.queue_bytes))) {
    ++traffic_.dropped_packets;
  } else if (vanishes()) {
    ++traffic_.lost_packets;
  } else {
    free_at_ = sent;
    under_way_.push_back({sent + options_.delay, {packet.begin(), packet.end()}});
  }
}

std::span<const std::byte> Wire::arrived(Clock::time_point now) const {
  if (under_way_.empty() || under_way_.front().arrival > now) return {};
  return under_way_.front().bytes;
}

void Wire::pop() { under_way_.pop_front(); }

std::optional<Wire::Clock::time_point> Wire::next_arrival() const {
  if (under_way_.empty()) return std::nullopt;
  return under_way_.front().arrival;
}

}  // namespace ftpsfs::netlab
