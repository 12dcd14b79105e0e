// Attaches to TUN devices that live in other network namespaces.
#pragma once

#include <string>

#include "ftpsfs/base/result.h"
#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs::netlab {

/// Opens the TUN device `device` of the namespace that `ip netns add` calls `network`. One read or write of the
/// descriptor, which never blocks, is one IP packet without any header before it. The device must exist and must not be
/// open elsewhere. The calling thread is back in its own namespace at return, unless the error says otherwise.
Result<UniqueFd> open_tun(const std::string& network, const std::string& device);

}  // namespace ftpsfs::netlab
