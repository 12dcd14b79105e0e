// How the server of a command line is reached.
#pragma once

#include "app/command_line.h"
#include "app/credentials.h"
#include "ftpsfs/base/result.h"
#include "ftpsfs/remote/ftps_remote_fs.h"

namespace ftpsfs::app {

/// Errors: kInvalid when what the TLS options name cannot be used, and for options that contradict each other.
Result<remote::RemoteOptions> remote_options(const CommandLine& line, const Credentials& credentials);

/// Lines for whoever connects with less than full protection; empty when there is nothing to warn of.
std::string warning_of_risks(const CommandLine& line);

}  // namespace ftpsfs::app
