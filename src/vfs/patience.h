// How long a server may be silent while it works on a whole file.
#pragma once

#include <chrono>
#include <cstdint>

#include "ftpsfs/base/context.h"

namespace ftpsfs::vfs {

/// `context` for a command that has the server read, and maybe write, a file of `size` bytes: it says nothing until it
/// is done, and no disk is slower than this for long.
[[nodiscard]] inline Context patient(const Context& context, std::uint64_t size) {
  constexpr std::uint64_t kServerBytesPerSecond = 16 * 1024 * 1024;
  Context result = context;
  result.stall_limit += std::chrono::seconds(size / kServerBytesPerSecond);
  return result;
}

}  // namespace ftpsfs::vfs
