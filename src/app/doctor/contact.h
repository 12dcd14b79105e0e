// Who answers at an address: an FTP server, or something else.
#pragma once

#include <string>

#include "app/doctor/report.h"
#include "app/source_url.h"
#include "ftpsfs/base/context.h"

namespace ftpsfs::app {

/// Looks up and reaches the host of `source`, and tells what is there when it is not what SOURCE says. True when a
/// login is worth a try.
bool make_contact(const Source& source, Report& report, const Context& context);

}  // namespace ftpsfs::app
