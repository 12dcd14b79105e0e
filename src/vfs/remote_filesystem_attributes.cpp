// RemoteFilesystem: changes of size, time, mode and owner.
#include <utility>

#include "vfs/node_claims.h"
#include "vfs/remote_filesystem.h"

namespace ftpsfs::vfs {

using remote::RemotePath;

namespace {

// True when the server cannot hold the time at all, rather than refuse it to us. vsftpd answers a bare 550 for every
// directory.
bool beyond_the_server(const Error& error, remote::FileType type) {
  if (error.kind == ErrorKind::kUnsupported) return true;
  return type == remote::FileType::kDirectory &&
         (error.kind == ErrorKind::kPermission || error.kind == ErrorKind::kIo || error.kind == ErrorKind::kNotFound);
}

}  // namespace

Result<NodeAttributes> RemoteFilesystem::change_attributes(NodeId node, HandleId handle, const AttributeChange& change,
                                                           const Context& context) {
  FTPSFS_TRY(forbid_when_read_only());
  const bool other_owner = (change.uid && *change.uid != options_.uid) || (change.gid && *change.gid != options_.gid);
  if (other_owner) return fail(ErrorKind::kNotPermitted, "FTP cannot give files to another owner");
  if (nodes_.type(node) == remote::FileType::kSymlink) return change_link(node, change, context);
  if (change.size) FTPSFS_TRY(change_size(node, handle, *change.size, context));
  if (change.mode) FTPSFS_TRY(change_mode(node, *change.mode, context));
  if (change.mtime) FTPSFS_TRY(change_mtime(node, *change.mtime, context));
  if (journal_) FTPSFS_TRY(keep_change(node));
  return attributes(node, context);
}

// What FTP has for it changes what a link points to, so the server is not asked. Its mode means nothing on Linux.
Result<NodeAttributes> RemoteFilesystem::change_link(NodeId node, const AttributeChange& change,
                                                     const Context& context) {
  if (change.mode) return fail(ErrorKind::kUnsupported, "a link has no mode of its own");
  FTPSFS_TRY_ASSIGN(const RemotePath path, nodes_.path(node));
  if (change.mtime) memory_.remember_mtime(path, *change.mtime);
  return attributes(node, context);
}

// truncate(2) has no close to wait for, so without a writer it commits before its reply.
Status RemoteFilesystem::change_size(NodeId node, HandleId handle, std::uint64_t size, const Context& context) {
  if (handle != 0) {
    FTPSFS_TRY_ASSIGN(const auto opened, handle_of(handle));
    OpenFile& file = *opened->file;
    for (;;) {
      FTPSFS_TRY(stage(file, size == 0));
      MutexLock lock(file.mutex);
      if (!file.staged || file.staged == file.frozen) continue;  // closed, or uploaded, meanwhile
      file.torn.cut(size);
      return file.staged->truncate(size);
    }
  }
  OpenMode mode;
  mode.write = true;
  mode.truncate = size == 0;
  FTPSFS_TRY_ASSIGN(const Opened opened, open(node, mode, 0, context));
  Status outcome = change_size(node, opened.handle, size, context);
  if (outcome) outcome = sync(opened.handle, context);
  release(opened.handle, context);
  return outcome;
}

Status RemoteFilesystem::change_mtime(NodeId node, std::int64_t mtime, const Context& context) {
  if (const auto file = find_open(node)) {
    MutexLock lock(file->mutex);
    if (file->orphaned) return {};
    if (file->dirty()) {
      file->staged->set_mtime(mtime);
      return {};
    }
  }
  if (const auto path = nodes_.path(node)) commit_pending(*path, context);
  FTPSFS_TRY_ASSIGN(const ClaimedNode claimed, claim_node(nodes_, claims_, node, true, context));
  const RemotePath& path = claimed.path;
  FTPSFS_TRY_ASSIGN(Known known, loader_.stat(path, {}, context));
  metadata_.begin_change(path);
  const std::shared_ptr<FileReader> reader = reader_of(node);
  if (reader) reader->set_mtime(0);
  Status set = remote_.set_mtime(path, mtime, context);
  if (reader) reader->set_mtime(set ? mtime : remote::Version::exactly(known.attributes).mtime);
  if (!set) {
    metadata_.forget(path);
    if (!beyond_the_server(set.error(), known.attributes.type)) return set;
    memory_.remember_mtime(path, mtime);
    return {};
  }
  if (known.attributes.type == remote::FileType::kDirectory && has_unsent_files(node)) {
    memory_.remember_mtime(path, mtime);  // their uploads will give it another one
  } else {
    memory_.forget_mtime(path);
  }
  const remote::Version before = remote::Version::of(known.attributes);
  known.attributes.mtime = mtime;
  known.attributes.mtime_exact = true;
  kept_.changed(path, known.attributes);
  metadata_.changed(path, known.attributes);
  if (auto tag = nodes_.content(node); tag && tag->version == before) {
    tag->version = remote::Version::of(known.attributes);  // a new time, not a new content
    nodes_.set_content(node, *tag);
  }
  if (const auto file = find_open(node)) {
    MutexLock lock(file->mutex);
    if (file->base) {
      file->base->mtime = mtime;
      file->base->mtime_exact = true;
    }
    if (file->staged && !file->dirty()) {
      file->staged->set_mtime(mtime);
      file->committed = file->staged->state().generation;
    }
  }
  return {};
}

Status RemoteFilesystem::change_mode(NodeId node, std::uint32_t mode, const Context& context) {
  if (const auto file = find_open(node)) {
    MutexLock lock(file->mutex);
    if (file->orphaned) return {};
    if (file->dirty()) {
      file->staged->set_mode(mode);
      return {};
    }
  }
  FTPSFS_TRY_ASSIGN(const ClaimedNode claimed, claim_node(nodes_, claims_, node, false, context));
  const RemotePath& path = claimed.path;
  FTPSFS_TRY_ASSIGN(Known known, loader_.stat(path, {}, context));
  metadata_.begin_change(path);
  Status set = remote_.set_mode(path, mode, context);
  if (!set) {
    metadata_.forget(path);
    if (set.error().kind != ErrorKind::kUnsupported) return set;
    memory_.remember_mode(path, mode);
    return {};
  }
  memory_.forget_mode(path);
  known.attributes.mode = mode;
  metadata_.changed(path, known.attributes);
  if (const auto file = find_open(node)) {
    MutexLock lock(file->mutex);
    if (file->base) file->base->mode = mode;
  }
  return {};
}

}  // namespace ftpsfs::vfs
