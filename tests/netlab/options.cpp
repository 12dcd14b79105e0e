#include "netlab/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>

namespace ftpsfs::netlab {
namespace {

struct Option {
  std::string_view name;
  std::function<bool(Options&, std::string_view)> read;  ///< false: the value makes no sense
};

template <typename Number>
bool read_number(std::string_view text, Number lowest, Number highest, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= lowest && number <= highest;
}

bool read_name(std::string_view text, std::string& name) {
  name = text;
  return !text.empty() && text.find('/') == std::string_view::npos;
}

bool read_queue(std::string_view text, Options& options) {
  long milliseconds = 0;
  const bool good = read_number(text, 1L, 60'000L, milliseconds);
  options.queue = std::chrono::milliseconds(milliseconds);
  return good;
}

std::array<Option, 9> option_table() {
  return {{
      {"--client", [](Options& o, std::string_view text) { return read_name(text, o.client); }},
      {"--server", [](Options& o, std::string_view text) { return read_name(text, o.server); }},
      {"--device", [](Options& o, std::string_view text) { return read_name(text, o.device); }},
      {"--rtt-ms", [](Options& o, std::string_view text) { return read_number(text, 0.0, 60'000.0, o.round_trip_ms); }},
      {"--mbit", [](Options& o, std::string_view text) { return read_number(text, 1e-3, 1e5, o.megabits_per_second); }},
      {"--loss", [](Options& o, std::string_view text) { return read_number(text, 0.0, 100.0, o.loss_percent); }},
      {"--queue-ms", [](Options& o, std::string_view text) { return read_queue(text, o); }},
      {"--owner", [](Options& o, std::string_view text) { return read_number(text, 1, 1 << 22, o.owner); }},
      {"--report",
       [](Options& o, std::string_view text) {
         o.report = text;
         return !text.empty();
       }},
  }};
}

Status read_option(Options& options, std::string_view name, std::string_view value) {
  const auto table = option_table();
  const auto* const found = std::find_if(table.begin(), table.end(), [&](const Option& o) { return o.name == name; });
  if (found == table.end()) return fail(ErrorKind::kInvalid, std::string(name) + ": no such option");
  if (!found->read(options, value)) {
    return fail(ErrorKind::kInvalid, std::string(name) + ": '" + std::string(value) + "' makes no sense");
  }
  return {};
}

}  // namespace

std::string_view usage() {
  return R"(usage: wanlink --client NETNS --server NETNS [option value]...
Carries IP packets between the TUN devices of two network namespaces, as a long line would. SIGUSR1 reports, SIGTERM ends.

  --device NAME   the TUN device in both (default wan0)
  --rtt-ms N      round-trip time; half of it each way (default 0)
  --mbit N        rate of each direction in Mbit/s (default 1000)
  --loss PERCENT  of the packets of each direction (default 0)
  --queue-ms N    room before the bottleneck, as the time it takes to drain (default 200)
  --owner PID     end when this process has ended (default the one that started wanlink)
  --report FILE   where the counters go, on SIGUSR1 and at the end (default standard output)
)";
}

Result<Options> parse_options(std::span<const char* const> arguments) {
  Options options;
  if (arguments.size() % 2 != 0) return fail(ErrorKind::kInvalid, std::string(arguments.back()) + ": no value follows");
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    FTPSFS_TRY(read_option(options, arguments[i], arguments[i + 1]));
  }
  if (options.client.empty() || options.server.empty()) {
    return fail(ErrorKind::kInvalid, "--client and --server are needed");
  }
  return options;
}

WireOptions wire_options(const Options& options, std::uint64_t seed) {
  constexpr double kBytesPerMegabit = 1e6 / 8;
  const double rate = options.megabits_per_second * kBytesPerMegabit;
  const std::chrono::duration<double, std::milli> one_way(options.round_trip_ms / 2);
  return {.delay = std::chrono::duration_cast<std::chrono::nanoseconds>(one_way),
          .bytes_per_second = rate,
          .loss = options.loss_percent / 100,
          .queue_bytes = static_cast<std::size_t>(rate * std::chrono::duration<double>(options.queue).count()),
          .seed = seed};
}

}  // namespace ftpsfs::netlab
