// What the files of a server tell: listings, speed, and, where it is allowed, what writing does.
#pragma once

#include <string>

#include "app/doctor/report.h"
#include "app/source_url.h"
#include "ftpsfs/base/context.h"
#include "ftpsfs/remote/ftps_remote_fs.h"

namespace ftpsfs::app {

/// `write_directory`: where files may be made, and are removed again; empty: nowhere. False when the directory of the
/// mount cannot be listed.
bool check_files(const Source& source, const remote::RemoteOptions& options, const std::string& write_directory,
                 Report& report, const Context& context);

}  // namespace ftpsfs::app
