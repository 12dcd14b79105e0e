#include "remote/quota.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <system_error>

namespace ftpsfs::remote {
namespace {

constexpr std::string_view kUploaded = "Uploaded ";
constexpr double kMost = 9e18;  // bytes

struct Unit {
  std::string_view name;
  double bytes;
};
constexpr double kKib = 1024;
constexpr Unit kUnits[] = {{"bytes", 1}, {"Kb", kKib}, {"Mb", kKib* kKib}, {"Gb", kKib* kKib* kKib}};

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const auto begin = std::min(text.find_first_not_of(kBlanks), text.size());
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

std::optional<double> parse_amount(std::string_view text) {
  double amount = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), amount, std::chars_format::fixed);
  if (error != std::errc{} || stop != text.data() + text.size() || !std::isfinite(amount)) return std::nullopt;
  return amount;
}

/// "0.50/10.00", in units of so many bytes.
std::optional<Space> parse_use(std::string_view text, double unit) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto used = parse_amount(text.substr(0, slash));
  const auto limit = parse_amount(text.substr(slash + 1));
  if (!used || !limit || *limit <= 0 || *limit * unit > kMost) return std::nullopt;
  const double left = std::clamp(*limit - *used, 0.0, *limit);
  return Space{static_cast<std::uint64_t>(*limit * unit), static_cast<std::uint64_t>(left * unit)};
}

}  // namespace

std::optional<Space> parse_quota(const ftp::Reply& reply) {
  if (!reply.success()) return std::nullopt;
  for (std::string_view line : reply.lines) {
    line = trim(line);
    const auto colon = line.find(':');
    if (!line.starts_with(kUploaded) || colon == std::string_view::npos) continue;
    const std::string_view unit = line.substr(kUploaded.size(), colon - kUploaded.size());
    for (const Unit& each : kUnits) {
      if (each.name == unit) return parse_use(trim(line.substr(colon + 1)), each.bytes);
    }
  }
  return std::nullopt;
}

}  // namespace ftpsfs::remote
