// RemoteFilesystem: open files, from open(2) to the last close.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <utility>

#include "ftpsfs/base/log.h"
#include "vfs/remote_filesystem.h"

namespace ftpsfs::vfs {

using remote::Attributes;
using remote::FileType;
using remote::RemotePath;
using remote::Version;

namespace {
/// Also when it is another user's, to whom we may send no signal.
bool exists(pid_t process) { return ::kill(process, 0) == 0 || errno != ESRCH; }
}  // namespace

Result<Opened> RemoteFilesystem::open(NodeId node, OpenMode mode, pid_t process, const Context& context) {
  if (mode.write) FTPSFS_TRY(forbid_when_read_only());
  FTPSFS_TRY_ASSIGN(const RemotePath path, nodes_.path(node));
  auto opened = join_open(node, mode, process);
  if (!opened) {
    FTPSFS_TRY_ASSIGN(const Known known, loader_.stat(path, options_.attr_ttl, context));
    if (known.attributes.type == FileType::kDirectory) return fail(ErrorKind::kIsDirectory, "is a directory");
    if (mode.write && !known.attributes.writable) {
      return fail(ErrorKind::kPermission, "the server forbids writing, or it is a link that leads out of the mount");
    }
    opened = add_handle(node, path, known.attributes, mode, process);
    opened->attributes_outdated = is_news(node, path, known);
    if (const auto parent = nodes_.parent(node); parent && !mode.write) siblings_.note_opened(path, *parent);
  }
  if (!mode.write || !mode.truncate) return *opened;
  const Status truncated = stage(*(*handle_of(opened->handle))->file, true);
  if (truncated) return *opened;
  release(opened->handle, context);
  return fail(truncated.error());
}

Result<Created> RemoteFilesystem::create(NodeId parent, std::string_view name, std::uint32_t permissions, OpenMode mode,
                                         pid_t process, const Context& context) {
  FTPSFS_TRY(forbid_when_read_only());
  const Place place{parent, std::string(name)};
  FTPSFS_TRY_ASSIGN(const RemotePath path, path_of(place));
  const auto directory = loader_.try_stat(path.parent(), {});
  if (directory && *directory && !(*directory)->attributes.writable) {
    return fail(ErrorKind::kPermission, "the server forbids new files here");
  }

  const auto known_node = nodes_.find(parent, name);
  auto existing = known_node ? local_attributes(*known_node) : std::nullopt;
  if (!existing) {
    auto asked = filled_.lacks(path) ? fail(ErrorKind::kNotFound, "no such file")
                                     : loader_.stat(path, options_.attr_ttl, context);
    if (!asked && asked.error().kind != ErrorKind::kNotFound) return fail(asked.error());
    if (asked) existing = *std::move(asked);
  }
  if (existing) {
    if (mode.exclusive) return fail(ErrorKind::kExists, "the file exists");
    Created created{present_with_lookup(place, *existing), {}};
    auto opened = open(created.attributes.node, mode, process, context);
    if (!opened) {
      nodes_.forget(created.attributes.node, 1);
      return fail(opened.error());
    }
    created.opened = *opened;
    return created;
  }
  FTPSFS_TRY(check_new_name(place, path, {}, context));
  const NodeId node = nodes_.look_up(parent, name, FileType::kFile);
  const Opened opened = add_handle(node, path, std::nullopt, mode, process);
  const auto file = (*handle_of(opened.handle))->file;
  if (const Status staged = stage(*file, true); !staged) {
    release(opened.handle, context);
    nodes_.forget(node, 1);
    return fail(staged.error());
  }
  {
    MutexLock lock(file->mutex);
    file->staged->set_mode(permissions);
  }
  filled_.note_name(path, true);
  return Created{present(nodes_.inode(node), node, *local_attributes(node)), opened};
}

Result<std::vector<Slice>> RemoteFilesystem::read(HandleId handle, std::uint64_t offset, std::size_t length,
                                                  const Context& context) {
  FTPSFS_TRY_ASSIGN(const FileHandlePtr opened, handle_of(handle));
  OpenFile& file = *opened->file;
  for (;;) {
    std::shared_ptr<StagedFile> staged;
    std::shared_ptr<FileReader> reader;
    std::uint64_t commits = 0;
    {
      MutexLock lock(file.mutex);
      staged = file.staged;
      commits = file.commits;
      if (std::exchange(opened->seen_commits, commits) != commits) opened->reader = file.reader;
      // The kernel keeps one set of pages for all handles: another version must not get into it through an old one.
      if (!staged && opened->reader == file.reader) reader = file.reader;
    }
    if (staged) return read_staged(file, *staged, offset, length, context);
    if (!reader) return fail(ErrorKind::kStale, "the file was replaced on the server");
    FTPSFS_TRY(siblings_.await(reader->content(), context));
    auto slices = reader->read(offset, length, context);
    MutexLock lock(file.mutex);
    if (file.commits == commits) return slices;
    // Our own commit replaced the file meanwhile, and what was read may be of either version.
  }
}

std::optional<std::vector<Slice>> RemoteFilesystem::try_read(HandleId handle, std::uint64_t offset,
                                                             std::size_t length) {
  const auto opened = handle_of(handle);
  if (!opened) return std::nullopt;
  std::shared_ptr<FileReader> reader;
  {
    const OpenFile& file = *(*opened)->file;
    MutexLock lock(file.mutex);
    if (file.staged || (*opened)->seen_commits != file.commits || (*opened)->reader != file.reader) return std::nullopt;
    reader = file.reader;
  }
  return reader ? reader->try_read(offset, length) : std::nullopt;
}

Result<std::vector<Slice>> RemoteFilesystem::read_staged(OpenFile& file, const StagedFile& staged, std::uint64_t offset,
                                                         std::size_t length, const Context& context) {
  const std::uint64_t size = staged.state().size;
  if (offset >= size) return std::vector<Slice>{};
  const Range wanted{offset, std::min<std::uint64_t>(offset + length, size)};
  FTPSFS_TRY(Uploader::fetch_missing(file, wanted, context));
  auto bytes = std::make_shared<cache::Block>(static_cast<std::size_t>(wanted.end - wanted.begin));
  FTPSFS_TRY_ASSIGN(const std::size_t count, staged.read(offset, *bytes));
  return std::vector<Slice>{Slice{std::move(bytes), 0, count}};
}

Status RemoteFilesystem::write(HandleId handle, std::uint64_t offset, std::span<const std::byte> from) {
  FTPSFS_TRY_ASSIGN(const FileHandlePtr opened, handle_of(handle));
  if (!opened->mode.write) return fail(ErrorKind::kPermission, "not open for writing");
  OpenFile& file = *opened->file;
  // The kernel's offset of an appending write can be stale when the file grew elsewhere.
  const auto position = opened->mode.append ? std::nullopt : std::optional(offset);
  for (;;) {
    const Status prepared = stage(file, false);
    MutexLock lock(file.mutex);
    if (prepared && (!file.staged || file.staged == file.frozen)) continue;  // closed, or uploaded, meanwhile
    const auto end = prepared ? file.staged->write(position, from) : fail(prepared.error());
    if (!end) {
      if (end.error().kind == ErrorKind::kNoSpace) note_torn(file, opened->mode, offset, from.size());
      return fail(end.error());
    }
    file.torn.remove({*end - from.size(), *end});
    break;
  }
  return uploader_.note_written(file);
}

Status RemoteFilesystem::flush(HandleId handle, pid_t process, const Context& context) {
  FTPSFS_TRY_ASSIGN(const FileHandlePtr opened, handle_of(handle));
  if (!opened->mode.write || (process != opened->opener && exists(opened->opener))) return {};
  FTPSFS_TRY(check_whole(*opened->file));
  {
    const OpenFile& file = *opened->file;
    MutexLock lock(file.mutex);
    if (!file.dirty() || !file.staged->has_new_content_since(file.committed.value_or(0))) return {};
  }
  return options_.write_back ? keep(*opened->file, context) : commit(*opened->file, context);
}

Status RemoteFilesystem::sync(HandleId handle, const Context& context) {
  FTPSFS_TRY_ASSIGN(const FileHandlePtr opened, handle_of(handle));
  Status outcome = commit(*opened->file, context);
  constexpr int kMostTries = 5;  // what is written anew meanwhile belongs to what is asked for
  for (int tries = 1; !outcome && outcome.error().kind == ErrorKind::kStale && tries < kMostTries; ++tries) {
    outcome = commit(*opened->file, context);
  }
  return outcome;
}

void RemoteFilesystem::release(HandleId handle, const Context& context) {
  FileHandlePtr opened;
  {
    MutexLock lock(mutex_);
    const auto found = handles_.find(handle);
    if (found == handles_.end()) return;
    opened = std::move(found->second);
    handles_.erase(found);
  }
  if (opened->mode.write) end_writing(opened->file, context);
  let_go(opened, context);
}

void RemoteFilesystem::end_writing(const OpenFilePtr& written, const Context& context) {
  OpenFile& file = *written;
  {
    MutexLock lock(file.mutex);
    --file.writers;
  }
  drop_torn(file);
  if (options_.write_back && awaits_commit(file)) {
    const Status kept = keep(file, context);
    if (kept) return let_wait(written);
    spdlog::warn("the journal cannot take a file, which is uploaded at once: {}", kept.error().message);
  }
  // A time or mode may be set while a commit is under way: only a file that stayed clean is let go.
  while (awaits_commit(file)) {
    const Status committed = commit(file, context);
    if (!committed) return keep_failed(file, committed.error());
  }
  finish_entry(file);
}

// What the server has of a file is the latest that was closed here.
Status RemoteFilesystem::commit(OpenFile& file, const Context& context) {
  FTPSFS_TRY(check_whole(file));
  const bool newer = [&] {
    MutexLock lock(file.mutex);
    return file.dirty();
  }();
  FTPSFS_TRY(uploader_.commit(file, context));
  finish_entry(file);
  if (!newer) return {};
  if (const auto path = journal_ ? nodes_.path(file.node) : fail(ErrorKind::kNotFound, "no journal")) {
    forget_failed(*path);
  }
  return {};
}

// Files at or below `path` whose last writer is gone are committed now: what comes next is about their names or about
// the times of their directories, which a later commit would change. Failures are left to their release, which tries
// again; and who is uploading has claimed the name, which is waited for anyway.
void RemoteFilesystem::commit_pending(const RemotePath& path, const Context& context) {
  std::vector<NodeId> waiting;
  for (const OpenFilePtr& file : all_open()) {
    const auto at = nodes_.path(file->node);
    if (!at || !at->is_within(path) || !awaits_commit(*file)) continue;
    const bool under_way = [&] {
      MutexLock lock(file->mutex);
      return file->uploading > 0;
    }();
    if (waiting_file(file->node)) {
      waiting.push_back(file->node);
    } else if (!options_.write_back && !under_way) {
      (void)commit(*file, context);
    }
  }
  if (!waiting.empty()) (void)drainer_->hurry(waiting, context);
}

// True when nobody is left who could write, and the server lacks something.
bool RemoteFilesystem::awaits_commit(const OpenFile& file) {
  MutexLock lock(file.mutex);
  return file.writers == 0 && file.dirty();
}

// Without a journal, what failed is kept where a person finds it.
void RemoteFilesystem::rescue(const OpenFile& file, const StagedFile& staged) {
  const auto path = nodes_.path(file.node);
  const std::string name = path ? std::string(path->name()) : std::string("unnamed");
  const auto kept = staged.rescue("rescued-" + std::to_string(std::time(nullptr)) + "-" + name.substr(0, 200));
  if (kept) {
    const bool whole = staged.missing({0, staged.state().size}).empty();
    spdlog::error("{} is not on the server; {} is kept in {}", log::printable(name),
                  whole ? "its content" : "what was written of it, with zeros between,", *kept);
  } else {
    spdlog::error("{} is not on the server and its content is lost: {}", log::printable(name), kept.error().message);
  }
}

// Prepares a file for change. `without_content`: it is new or cut to nothing, so that no old byte is needed.
Status RemoteFilesystem::stage(OpenFile& file, bool without_content) {
  std::shared_ptr<StagedFile> frozen;
  {
    MutexLock lock(file.mutex);
    if (without_content) file.torn = {};
    if (file.staged && file.staged == file.frozen) {
      frozen = file.staged;
    } else if (file.staged) {
      return without_content ? file.staged->truncate(0) : Status{};
    } else {
      const std::uint64_t size = without_content || !file.base ? 0 : file.base->size;
      const std::int64_t mtime = without_content || !file.base ? std::time(nullptr) : file.base->mtime;
      FTPSFS_TRY_ASSIGN(file.staged, StagedFile::create(staging_dir_, size, mtime));
      file.staged->count_in(staging_space_);
      file.committed.reset();
      if (file.base && !without_content) file.committed = file.staged->state().generation;
      return {};
    }
  }
  auto next = without_content ? StagedFile::create(staging_dir_, 0, std::time(nullptr)) : frozen->copy();
  if (!next) return fail(std::move(next).error());
  if (without_content) (*next)->count_in(staging_space_);
  MutexLock lock(file.mutex);
  if (file.staged == frozen) take_next(file, *std::move(next), !without_content);
  return {};
}

}  // namespace ftpsfs::vfs
