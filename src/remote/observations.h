// Observations: what was found out about a server beyond what it says of itself, in words that people and the next
// mount understand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ftpsfs/ftp/session.h"

namespace ftpsfs::remote {

struct Server;

// Those that have to be known before the first session.
constexpr std::string_view kFeatUnanswered = "FEAT is left unanswered";
constexpr std::string_view kTicketsRunOut = "TLS 1.3 tickets run out, so TLS 1.2";
constexpr std::string_view kWantsHost = "HOST is wanted";

/// All there are now, each a few words: "no MLSD", "LIST tells the time of UTC+09:00", "2 sessions at most".
std::vector<std::string> observations(const Server& server);

/// Take one as if it had been made again: those that have to be known before the first session, and all others. What is
/// not understood, as of another version of ftpsfs, changes nothing.
void recall_early(std::string_view observation, const ftp::ServerOptions& options);
void recall(std::string_view observation, Server& server);

}  // namespace ftpsfs::remote
