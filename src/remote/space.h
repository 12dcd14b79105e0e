// How much room is left on the server.
#pragma once

#include <optional>

#include "remote/conversation.h"

namespace ftpsfs::remote {

/// AVBL (draft-peterson-streamlined-ftp-command-extensions), which tells the free bytes only; they stand for the total
/// too. nullopt, from then on without asking, where the server does not know it.
Result<std::optional<Space>> ask_space(Conversation& conversation);

}  // namespace ftpsfs::remote
