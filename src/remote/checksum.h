// Checksums that the server computes.
#pragma once

#include <optional>

#include "remote/conversation.h"

namespace ftpsfs::remote {

/// False when it has no verb for it that both sides know.
[[nodiscard]] bool tells_checksums(const Dialect& dialect);

/// By HASH (draft-bryan-ftp-hash) or XSHA256 and its kin, whichever is stronger. nullopt where the server tells none,
/// or refuses this file (one that is too large for it). Errors: kBusy when it may tell later, and those of a session.
Result<std::optional<Checksum>> ask_checksum(Conversation& conversation, const RemotePath& file);

}  // namespace ftpsfs::remote
