#include "remote/standing.h"

#include <spdlog/fmt/fmt.h>

namespace ftpsfs::remote {
namespace {

bool differ(const std::optional<std::uint32_t>& one, const std::optional<std::uint32_t>& other) {
  return one && other && *one != *other;
}

/// The perm fact: "f" a file may be renamed, "d" it may be deleted.
bool forbids(const std::optional<std::string>& perm, const char* each_of) {
  return perm && perm->find_first_of(each_of) == std::string::npos;
}

}  // namespace

std::string loss_by_rename(const Standing& old, const Standing& ours) {
  if (differ(old.owner, ours.owner)) return fmt::format("would take it from its owner, {}", *old.owner);
  if (differ(old.mode, ours.mode)) return fmt::format("would take away its mode, {:o}", *old.mode);
  if (forbids(ours.perm, "f") || forbids(old.perm, "df")) return "is forbidden by the perm fact";
  return {};
}

}  // namespace ftpsfs::remote
