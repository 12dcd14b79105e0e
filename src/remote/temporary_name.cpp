// Temporary names: made, and told from a user's own.
#include "remote/temporary_name.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <random>

namespace ftpsfs::remote {
namespace {

constexpr std::string_view kPrefix = ".ftpsfs-";
constexpr std::size_t kDigits = 8;
constexpr char kTemporary = '-';
constexpr char kAside = '_';

bool is_hexadecimal(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::optional<TemporaryFile> parse_temporary_name(std::string_view name) {
  if (name.size() != kPrefix.size() + kDigits + 1 + kDigits || !name.starts_with(kPrefix)) return std::nullopt;
  const std::string_view mount = name.substr(kPrefix.size(), kDigits);
  const char kind = name[kPrefix.size() + kDigits];
  if (kind != kTemporary && kind != kAside) return std::nullopt;
  if (!is_hexadecimal(mount) || !is_hexadecimal(name.substr(name.size() - kDigits))) return std::nullopt;
  return TemporaryFile{std::string(name), std::string(mount), kind == kAside};
}

bool is_own_temporary_name(std::string_view name) { return parse_temporary_name(name).has_value(); }

TemporaryNames::TemporaryNames() : mount_id_(std::random_device{}()) {}

std::string TemporaryNames::next() { return fmt::format("{}{}{}{:08x}", kPrefix, mount_id(), kTemporary, counter_++); }

std::string TemporaryNames::next_aside() {
  return fmt::format("{}{}{}{:08x}", kPrefix, mount_id(), kAside, counter_++);
}

std::string TemporaryNames::mount_id() const { return fmt::format("{:08x}", mount_id_); }

}  // namespace ftpsfs::remote
