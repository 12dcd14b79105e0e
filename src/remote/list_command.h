// Fetching the raw text of a listing, whatever a server makes of LIST and its argument.
#pragma once

#include <optional>
#include <string>

#include "remote/conversation.h"

namespace ftpsfs::remote {

/// All lines of MLSD (RFC 3659 section 7); empty only for a directory that is there. nullopt when the server has no
/// MLSD, which is then remembered. Errors: those of read_entries.
Result<std::optional<std::string>> fetch_mlsd(Conversation& conversation, const RemotePath& directory);

/// All lines of LIST (RFC 959 section 4.1.3), dotfiles included where the server allows. Empty only for a directory
/// that is there. Errors: those of read_entries.
Result<std::string> fetch_list(Conversation& conversation, const RemotePath& directory);

/// The same from inside the directory, by CWD and back: what LIST of a path says may be about the path itself.
Result<std::string> fetch_list_inside(Conversation& conversation, const RemotePath& directory);

/// Some servers list a missing directory as an empty one. Errors: kNotFound, kNotDirectory and those of a session.
Status check_directory(Conversation& conversation, const RemotePath& directory);

}  // namespace ftpsfs::remote
