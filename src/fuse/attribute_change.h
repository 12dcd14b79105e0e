// What setattr asks for.
#pragma once

#include <sys/stat.h>

#include <cstdint>

#include "ftpsfs/vfs/filesystem.h"

namespace ftpsfs::fuse {

/// `to_set`: libfuse's FUSE_SET_ATTR_* bits; `now`: seconds since 1970. Access and change times are not kept, so a
/// request for these alone changes nothing, and succeeds.
[[nodiscard]] vfs::AttributeChange to_change(const struct stat& attributes, int to_set, std::int64_t now);

[[nodiscard]] bool is_empty(const vfs::AttributeChange& change);

}  // namespace ftpsfs::fuse
