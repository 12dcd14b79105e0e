#include "netlab/line.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace ftpsfs::netlab {
namespace {

using Clock = Wire::Clock;

constexpr std::size_t kLargestPacket = 65536;
constexpr int kBatch = 64;  // packets one direction takes before the other has its turn

/// Puts what a device has to send on its wire, one batch at most.
Status take(const UniqueFd& device, Wire& wire) {
  std::array<std::byte, kLargestPacket> packet;
  for (int i = 0; i < kBatch; ++i) {
    const ssize_t count = ::read(device.get(), packet.data(), packet.size());
    if (count < 0 && errno == EAGAIN) break;
    if (count <= 0) return fail(os_error(ErrorKind::kIo, "reading from a TUN device", errno));
    wire.accept(std::span(packet).first(static_cast<std::size_t>(count)), Clock::now());
  }
  return {};
}

/// Gives what has arrived at the far end of a wire to the device there.
Status give(Wire& wire, const UniqueFd& device) {
  const Clock::time_point now = Clock::now();
  for (auto packet = wire.arrived(now); !packet.empty(); packet = wire.arrived(now)) {
    if (::write(device.get(), packet.data(), packet.size()) < 0) {
      return fail(os_error(ErrorKind::kIo, "writing to a TUN device", errno));
    }
    wire.pop();
  }
  return {};
}

}  // namespace

Line::Line(UniqueFd client, UniqueFd server, const WireOptions& up, const WireOptions& down)
    : client_(std::move(client)), server_(std::move(server)), up_(up), down_(down) {}

std::optional<Clock::time_point> Line::next_arrival() const {
  const auto up = up_.next_arrival();
  const auto down = down_.next_arrival();
  if (up && down) return std::min(*up, *down);
  return up ? up : down;
}

Status Line::carry() {
  FTPSFS_TRY(take(client_, up_));
  FTPSFS_TRY(take(server_, down_));
  FTPSFS_TRY(give(up_, server_));
  return give(down_, client_);
}

bool Line::wait(const Events& events) const {
  std::array<pollfd, 4> sources{{{client_.get(), POLLIN, 0},
                                 {server_.get(), POLLIN, 0},
                                 {events.signals(), POLLIN, 0},
                                 {events.owner(), POLLIN, 0}}};
  const auto arrival = next_arrival();
  timespec left{};
  if (arrival) {
    const auto span = std::max<Clock::duration>(*arrival - Clock::now(), Clock::duration::zero());
    left.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(span).count();
    left.tv_nsec = (span % std::chrono::seconds(1)).count();
  }
  const int ready = ::ppoll(sources.data(), sources.size(), arrival ? &left : nullptr, nullptr);
  return ready > 0 && (sources[2].revents != 0 || sources[3].revents != 0);
}

Status Line::run(Events& events, const std::function<Status()>& report) {
  for (;;) {
    const bool told = wait(events);
    FTPSFS_TRY(carry());
    switch (told ? events.next() : Event::kNone) {
      case Event::kNone:
        break;
      case Event::kReport:
        FTPSFS_TRY(report());
        break;
      case Event::kEnd:
        return {};
    }
  }
}

}  // namespace ftpsfs::netlab
