// TLS and the server's certificates, whether they are trusted or not.
#pragma once

#include "app/command_line.h"
#include "app/credentials.h"
#include "app/doctor/report.h"
#include "ftpsfs/base/context.h"

namespace ftpsfs::app {

/// False when TLS cannot be begun as SOURCE says. Nobody logs in.
bool check_encryption(const CommandLine& line, const Credentials& credentials, Report& report, const Context& context);

}  // namespace ftpsfs::app
