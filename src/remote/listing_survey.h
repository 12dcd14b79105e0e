// What listings of the directory that a session is in tell of its server.
#pragma once

#include "ftpsfs/ftp/session.h"
#include "ftpsfs/remote/survey.h"

namespace ftpsfs::remote {

/// Lists several times, and looks at the names and times of the last listing.
void survey_listings(ftp::Session& session, const Charset& charset, Survey& survey, const Context& context);

}  // namespace ftpsfs::remote
