// How fast files come from a server.
#include "app/doctor/speed.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace ftpsfs::app {
namespace {

using remote::RemoteFs;
using remote::RemotePath;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kMiB = 1024UL * 1024;
constexpr std::uint64_t kWorthTiming = 256UL * 1024;
constexpr std::chrono::seconds kTimed{3};  // each measurement
constexpr int kStreams = 4;

/// The bytes that came in the time allowed.
std::uint64_t download(RemoteFs& server, const RemotePath& file, std::uint64_t from, const Context& context) {
  const auto reader = server.open_reader({file, {}, from}, context);
  if (!reader) return 0;
  const auto end = Steady::now() + kTimed;
  std::vector<std::byte> bytes(kMiB / 4);
  std::uint64_t all = 0;
  while (Steady::now() < end) {
    const auto count = (*reader)->read(bytes, context);
    if (!count || *count == 0) break;
    all += *count;
  }
  return all;
}

}  // namespace

std::string speed_text(std::uint64_t bytes, Seconds took) {
  return fmt::format("{:.1f} MiB/s",
                     static_cast<double>(bytes) / static_cast<double>(kMiB) / std::max(took.count(), 1e-6));
}

void time_downloads(RemoteFs& server, const RemotePath& file, std::uint64_t size, std::size_t sessions, Report& report,
                    const Context& context) {
  if (size < kWorthTiming) {
    report.passed("download", "not timed: no file of 256 KiB is here; --write DIR makes one");
    return;
  }
  const auto begin = Steady::now();
  const std::uint64_t alone = download(server, file, 0, context);
  const Seconds took = Steady::now() - begin;
  if (alone == 0) return report.failed("download", fmt::format("{} cannot be read", file.text()), "");
  std::string detail = fmt::format("one stream {}", speed_text(alone, took));
  const int streams = static_cast<int>(std::min<std::size_t>(kStreams, sessions));
  if (streams > 1 && size >= kStreams * kWorthTiming) {
    std::atomic<std::uint64_t> together{0};
    const auto again = Steady::now();
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < streams; ++i) {
        const std::uint64_t from = size / static_cast<std::uint64_t>(streams) * static_cast<std::uint64_t>(i);
        threads.emplace_back([&, from] { together += download(server, file, from, context); });
      }
    }
    detail += fmt::format(", {} streams {}", streams, speed_text(together, Steady::now() - again));
  }
  report.passed("download", detail, took);
}

}  // namespace ftpsfs::app
