// Copies that the server makes by itself.
#pragma once

#include "remote/conversation.h"

namespace ftpsfs::remote {

[[nodiscard]] bool can_copy(const Dialect& dialect);

/// As RemoteFs::copy, in one round trip and the time that the server takes.
Status copy_file(Conversation& conversation, const CopyRequest& request);

}  // namespace ftpsfs::remote
