// The disk tier of a mount: where contents are kept, and as whose.
#pragma once

#include <memory>

#include "app/command_line.h"
#include "ftpsfs/cache/disk_cache.h"

namespace ftpsfs::app {

/// What tells one source from another on disk: server, login and directory, and whether it was sure to be the server
/// (what came over a line that others could change is never used on one they cannot).
std::string disk_source(const CommandLine& line, const std::string& user);

/// The memory that blocks may take while they wait for the disk; a part of `memory=`.
std::size_t disk_queue_bytes(const CacheOptions& options);

/// Null where none is asked for, and, with a line in the log, where another mount has it or the disk fails: better a
/// mount without it than none.
std::unique_ptr<cache::DiskCache> open_disk_cache(const CommandLine& line, const std::string& user);

}  // namespace ftpsfs::app
