// FtpsRemoteFs: RemoteFs over sessions of any origin, so that tests can bring their own.
#pragma once

#include <memory>
#include <string>

#include "ftpsfs/base/clock.h"
#include "ftpsfs/remote/charset.h"
#include "ftpsfs/remote/remote_fs.h"
#include "ftpsfs/remote/session_pool.h"

namespace ftpsfs::remote {

/// As connect_remote(), with sessions from `opener`.
Result<std::unique_ptr<RemoteFs>> connect_remote(const SessionPool::Opener& opener, PoolOptions pool, Charset charset,
                                                 const std::string& root, const Clock& clock, const Context& context);

}  // namespace ftpsfs::remote
