// What everyone does with a remote::Reader who knows how many bytes there must be.
#pragma once

#include <cstddef>
#include <span>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/result.h"

namespace ftpsfs::remote {
class Reader;
}

namespace ftpsfs::vfs {

/// Fills `into`. Errors: those of Reader::read, and kStale when the file ends before.
Status read_exactly(remote::Reader& reader, std::span<std::byte> into, const Context& context);

/// All bytes are here; the server's last word only ends the transfer in good order. A failure is only logged.
void read_end(remote::Reader& reader, const Context& context);

}  // namespace ftpsfs::vfs
