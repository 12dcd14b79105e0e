// PartialUpload: what an upload that the line cut left on the server, and how another goes on from there.
#pragma once

#include <cstdint>
#include <memory>

#include "ftpsfs/base/context.h"
#include "ftpsfs/remote/broken_line.h"
#include "ftpsfs/remote/remote_fs.h"
#include "vfs/staged_file.h"

namespace ftpsfs::vfs {

/// The beginning of a staged file, under a temporary name, for as long as the ticket holds.
struct PartialUpload {
  std::shared_ptr<StagedFile> staged;
  std::uint64_t ticket = 0;  ///< of StagedFile::begin_taking()
  remote::RemotePath path;
};

/// The upload that goes on.
struct Resumed {
  std::unique_ptr<remote::Writer> writer;
  std::uint64_t from = 0;  ///< offset of the next byte to send
};

using remote::line_broke;

/// Asks how much arrived, and appends from there. What the cut connection may still bring is the same bytes: where it
/// makes the file longer than it should be, the size check before the rename finds out. kStale when it is not worth
/// while, or the content changed.
Result<Resumed> resume(remote::RemoteFs& remote, const PartialUpload& partial, bool ahead, const Context& context);

}  // namespace ftpsfs::vfs
