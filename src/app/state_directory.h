// Where the state of a source lies: its journal, what is staged, and what is known of its server.
#pragma once

#include <string>

#include "app/command_line.h"

namespace ftpsfs::app {

/// In the staging directory; one folder for each user, server and path, whose name tells them.
std::string state_directory(const CommandLine& line, const std::string& user);

/// There, too; one for each server and port.
std::string server_memory_file(const CommandLine& line);

}  // namespace ftpsfs::app
