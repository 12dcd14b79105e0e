// Slice: bytes handed to the kernel without a copy.
#pragma once

#include <cstddef>

#include "ftpsfs/cache/block_cache.h"

namespace ftpsfs::vfs {

/// A piece of a block; holding it keeps the block alive.
struct Slice {
  cache::BlockPtr block;
  std::size_t offset = 0;  ///< in the block
  std::size_t length = 0;
};

}  // namespace ftpsfs::vfs
