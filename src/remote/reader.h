// Making readers: RETR from an offset, kept going over lost sessions.
#pragma once

#include <memory>

#include "remote/conversation.h"

namespace ftpsfs::remote {

/// As RemoteFs::open_reader.
Result<std::unique_ptr<Reader>> open_reader(std::shared_ptr<Server> server, const ReadRequest& request,
                                            const Context& context);

}  // namespace ftpsfs::remote
