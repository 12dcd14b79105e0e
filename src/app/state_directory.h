// Where the state of a source lies: its journal, and what is staged.
#pragma once

#include <string>

#include "app/command_line.h"

namespace ftpsfs::app {

/// In the staging directory; one folder for each user, server and path, whose name tells them.
std::string state_directory(const CommandLine& line, const std::string& user);

}  // namespace ftpsfs::app
