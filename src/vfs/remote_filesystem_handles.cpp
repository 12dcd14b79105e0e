// RemoteFilesystem: the table of open files and of handles to them, and which version of a file a handle sees.
#include <algorithm>
#include <utility>

#include "ftpsfs/base/log.h"
#include "vfs/remote_filesystem.h"

namespace ftpsfs::vfs {

using remote::Attributes;
using remote::RemotePath;
using remote::Version;

namespace {
constexpr std::uint64_t kMaxWindow = 8 * 1024 * 1024;  // bytes read ahead of one reader
}

RemoteFilesystem::OpenFilePtr RemoteFilesystem::find_open(NodeId node) {
  MutexLock lock(mutex_);
  const auto found = open_files_.find(node);
  return found == open_files_.end() ? nullptr : found->second;
}

RemoteFilesystem::OpenFilePtr RemoteFilesystem::find_open(const Place& place) {
  const auto node = nodes_.find(place.parent, place.name);
  return node ? find_open(*node) : nullptr;
}

std::vector<RemoteFilesystem::OpenFilePtr> RemoteFilesystem::all_open() {
  std::vector<OpenFilePtr> open;
  MutexLock lock(mutex_);
  for (const auto& [node, file] : open_files_) open.push_back(file);
  return open;
}

std::shared_ptr<FileReader> RemoteFilesystem::reader_of(NodeId node) {
  const OpenFilePtr file = find_open(node);
  if (!file) return nullptr;
  MutexLock lock(file->mutex);
  return file->reader;
}

Result<RemoteFilesystem::FileHandlePtr> RemoteFilesystem::handle_of(HandleId handle) {
  MutexLock lock(mutex_);
  const auto found = handles_.find(handle);
  if (found == handles_.end()) return fail(ErrorKind::kInvalid, "no such file handle");
  return found->second;
}

// One more handle to a file whose content is decided here; nothing when there is none.
std::optional<Opened> RemoteFilesystem::join_open(NodeId node, OpenMode mode, pid_t process) {
  MutexLock lock(mutex_);
  const auto found = open_files_.find(node);
  if (found == open_files_.end()) return std::nullopt;
  const OpenFilePtr& file = found->second;
  MutexLock file_lock(file->mutex);
  if (!file->staged && !file->orphaned) return std::nullopt;
  return register_handle(file, mode, process, true);  // every change went through this kernel
}

// `told`: what the server has; absent when the file is new.
Opened RemoteFilesystem::add_handle(NodeId node, const RemotePath& path, std::optional<Attributes> told, OpenMode mode,
                                    pid_t process) {
  MutexLock lock(mutex_);
  OpenFilePtr& file = open_files_[node];
  if (!file) {
    file = std::make_shared<OpenFile>(node);
    nodes_.pin(node);
  }
  MutexLock file_lock(file->mutex);
  if (!nodes_.path(node)) file->orphaned = true;  // since it was asked for; orphan() did not see us
  bool keep_cache = file->staged != nullptr;
  if (told && !file->staged) {
    // A commit may have come between the question and here; what it left behind is newer.
    if (const auto newest = loader_.try_stat(path, {}); newest && *newest) told = (*newest)->attributes;
    keep_cache = adopt_version(*file, path, *told);
  }
  return register_handle(file, mode, process, keep_cache);
}

RemoteFilesystem::FileHandlePtr RemoteFilesystem::hold_open(NodeId node) {
  MutexLock lock(mutex_);
  const auto found = open_files_.find(node);
  if (found == open_files_.end()) return nullptr;
  auto handle = std::make_shared<FileHandle>();
  handle->file = found->second;
  MutexLock file_lock(handle->file->mutex);
  ++handle->file->handles;
  return handle;
}

Opened RemoteFilesystem::register_handle(const OpenFilePtr& file, OpenMode mode, pid_t process, bool keep_cache) {
  auto handle = std::make_shared<FileHandle>();
  handle->file = file;
  handle->mode = mode;
  handle->opener = process;
  handle->reader = file->reader;
  handle->seen_commits = file->commits;
  ++file->handles;
  if (mode.write) ++file->writers;
  const Opened opened{next_handle_++, keep_cache, mode.append};
  handles_.emplace(opened.handle, std::move(handle));
  return opened;
}

// Makes what the server has the base of an open file. True when the kernel's pages are of that version.
bool RemoteFilesystem::adopt_version(OpenFile& file, const RemotePath& path, const Attributes& told) {
  const Version version = Version::of(told);
  const bool identifiable = told.mtime != 0 || !told.unique.empty();
  auto tag = nodes_.content(file.node);
  const bool same = tag && identifiable && tag->version == version;
  log::of(log::Topic::kCache)
      .debug("{}: {}", log::printable(path.text()),
             same ? "the version that is cached" : "another version, or the first");
  if (!same || tag->content == 0) {
    const auto fetched = siblings_.take(path, version);
    tag = ContentTag{version, fetched ? *fetched : blocks_.new_content()};
    nodes_.set_content(file.node, *tag);
    if (const auto replaced = std::exchange(file.reader, nullptr)) replaced->stop();
  }
  if (!file.reader) {
    const std::uint64_t window = std::min<std::uint64_t>(kMaxWindow, options_.memory_bytes / 8);
    file.reader =
        FileReader::make({remote_, blocks_, workers_, parallelism_, options_.stall_limit, window, options_.disk}, path,
                         tag->content, Version::exactly(told));
  }
  file.base = told;
  return same;
}

// Never commits: it is also called by those who hold claims.
void RemoteFilesystem::let_go(const FileHandlePtr& handle, const Context& context) {
  OpenFile& file = *handle->file;
  std::vector<RemotePath> unwanted;
  std::vector<RemotePath> litter;
  std::shared_ptr<FileReader> unread;
  {
    MutexLock lock(mutex_);
    MutexLock file_lock(file.mutex);
    if (--file.handles == 0) {
      if (file.hidden) unwanted.push_back(*std::exchange(file.hidden, std::nullopt));
      if (file.partial) unwanted.push_back(file.partial->path);
      litter = std::exchange(file.litter, {});
      unread = std::exchange(file.reader, nullptr);
      open_files_.erase(file.node);
    } else if (file.writers == 0 && file.staged && !file.orphaned && !file.dirty()) {
      // What others go on reading is now the server's.
      file.staged.reset();
      const auto path = nodes_.path(file.node);
      if (path && file.base) adopt_version(file, *path, *file.base);
      ++file.commits;
    }
    if (file.handles > 0) return;
  }
  if (unread) unread->stop();
  for (const RemotePath& path : litter) temporaries_.give_up(path);
  for (const RemotePath& path : unwanted) {
    const Status removed = temporaries_.remove(path, context.uncancellable());
    if (!removed) spdlog::warn("cannot remove {}: {}", path.text(), removed.error().message);
  }
  nodes_.forget(file.node, 1);
}

}  // namespace ftpsfs::vfs
