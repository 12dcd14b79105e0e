// Uploader: commits staged files. Afterwards the server's file equals the staged one, or is as it was.
#pragma once

#include <memory>
#include <string>

#include "ftpsfs/base/context.h"
#include "ftpsfs/cache/metadata_cache.h"
#include "ftpsfs/remote/remote_fs.h"
#include "vfs/attribute_memory.h"
#include "vfs/kept_on_disk.h"
#include "vfs/name_claims.h"
#include "vfs/node_table.h"
#include "vfs/open_file.h"
#include "vfs/staged_file.h"

namespace ftpsfs::vfs {

/// Any thread may call any member; commits of one name queue.
class Uploader {
 public:
  Uploader(remote::RemoteFs& remote, cache::MetadataCache& metadata, AttributeMemory& memory, NodeTable& nodes,
           NameClaims& claims, KeptOnDisk kept)
      : remote_(remote), metadata_(metadata), memory_(memory), nodes_(nodes), claims_(claims), kept_(kept) {}

  /// Commits what is newer here; does nothing when nothing is. Not interruptible: its steps have deadlines. On error
  /// the server's file is untouched and the staged one still dirty. A broken line or a busy file is tried once more.
  /// Errors: those of RemoteFs::open_writer and RemoteFs::publish.
  Status commit(OpenFile& file, const Context& context);

  /// Brings the bytes `within` of the old content here, so that the staged file can be read there.
  static Status fetch_missing(OpenFile& file, Range within, const Context& context);

 private:
  Status commit_once(OpenFile& file, const remote::RemotePath& path, const remote::RemotePath& temporary,
                     const Context& context);
  Status send(const StagedFile& staged, std::uint64_t size, const remote::RemotePath& temporary,
              const Context& context);

  void remember_what_was_lost(const remote::RemotePath& path, const StagedState& wanted, const remote::Attributes& now);
  void discard(const remote::RemotePath& temporary, const Context& context);

  remote::RemoteFs& remote_;
  cache::MetadataCache& metadata_;
  AttributeMemory& memory_;
  NodeTable& nodes_;
  NameClaims& claims_;
  const KeptOnDisk kept_;
};

}  // namespace ftpsfs::vfs
