// Numbers of bytes.
#include "app/byte_text.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace ftpsfs::app {
namespace {

struct Unit {
  double bytes = 1;
  std::string_view name = "B";
};

Unit unit_for(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 6> kNames{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double unit = 1;
  std::size_t at = 0;
  for (; at + 1 < kNames.size() && static_cast<double>(bytes) >= unit * 1024; ++at) unit *= 1024;
  return Unit{unit, kNames[at]};
}

std::string figures(std::uint64_t bytes, const Unit& unit) {
  const double value = static_cast<double>(bytes) / unit.bytes;
  const bool with_tenths = unit.bytes > 1 && bytes > 0 && value < 9.95;
  return fmt::format("{:.{}f}", value, with_tenths ? 1 : 0);
}

}  // namespace

std::string byte_text(std::uint64_t bytes) {
  const Unit unit = unit_for(bytes);
  return fmt::format("{} {}", figures(bytes, unit), unit.name);
}

std::string byte_text(std::uint64_t part, std::uint64_t whole) {
  const Unit unit = unit_for(whole);
  return fmt::format("{} of {} {}", figures(part, unit), figures(whole, unit), unit.name);
}

}  // namespace ftpsfs::app
