// Logging through spdlog: to stderr in the foreground, to syslog once in the background.
#pragma once

#include <spdlog/spdlog.h>

#include <string>
#include <string_view>

namespace ftpsfs::log {

enum class Sink { kStderr, kSyslog };

/// Called once by the application before threads start, and once more after it went to the background.
void configure(Sink sink, bool debug);

/// Server text made safe for one log line and for a terminal: control characters (C0, DEL, C1) and bytes that are not
/// UTF-8 become '?'. At most 300 bytes; a longer text ends in "...".
std::string printable(std::string_view text);

}  // namespace ftpsfs::log
