// Report: the counters of a line, written for programs.
#pragma once

#include <string>

#include "ftpsfs/base/result.h"
#include "netlab/traffic.h"

namespace ftpsfs::netlab {

/// The CPU time this process has used, in seconds: its own work, and the kernel's on its behalf.
[[nodiscard]] double cpu_seconds();

/// One `name=value` a line. `number` counts the reports, so that a reader knows a new one. "up" is from the client to
/// the server.
[[nodiscard]] std::string report_text(unsigned number, const Traffic& up, const Traffic& down, double cpu_seconds);

/// Replaces `file` whole, so that a reader never sees half of it; an empty name means standard output.
Status write_report(const std::string& file, const std::string& text);

}  // namespace ftpsfs::netlab
