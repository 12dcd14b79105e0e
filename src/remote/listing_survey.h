// What listings of the directory that a session is in tell of its server.
#pragma once

#include "ftpsfs/ftp/session.h"
#include "ftpsfs/remote/survey.h"

namespace ftpsfs::remote {

/// Lists once, by the verb that the server has for it, and as much as is enough to judge it by. A refusal is kIo with
/// its reply code.
Result<std::string> list_once(ftp::Session& session, const Context& context);

/// Lists several times, and looks at the names and times of the last listing.
void survey_listings(ftp::Session& session, const Charset& charset, Survey& survey, const Context& context);

}  // namespace ftpsfs::remote
