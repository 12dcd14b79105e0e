// Who answers at an address: an FTP server, or something else.
#pragma once

#include <chrono>
#include <optional>

#include "app/doctor/report.h"
#include "app/source_url.h"
#include "ftpsfs/base/context.h"
#include "ftpsfs/net/dial.h"

namespace ftpsfs::app {

/// Looks up and reaches the host of `source`, at each of its addresses, and tells who is there when it is not what
/// SOURCE says. With a proxy its addresses are looked up and reached, and the server through it. A server that says
/// nothing for `silence` is spoken to in other ways, and then waited for once more. True when a login is worth a try.
bool make_contact(const Source& source, const std::optional<net::ProxyOptions>& proxy, Report& report,
                  const Context& context, std::chrono::milliseconds silence = std::chrono::seconds(5));

}  // namespace ftpsfs::app
