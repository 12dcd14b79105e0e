// Standing: what a file is on the server beside its content, and whether a rename onto it would lose that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ftpsfs::remote {

/// As far as MLST tells it (RFC 3659 section 7.5).
struct Standing {
  std::optional<std::uint32_t> owner;  ///< the server's number for it
  std::optional<std::uint32_t> mode;
  std::optional<std::string> perm;
};

/// What stands against renaming `ours` onto `old`, in words that follow "a rename onto NAME"; empty when nothing does.
/// A mode that was set on purpose is left out of `ours`.
std::string loss_by_rename(const Standing& old, const Standing& ours);

}  // namespace ftpsfs::remote
