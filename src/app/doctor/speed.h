// How fast files come from a server.
#pragma once

#include <cstdint>
#include <string>

#include "app/doctor/report.h"
#include "ftpsfs/base/context.h"
#include "ftpsfs/remote/remote_fs.h"

namespace ftpsfs::app {

/// "12.3 MiB/s".
[[nodiscard]] std::string speed_text(std::uint64_t bytes, Seconds took);

/// Reads a file for a few seconds, with one stream and then with several at once, as many as `sessions` allow.
void time_downloads(remote::RemoteFs& server, const remote::RemotePath& file, std::uint64_t size, std::size_t sessions,
                    Report& report, const Context& context);

}  // namespace ftpsfs::app
