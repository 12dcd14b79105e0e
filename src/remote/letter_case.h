// Does the server tell names apart by the case of their letters?
#pragma once

#include "remote/conversation.h"

namespace ftpsfs::remote {

/// Tells the dialect when the server takes names that differ in case alone for one. What kind of server it is
/// may say so; one of a kind that may run on Windows is asked for a name in its root in another spelling. All others
/// are asked nothing. Errors: those of a session.
Status learn_letter_case(Conversation& conversation);

}  // namespace ftpsfs::remote
