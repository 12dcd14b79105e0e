// RemoteFilesystem: what changes the tree of names.
#include <ctime>
#include <utility>

#include "ftpsfs/base/log.h"
#include "vfs/remote_filesystem.h"

namespace ftpsfs::vfs {

using remote::Attributes;
using remote::FileType;
using remote::RemotePath;

namespace {
// An open file whose old name must go, on a server that will not rename it, is fetched whole up to this size.
constexpr std::uint64_t kMaxFetchedOrphan = 64 * 1024 * 1024;
}  // namespace

Result<NodeAttributes> RemoteFilesystem::make_directory(NodeId parent, std::string_view name, std::uint32_t mode,
                                                        const Context& context) {
  FTPSFS_TRY(forbid_when_read_only());
  const Place place{parent, std::string(name)};
  std::vector<RemotePath> paths;
  FTPSFS_TRY_ASSIGN(const auto held, claim_places({place}, paths, context));
  const RemotePath& path = paths.front();
  metadata_.begin_change(path);
  const Status made = remote_.make_directory(path, context);
  if (!made) {
    metadata_.forget(path);
    return fail(made.error());
  }
  memory_.forget(path);
  const Context firm = context.uncancellable();
  if (const Status set = remote_.set_mode(path, mode, firm); !set) {
    spdlog::debug("mode of {}: {}", log::printable(path.text()), set.error().message);
  }
  Attributes now;
  now.type = FileType::kDirectory;
  now.mode = mode;
  now.mtime = std::time(nullptr);
  if (remote_.capabilities().stat_one) {
    if (auto told = remote_.stat(path, firm)) now = *std::move(told);
  }
  metadata_.changed(path, now);
  touch(path.parent());
  return present_with_lookup(place, Known{now, clock_.now()});
}

Status RemoteFilesystem::remove(NodeId parent, std::string_view name, const Context& context) {
  FTPSFS_TRY(forbid_when_read_only());
  const Place place{parent, std::string(name)};
  std::vector<RemotePath> paths;
  FTPSFS_TRY_ASSIGN(const auto held, claim_places({place}, paths, context));
  const RemotePath& path = paths.front();
  const auto node = nodes_.find(parent, name);
  const OpenFilePtr file = node ? find_open(*node) : nullptr;

  metadata_.begin_change(path);
  auto gone = set_aside(file, path, context);
  Status removed;
  if (!gone) {
    removed = fail(gone.error());
  } else if (!*gone) {
    removed = remote_.remove(path, context);
  }
  if (!removed && removed.error().kind != ErrorKind::kNotFound) {
    metadata_.forget(path);
    return removed;
  }
  metadata_.removed(path);
  memory_.forget(path);
  if (file) {
    MutexLock lock(file->mutex);
    file->orphaned = true;
  }
  nodes_.detach(parent, name);
  touch(path.parent());
  return removed;
}

Status RemoteFilesystem::remove_directory(NodeId parent, std::string_view name, const Context& context) {
  FTPSFS_TRY(forbid_when_read_only());
  const Place place{parent, std::string(name)};
  std::vector<RemotePath> paths;
  FTPSFS_TRY_ASSIGN(const auto held, claim_places({place}, paths, context));
  const RemotePath& path = paths.front();
  metadata_.begin_change(path);
  const Status removed = remote_.remove_directory(path, context);
  if (!removed) {
    metadata_.forget(path);
    return removed;
  }
  metadata_.removed(path);
  memory_.forget(path);
  nodes_.detach(parent, name);
  touch(path.parent());
  return {};
}

Status RemoteFilesystem::rename(NodeId parent, std::string_view name, NodeId new_parent, std::string_view new_name,
                                RenameMode mode, const Context& context) {
  FTPSFS_TRY(forbid_when_read_only());
  const Place from{parent, std::string(name)};
  const Place to{new_parent, std::string(new_name)};
  std::vector<RemotePath> paths;
  FTPSFS_TRY_ASSIGN(const auto held, claim_places({from, to}, paths, context));
  if (paths[0] == paths[1]) return {};
  if (paths[1].is_within(paths[0])) return fail(ErrorKind::kInvalid, "a directory cannot move into itself");
  return rename_claimed(from, to, paths[0], paths[1], mode, context);
}

Status RemoteFilesystem::rename_claimed(const Place& from, const Place& to, const RemotePath& from_path,
                                        const RemotePath& to_path, RenameMode mode, const Context& context) {
  const auto from_node = nodes_.find(from.parent, from.name);
  const auto to_node = nodes_.find(to.parent, to.name);
  const OpenFilePtr source = from_node ? find_open(*from_node) : nullptr;
  const OpenFilePtr target = to_node ? find_open(*to_node) : nullptr;
  bool only_here = false;
  bool target_only_here = false;
  if (source) {
    MutexLock lock(source->mutex);
    only_here = !source->base.has_value();
  }
  if (target) {
    MutexLock lock(target->mutex);
    target_only_here = !target->base.has_value();
  }
  if (mode == RenameMode::kNoReplace) {
    if (target_only_here) return fail(ErrorKind::kExists, "the new name is taken");
    const auto taken = loader_.stat(to_path, std::chrono::milliseconds(0), context);
    if (taken) return fail(ErrorKind::kExists, "the new name is taken");
    if (taken.error().kind != ErrorKind::kNotFound) return fail(taken.error());
  }

  if (target) {
    const auto aside = set_aside(target, to_path, context);
    if (!aside) return fail(aside.error());
  }
  if (only_here) {
    // Nothing of it is on the server yet: its commit will put it under the new name.
    MutexLock lock(source->mutex);
    source->replaces_any = true;
  } else {
    FTPSFS_TRY(rename_on_server(from_path, to_path, mode, context));
    memory_.move(from_path, to_path);
  }
  if (target) {
    MutexLock lock(target->mutex);
    target->orphaned = true;
  }
  nodes_.move(from.parent, from.name, to.parent, to.name);
  follow_rename(to_path);
  touch(from_path.parent());
  touch(to_path.parent());
  return {};
}

Status RemoteFilesystem::rename_on_server(const RemotePath& from, const RemotePath& to, RenameMode mode,
                                          const Context& context) {
  auto known = loader_.try_stat(from, {});
  metadata_.begin_change(from);
  metadata_.begin_change(to);
  const Status renamed = remote_.rename(from, to, mode == RenameMode::kReplace, context);
  if (!renamed) {
    metadata_.forget(from);
    metadata_.forget(to);
    return renamed;
  }
  metadata_.removed(from);
  if (known && *known) {
    metadata_.changed(to, (*known)->attributes);
    metadata_.forget_below(to);
  } else {
    metadata_.forget(to);
  }
  return {};
}

// The name of an open file is about to go. Its content must outlive the name while anyone reads it: true when it waits
// on the server under a hidden name, so that the old name is gone already.
Result<bool> RemoteFilesystem::set_aside(const OpenFilePtr& file, const RemotePath& path, const Context& context) {
  if (!file) return false;
  std::uint64_t size = 0;
  {
    MutexLock lock(file->mutex);
    if (!file->base) return true;  // the server never had it
    const bool whole = file->staged && file->staged->missing({0, file->staged->state().size}).empty();
    if (file->handles == 0 || whole) return false;
    size = file->base->size;
  }
  FTPSFS_TRY_ASSIGN(const RemotePath hidden, path.parent().child(remote_.new_temporary_name()));
  metadata_.begin_change(path);
  const Status moved = remote_.rename(path, hidden, false, context);
  if (moved) {
    metadata_.removed(path);
    MutexLock lock(file->mutex);
    file->hidden = hidden;
    if (file->reader) file->reader->set_path(hidden);
    return true;
  }
  metadata_.forget(path);
  if (moved.error().kind == ErrorKind::kNotFound) return false;
  spdlog::debug("cannot set {} aside: {}", log::printable(path.text()), moved.error().message);
  if (size <= kMaxFetchedOrphan) {
    FTPSFS_TRY(stage(*file, false));
    FTPSFS_TRY(Uploader::fetch_missing(*file, {0, size}, context));
  }
  return false;
}

// Claims names in directories, whose paths may change while the claim waits.
Result<NameClaims::Held> RemoteFilesystem::claim_places(const std::vector<Place>& places,
                                                        std::vector<RemotePath>& paths, const Context& context) {
  for (;;) {
    paths.clear();
    std::vector<Claim> claims;
    for (const Place& place : places) {
      FTPSFS_TRY_ASSIGN(RemotePath path, path_of(place));
      claims.push_back({path, true});
      paths.push_back(std::move(path));
    }
    FTPSFS_TRY_ASSIGN(auto held, claims_.acquire(std::move(claims), context));
    bool unchanged = true;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto now = path_of(places[i]);
      unchanged = unchanged && now && *now == paths[i];
    }
    if (unchanged) return held;
  }
}

// Open files at or below `to` go on under their new names.
void RemoteFilesystem::follow_rename(const RemotePath& to) {
  std::vector<OpenFilePtr> open;
  {
    MutexLock lock(mutex_);
    for (const auto& [node, file] : open_files_) open.push_back(file);
  }
  for (const OpenFilePtr& file : open) {
    const auto path = nodes_.path(file->node);
    if (!path || !path->is_within(to)) continue;
    MutexLock lock(file->mutex);
    if (file->reader) file->reader->set_path(*path);
  }
}

// A change in a directory changed its time, too. Only the identity of the directory lets us say so without forgetting
// what is in it.
void RemoteFilesystem::touch(const RemotePath& directory) {
  memory_.forget_mtime(directory);
  if (directory.is_root()) return;
  auto known = loader_.try_stat(directory, {});
  if (!known || !*known || (*known)->attributes.unique.empty()) return;
  Attributes now = (*known)->attributes;
  now.mtime = std::time(nullptr);
  metadata_.changed(directory, now);
}

}  // namespace ftpsfs::vfs
