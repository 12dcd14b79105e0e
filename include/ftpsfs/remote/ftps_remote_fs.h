// Makes the RemoteFs of a real server.
#pragma once

#include <memory>
#include <string>

#include "ftpsfs/base/clock.h"
#include "ftpsfs/ftp/session.h"
#include "ftpsfs/remote/charset.h"
#include "ftpsfs/remote/remote_fs.h"
#include "ftpsfs/remote/session_pool.h"

namespace ftpsfs::remote {

struct RemoteOptions {
  ftp::ServerOptions server;
  PoolOptions pool;
  Charset charset;   ///< of names on the server
  std::string root;  ///< the mount's place: "" the login directory, "a/b" below it, "/x" from the server's root
  /// Where is written what was learnt of the server, for the next mount; a file of its own in a folder of ours. Empty:
  /// nowhere.
  std::string memory_file;
};

/// Logs in once, finds the root and learns the capabilities. Errors: those of ftp::Session::open; kNotFound or
/// kNotDirectory when the root is not a directory there; kUnsupported where there are data sets in place of files
/// (z/OS).
Result<std::unique_ptr<RemoteFs>> connect_remote(const RemoteOptions& options, const Context& context,
                                                 const Clock& clock = Clock::system());

}  // namespace ftpsfs::remote
