// A Stream whose bytes are compressed on the way.
#pragma once

#include <memory>

#include "ftpsfs/net/stream.h"

namespace ftpsfs::net {

/// Over `inner`, in the zlib format (RFC 1950), each direction by itself. What try_write() took may still be here,
/// until try_shutdown() has ended the direction; one in which nothing was written ends without a compressed byte.
/// Compressed data that breaks off, or is none, is kConnectionLost or kProtocol.
std::unique_ptr<Stream> deflated(std::unique_ptr<Stream> inner);

}  // namespace ftpsfs::net
