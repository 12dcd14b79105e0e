// Line: two wires between two TUN devices, and the loop that keeps them moving.
#pragma once

#include <functional>
#include <optional>

#include "ftpsfs/base/result.h"
#include "ftpsfs/base/unique_fd.h"
#include "netlab/events.h"
#include "netlab/wire.h"

namespace ftpsfs::netlab {

/// For one thread.
class Line {
 public:
  /// `client` and `server` are TUN devices as open_tun() gives them.
  Line(UniqueFd client, UniqueFd server, const WireOptions& up, const WireOptions& down);

  /// Carries packets until `events` says to end; calls `report` whenever it says to. Fails when a device does.
  Status run(Events& events, const std::function<Status()>& report);

  [[nodiscard]] const Traffic& up() const { return up_.traffic(); }      ///< from the client to the server
  [[nodiscard]] const Traffic& down() const { return down_.traffic(); }  ///< from the server to the client

 private:
  [[nodiscard]] std::optional<Wire::Clock::time_point> next_arrival() const;
  Status carry();
  /// Until a packet comes or arrives, or `events` has something to tell: then it returns true.
  [[nodiscard]] bool wait(const Events& events) const;

  UniqueFd client_;
  UniqueFd server_;
  Wire up_;
  Wire down_;
};

}  // namespace ftpsfs::netlab
