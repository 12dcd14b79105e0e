// How much room is left on the server.
#pragma once

#include <optional>

#include "remote/conversation.h"

namespace ftpsfs::remote {

/// False once it is known that nothing does.
[[nodiscard]] bool tells_space(const Dialect& dialect);

/// AVBL (draft-peterson-streamlined-ftp-command-extensions), which tells the free bytes only; they stand for the total
/// too. Where it is unknown SITE QUOTA, as ProFTPD answers it. nullopt, from then on without asking, where the server
/// knows neither or the account has no limit.
Result<std::optional<Space>> ask_space(Conversation& conversation);

}  // namespace ftpsfs::remote
