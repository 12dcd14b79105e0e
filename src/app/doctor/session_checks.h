// What one session tells: login, features, the line, data connections, names; and how many sessions there may be.
#pragma once

#include "app/doctor/report.h"
#include "app/source_url.h"
#include "ftpsfs/base/context.h"
#include "ftpsfs/remote/ftps_remote_fs.h"

namespace ftpsfs::app {

/// False when nobody could log in, or no data came. `options` turn to active mode where only that works.
bool check_session(const Source& source, remote::RemoteOptions& options, Report& report, const Context& context);

/// How many sessions the server takes at once, up to what the mount would want.
void count_sessions(const remote::RemoteOptions& options, Report& report, const Context& context);

}  // namespace ftpsfs::app
