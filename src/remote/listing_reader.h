// Makes the ListingReader of a real server.
#pragma once

#include <memory>

#include "remote/conversation.h"

namespace ftpsfs::remote {

/// See RemoteFs::open_listing. A server with MLSD is read as it tells, links last; any other at once, by read_entries.
std::unique_ptr<ListingReader> open_listing(std::shared_ptr<Server> server, const RemotePath& directory);

}  // namespace ftpsfs::remote
