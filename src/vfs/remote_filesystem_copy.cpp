// RemoteFilesystem: copy_file_range(2). A whole file is copied by the server where it can; all else is read and
// written.
#include <utility>

#include "ftpsfs/base/log.h"
#include "vfs/node_claims.h"
#include "vfs/remote_filesystem.h"

namespace ftpsfs::vfs {

using remote::Attributes;
using remote::Named;
using remote::RemotePath;

namespace {

tl::unexpected<Error> to_be_read_and_written(const char* why) { return fail(ErrorKind::kUnsupported, why); }

// What reading and writing could not do either; any other failure leaves it to them.
bool is_final(const Error& error) {
  return error.kind == ErrorKind::kInterrupted || error.kind == ErrorKind::kNoSpace || error.kind == ErrorKind::kQuota;
}

}  // namespace

Result<std::uint64_t> RemoteFilesystem::copy_range(const CopyRange& range, const Context& context) {
  FTPSFS_TRY_ASSIGN(const FileHandlePtr from, handle_of(range.from));
  FTPSFS_TRY_ASSIGN(const FileHandlePtr to, handle_of(range.to));
  if (!to->mode.write) return fail(ErrorKind::kPermission, "not open for writing");
  FTPSFS_TRY_ASSIGN(const Named source, as_on_server(*from->file));
  const std::uint64_t size = source.attributes.size;
  if (range.from_offset != 0 || range.to_offset != 0 || range.length < size || size == 0) {
    return to_be_read_and_written("not a whole file");
  }
  FTPSFS_TRY_ASSIGN(const ClaimedNode claimed, claim_node(nodes_, claims_, to->file->node, false, context));
  const Status copied = put_copy(*to->file, claimed.path, source, context);
  if (copied) return size;
  if (is_final(copied.error())) return fail(copied.error());
  spdlog::info("{} is read and written, not copied by the server: {}", log::printable(source.path.text()),
               log::printable(copied.error().message));
  return fail(ErrorKind::kUnsupported, copied.error().message);
}

// The file as it can be copied there: nothing of it is newer here.
Result<Named> RemoteFilesystem::as_on_server(const OpenFile& file) const {
  MutexLock lock(file.mutex);
  if (file.orphaned || !file.base || file.dirty()) return to_be_read_and_written("it is newer here");
  FTPSFS_TRY_ASSIGN(RemotePath path, nodes_.path(file.node));
  return Named{std::move(path), *file.base};
}

// The file is empty, and its name is claimed. The kernel lets nobody write to it meanwhile; what is written all the
// same belongs into the copy, so that has to be read and written, too.
Status RemoteFilesystem::put_copy(OpenFile& file, const RemotePath& path, const Named& source, const Context& context) {
  std::shared_ptr<StagedFile> empty;
  StagedState before;
  {
    MutexLock lock(file.mutex);
    empty = file.staged;
    if (!file.dirty() || empty == file.frozen || file.unconfirmed) return to_be_read_and_written("it is not empty");
    before = empty->state();
  }
  if (before.size > 0) return to_be_read_and_written("it is not empty");
  Uploader::give_up_stream(file);
  FTPSFS_TRY_ASSIGN(const Attributes now, uploader_.copy_on_server(file, path, source, context));
  {
    MutexLock lock(mutex_);
    MutexLock file_lock(file.mutex);
    file.unheard.clear();
    ++file.commits;
    nodes_.set_content(file.node, {remote::Version::of(now), 0});
    if (file.staged != empty || empty->state().generation != before.generation) {
      file.replace_base(now);
      return to_be_read_and_written("it was written meanwhile");
    }
    file.staged.reset();
    file.committed.reset();
    adopt_version(file, path, now);
  }
  finish_entry(file);
  if (journal_) forget_failed(path);
  return {};
}

}  // namespace ftpsfs::vfs
