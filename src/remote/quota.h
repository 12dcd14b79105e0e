// The answer to SITE QUOTA, of ProFTPD's mod_quotatab.
#pragma once

#include <optional>

#include "ftpsfs/ftp/reply.h"
#include "ftpsfs/remote/remote_fs.h"

namespace ftpsfs::remote {

/// What the account may store, and what of it is left: "Uploaded bytes: USED/LIMIT" on a line of its own, the unit Kb,
/// Mb or Gb as well, rounded to two digits behind the point. nullopt where there is no limit, or no such line.
[[nodiscard]] std::optional<Space> parse_quota(const ftp::Reply& reply);

}  // namespace ftpsfs::remote
