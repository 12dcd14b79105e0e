// Listings by STAT on the control connection: no data connection, and many at a time.
#pragma once

#include <optional>
#include <vector>

#include "remote/conversation.h"
#include "remote/entry_collector.h"

namespace ftpsfs::remote {

/// As RemoteFs::glance.
Result<std::vector<Glance>> glance(Conversation& conversation, const std::vector<GlanceRequest>& requests);

/// As RemoteFs::refine.
Result<std::vector<std::optional<Attributes>>> refine(Conversation& conversation, const std::vector<Named>& names);

/// One directory, in one round trip; nullopt when this server, or this directory, must be listed otherwise.
Result<std::optional<EntryCollector>> list_by_stat(Conversation& conversation, const RemotePath& directory);

}  // namespace ftpsfs::remote
