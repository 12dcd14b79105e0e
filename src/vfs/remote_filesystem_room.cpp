// RemoteFilesystem: when the staging area is full.
#include <algorithm>

#include "ftpsfs/base/log.h"
#include "vfs/remote_filesystem.h"

namespace ftpsfs::vfs {

bool RemoteFilesystem::has_room(std::size_t bytes) { return staging_space_->has_room(bytes); }

Status RemoteFilesystem::write_when_room(HandleId handle, std::uint64_t offset, std::span<const std::byte> from,
                                         const Context& context) {
  const Status room = await_room(from.size(), context);
  if (room) return write(handle, offset, from);
  if (room.error().kind != ErrorKind::kNoSpace) return room;
  FTPSFS_TRY_ASSIGN(const FileHandlePtr opened, handle_of(handle));
  OpenFile& file = *opened->file;
  {
    MutexLock lock(file.mutex);
    note_torn(file, opened->mode, offset, from.size());
  }
  Uploader::give_up_stream(file);
  return room;
}

// An append is made up for by the next one, wherever that begins: the file has no hole then.
void RemoteFilesystem::note_torn(OpenFile& file, OpenMode mode, std::uint64_t offset, std::size_t length) {
  if (!mode.append) return file.torn.add({offset, offset + length});
  const std::uint64_t end = file.staged ? file.staged->state().size : offset;
  file.torn.add({end, end + 1});
}

// Uploads make room, if there are any; a file that is only written to does not until it is closed.
Status RemoteFilesystem::await_room(std::size_t bytes, const Context& context) {
  while (!staging_space_->has_room(bytes)) {
    if (!makes_room())
      return fail(ErrorKind::kNoSpace, "no more room for written files in staging_dir, " + staging_dir_);
    FTPSFS_TRY(staging_space_->await_change(context));
  }
  return {};
}

bool RemoteFilesystem::makes_room() {
  if (drainer_) {
    const auto waiting = drainer_->list();
    if (std::any_of(waiting.begin(), waiting.end(), [](const Waiting& each) { return !each.refused; })) return true;
  }
  const auto open = all_open();
  return std::any_of(open.begin(), open.end(), [](const OpenFilePtr& file) {
    MutexLock lock(file->mutex);
    return file->uploading > 0;
  });
}

// What was closed before is another staged file, and whole.
Status RemoteFilesystem::check_whole(const OpenFile& file) {
  MutexLock lock(file.mutex);
  if (file.torn.empty() || file.staged == file.frozen) return {};
  return fail(ErrorKind::kNoSpace, "a part of what was written found no room here");
}

// The program was told, by its write and by its close: half of what it meant does not take the place of what the server
// has, or of what was closed before. Where an earlier part of it may be there already, it is kept as all that fails is.
void RemoteFilesystem::drop_torn(OpenFile& file) {
  const auto path = nodes_.path(file.node);
  std::shared_ptr<StagedFile> torn;
  bool earlier_waits = false;
  {
    MutexLock lock(file.mutex);
    if (file.torn.empty() || file.writers > 0 || file.unconfirmed || !path) return;
    if (!file.dirty() || file.staged == file.frozen) {
      file.torn = {};
      return;
    }
    torn = file.staged;
    earlier_waits = file.frozen && file.frozen != file.uploaded && file.in_journal(file.frozen);
    if (earlier_waits) {
      file.torn = {};
      file.staged = file.frozen;
      file.committed.reset();
      file.kept = file.frozen->state().generation;
    }
  }
  if (earlier_waits) {
    refreshed_.add_outdated(Invalidation{0, {}, file.node});
  } else if (!drop_staged(file, *path, torn)) {
    return;  // somebody writes to it again, and answers for it
  }
  spdlog::error("{}: what was written found no room here and is dropped; the file is as it was before",
                log::printable(path->text()));
}

}  // namespace ftpsfs::vfs
