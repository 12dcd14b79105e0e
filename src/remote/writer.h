// Making writers: STOR and APPE.
#pragma once

#include <memory>

#include "remote/conversation.h"

namespace ftpsfs::remote {

/// As RemoteFs::open_writer.
Result<std::unique_ptr<Writer>> open_writer(const std::shared_ptr<Server>& server, const WriteRequest& request,
                                            const Context& context);

}  // namespace ftpsfs::remote
