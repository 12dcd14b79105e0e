// Sizes agreed on with the kernel.
#pragma once

#include <cstddef>

namespace ftpsfs::fuse {

/// Most bytes of one read or write request: the kernel's own limit.
inline constexpr unsigned kMaxTransfer = 1024 * 1024;

/// Most requests under way that no program waits for: read-ahead, and releases, which may be commits and must not keep
/// read-ahead waiting.
inline constexpr unsigned kMaxBackground = 256;

}  // namespace ftpsfs::fuse
