// Options of wanlink: which namespaces it joins, and by what kind of line.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "ftpsfs/base/result.h"
#include "netlab/wire.h"

namespace ftpsfs::netlab {

struct Options {
  std::string client;                    ///< network namespace of the end that "up" leads away from
  std::string server;                    ///< network namespace of the other end
  std::string device = "wan0";           ///< the TUN device in both
  double round_trip_ms = 0;              ///< 0 to 60000
  double megabits_per_second = 1000;     ///< in each direction; 0.001 to 100000
  double loss_percent = 0;               ///< of the packets of each direction; 0 to 100
  std::chrono::milliseconds queue{200};  ///< room before the bottleneck, as the time it takes to drain
  pid_t owner = ::getppid();             ///< wanlink ends when this process has
  std::string report;                    ///< file the counters go to; empty: standard output
};

/// One line for each option, for people.
std::string_view usage();

/// Reads `--name value` pairs. An error names the option that makes no sense.
Result<Options> parse_options(std::span<const char* const> arguments);

/// One direction of the line. Both are alike but for the packets they lose.
WireOptions wire_options(const Options& options, std::uint64_t seed);

}  // namespace ftpsfs::netlab
