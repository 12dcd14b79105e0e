// Temporary names: made, and told from a user's own.
#include "remote/temporary_name.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <random>

namespace ftpsfs::remote {
namespace {

constexpr std::string_view kPrefix = ".ftpsfs-";
constexpr std::size_t kDigits = 8;

bool is_hexadecimal(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

bool is_own_temporary_name(std::string_view name) {
  if (name.size() != kPrefix.size() + kDigits + 1 + kDigits || !name.starts_with(kPrefix)) return false;
  const std::string_view numbers = name.substr(kPrefix.size());
  return numbers[kDigits] == '-' && is_hexadecimal(numbers.substr(0, kDigits)) &&
         is_hexadecimal(numbers.substr(kDigits + 1));
}

TemporaryNames::TemporaryNames() : mount_id_(std::random_device{}()) {}

std::string TemporaryNames::next() { return fmt::format("{}{:08x}-{:08x}", kPrefix, mount_id_, counter_++); }

}  // namespace ftpsfs::remote
