// Operations: the kernel's requests, each decoded into one call of the file system whose result is the reply.
//
// The threads that read requests answer only what memory can answer; everything else goes through the dispatcher.
#pragma once

#include <chrono>

#include "ftpsfs/base/log.h"
#include "ftpsfs/fuse/session.h"
#include "ftpsfs/vfs/filesystem.h"
#include "fuse/dispatcher.h"
#include "fuse/libfuse.h"
#include "fuse/open_handles.h"

namespace ftpsfs::fuse {

/// What every operation works with; libfuse's user data.
struct Edge {
  Edge(vfs::Filesystem& served, const SessionOptions& options)
      : filesystem(served),
        stall_limit(options.stall_limit),
        negative_entry_ttl(options.negative_entry_ttl),
        description(options.description),
        dispatcher(options.stall_limit, options.interrupt_poll_interval) {}

  vfs::Filesystem& filesystem;
  const std::chrono::milliseconds stall_limit;
  const std::chrono::milliseconds negative_entry_ttl;
  const MountDescription description;
  OpenHandles handles;
  fuse_session* session = nullptr;  ///< set before the first request
  Dispatcher dispatcher;            ///< last: its threads end before what they use does

  [[nodiscard]] static Edge& of(fuse_req_t request) { return *static_cast<Edge*>(fuse_req_userdata(request)); }
};

/// The name that a request is about, which libfuse's own words leave out.
inline void log_name(const char* verb, fuse_ino_t parent, const char* name) {
  if (!log::watches(log::Topic::kFuse)) return;
  log::of(log::Topic::kFuse).debug("{} {} in node {}", verb, log::printable(name), parent);
}

/// The table for a libfuse session.
[[nodiscard]] fuse_lowlevel_ops all_operations();

void add_connection_operations(fuse_lowlevel_ops& table);  ///< init, statfs
void add_node_operations(fuse_lowlevel_ops& table);        ///< lookup, forget, attributes, access, readlink
void add_name_operations(fuse_lowlevel_ops& table);        ///< making, removing and renaming
void add_directory_operations(fuse_lowlevel_ops& table);
void add_file_operations(fuse_lowlevel_ops& table);
void add_extended_attribute_operations(fuse_lowlevel_ops& table);

}  // namespace ftpsfs::fuse
