// RemoteFilesystem: what changes the tree of names.
#include <algorithm>
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

// True for an open file that was never committed.
bool is_only_here(const std::shared_ptr<OpenFile>& file) {
  if (!file) return false;
  MutexLock lock(file->mutex);
  return !file->base.has_value();
}
}  // namespace

Result<NodeAttributes> RemoteFilesystem::make_directory(NodeId parent, std::string_view name, std::uint32_t mode,
                                                        const Context& context) {
  FTPSFS_TRY_ASSIGN(const NewName made_name, claim_new_name(parent, name, context));
  const auto& [place, path, held] = made_name;
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
  filled_.note_name(path, false);
  filled_.note_made(path);
  touch(path.parent());
  if (now.mtime_exact) return present_with_lookup(place, Known{now, clock_.now()});
  metadata_.outdate(path);  // the time is a guess of ours: nobody shall rely on it
  return present_with_lookup(place, Known{now, clock_.now() - options_.cache_ttl});
}

Status RemoteFilesystem::remove(NodeId parent, std::string_view name, const Context& context) {
  FTPSFS_TRY(forbid_when_read_only());
  const Place place{parent, std::string(name)};
  const Removal removal(find_open(place));
  std::vector<RemotePath> paths;
  FTPSFS_TRY_ASSIGN(const auto held, claim_places({place}, paths, context));
  const RemotePath& path = paths.front();
  const auto node = nodes_.find(parent, name);
  const Hold hold(*this, node, context);
  const OpenFilePtr file = hold.file();

  metadata_.begin_change(path);
  auto gone = set_aside(file, path, true, context);
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
  if (!removed && is_only_here(file)) removed = {};
  metadata_.removed(path);
  memory_.forget(path);
  orphan(node, [&] { nodes_.detach(parent, name); });
  if (node) forget_waiting(*node);
  touch(path.parent());
  return removed;
}

Status RemoteFilesystem::remove_directory(NodeId parent, std::string_view name, const Context& context) {
  FTPSFS_TRY(forbid_when_read_only());
  const Place place{parent, std::string(name)};
  std::vector<RemotePath> paths;
  FTPSFS_TRY_ASSIGN(const auto held, claim_places({place}, paths, context));
  const RemotePath& path = paths.front();
  const auto node = nodes_.find(parent, name);
  if (node && has_files_only_here(*node)) return fail(ErrorKind::kNotEmpty, "a new file in it is still open");
  metadata_.begin_change(path);
  Status removed = remote_.remove_directory(path, context);
  if (!removed) {
    metadata_.forget(path);
    return removed;
  }
  metadata_.removed(path);
  memory_.forget(path);
  filled_.forget(path);
  nodes_.detach(parent, name);
  touch(path.parent());
  return {};
}

Status RemoteFilesystem::rename(NodeId parent, std::string_view name, NodeId new_parent, std::string_view new_name,
                                RenameMode mode, const Context& context) {
  FTPSFS_TRY(forbid_when_read_only());
  const Place from{parent, std::string(name)};
  const Place to{new_parent, std::string(new_name)};
  // What waits in the journal comes under its new name.
  if (const auto old_path = path_of(from); old_path && !options_.write_back) commit_pending(*old_path, context);
  const Removal removal(mode == RenameMode::kReplace ? find_open(to) : nullptr);
  std::vector<RemotePath> paths;
  FTPSFS_TRY_ASSIGN(const auto held, claim_places({from, to}, paths, context));
  if (paths[0] == paths[1]) return {};
  if (paths[1].is_within(paths[0])) return fail(ErrorKind::kInvalid, "a directory cannot move into itself");
  FTPSFS_TRY(check_new_name(to, paths[1], parent == new_parent ? name : std::string_view(), context));
  return rename_claimed(from, to, paths[0], paths[1], mode, context);
}

Status RemoteFilesystem::rename_claimed(const Place& from, const Place& to, const RemotePath& from_path,
                                        const RemotePath& to_path, RenameMode mode, const Context& context) {
  const auto from_node = nodes_.find(from.parent, from.name);
  const auto to_node = nodes_.find(to.parent, to.name);
  const Hold hold_source(*this, from_node, context);
  const Hold hold_target(*this, to_node, context);
  const OpenFilePtr source = hold_source.file();
  const OpenFilePtr target = hold_target.file();
  if (to_node && has_files_only_here(*to_node)) return fail(ErrorKind::kNotEmpty, "a new file in it is still open");
  if (mode == RenameMode::kNoReplace && is_only_here(target)) return fail(ErrorKind::kExists, "the new name is taken");
  const bool may_be_one_file = from.parent == to.parent && remote::is_other_spelling(from.name, to.name);
  if (mode == RenameMode::kNoReplace && !may_be_one_file) {
    const auto taken = loader_.stat(to_path, std::chrono::milliseconds(0), context);
    if (taken) return fail(ErrorKind::kExists, "the new name is taken");
    if (taken.error().kind != ErrorKind::kNotFound) return fail(taken.error());
  }

  if (target) {
    const auto aside = set_aside(target, to_path, false, context);
    if (!aside) return fail(aside.error());
  }
  Status renamed = is_only_here(source) ? rename_uncommitted(*source, from_path, mode, context)
                                        : rename_on_server(from_path, to_path, mode, context);
  if (!renamed) {
    if (target) bring_back(*target, to_path, context.uncancellable());
    return renamed;
  }
  orphan(to_node, [&] { nodes_.move(from.parent, from.name, to.parent, to.name); });
  if (journal_) FTPSFS_TRY(journal_->move(from_path, to_path, mode == RenameMode::kReplace));
  if (to_node) forget_waiting(*to_node);
  filled_.forget(from_path);
  filled_.forget(to_path);
  filled_.note_name(to_path, false);
  follow_rename(to_path);
  if (journal_ && from_node) FTPSFS_TRY(keep_change(*from_node));
  touch(from_path.parent());
  touch(to_path.parent());
  return {};
}

// Nothing of the file is on the server yet: its commit will put it under the new name. The old name may still be that
// of a file it was renamed over before, which must not come back.
Status RemoteFilesystem::rename_uncommitted(OpenFile& file, const RemotePath& from, RenameMode mode,
                                            const Context& context) {
  const bool replaced_before = [&] {
    MutexLock lock(file.mutex);
    return std::exchange(file.replaces_any, mode == RenameMode::kReplace);
  }();
  if (!replaced_before) return {};
  metadata_.begin_change(from);
  Status removed = remote_.remove(from, context);
  if (removed || removed.error().kind == ErrorKind::kNotFound) {
    metadata_.removed(from);
    return {};
  }
  metadata_.forget(from);
  MutexLock lock(file.mutex);
  file.replaces_any = true;
  return removed;
}

Status RemoteFilesystem::rename_on_server(const RemotePath& from, const RemotePath& to, RenameMode mode,
                                          const Context& context) {
  auto known = loader_.try_stat(from, {});
  metadata_.begin_change(from);
  metadata_.begin_change(to);
  Status renamed = remote_.rename(from, to, mode == RenameMode::kReplace, context);
  if (!renamed) {
    metadata_.forget(from);
    metadata_.forget(to);
    return renamed;
  }
  metadata_.removed(from);
  if (known && *known) {
    kept_.changed(to, (*known)->attributes);
    metadata_.changed(to, (*known)->attributes);
    metadata_.forget_below(to);
  } else {
    metadata_.forget(to);
  }
  memory_.move(from, to);
  temporaries_.moved(from, to);
  return {};
}

// The name of an open file, held open, is about to go. Its content must outlive the name while anyone reads it: true
// when it waits on the server under a hidden name, so that the old name is gone already. `for_good`: it is not to come
// back, whatever follows.
Result<bool> RemoteFilesystem::set_aside(const OpenFilePtr& file, const RemotePath& path, bool for_good,
                                         const Context& context) {
  if (!file) return false;
  std::uint64_t size = 0;
  {
    MutexLock lock(file->mutex);
    if (!file->base) return !file->replaces_any;  // the server never had it, at most another one of its name
    const bool whole = file->staged && file->staged->missing({0, file->staged->state().size}).empty();
    const bool only_held = file->handles <= 1;  // by the one who asks
    if (only_held || whole) return false;
    size = file->base->size;
  }
  const RemotePath directory = path.parent();
  FTPSFS_TRY_ASSIGN(const RemotePath hidden,
                    for_good ? temporaries_.make(directory) : temporaries_.make_aside(directory));
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
  if (!line_broke(moved.error())) temporaries_.gone(hidden);
  if (moved.error().kind == ErrorKind::kNotFound) return false;
  spdlog::debug("cannot set {} aside: {}", log::printable(path.text()), moved.error().message);
  if (size <= kMaxFetchedOrphan) {
    FTPSFS_TRY(stage(*file, false));
    FTPSFS_TRY(Uploader::fetch_missing(*file, {0, size}, context));
  }
  return false;
}

// The name stays after all.
void RemoteFilesystem::bring_back(OpenFile& file, const RemotePath& path, const Context& context) {
  std::optional<RemotePath> hidden;
  {
    MutexLock lock(file.mutex);
    hidden = std::exchange(file.hidden, std::nullopt);  // whatever comes: it must not be removed at the last close
  }
  if (!hidden) return;
  metadata_.begin_change(path);
  const Status moved = remote_.rename(*hidden, path, false, context);
  metadata_.forget(path);
  if (!moved) {
    spdlog::error("{} is left on the server as {}: {}", log::printable(path.text()), hidden->text(),
                  log::printable(moved.error().message));
    return;
  }
  MutexLock lock(file.mutex);
  if (file.reader) file.reader->set_path(path);
}

// `unname` takes the node's name away: whoever has it open, perhaps only since a moment ago, goes on without. Nobody
// sees it nameless before it is an orphan.
void RemoteFilesystem::orphan(std::optional<NodeId> node, const std::function<void()>& unname) {
  MutexLock lock(mutex_);
  const auto found = node ? open_files_.find(*node) : open_files_.end();
  if (found == open_files_.end()) return unname();
  MutexLock file_lock(found->second->mutex);
  unname();
  found->second->orphaned = true;
  if (const auto stream = std::exchange(found->second->stream, nullptr)) stream->give_up();
}

// The server would remove such a directory as empty.
bool RemoteFilesystem::has_files_only_here(NodeId directory) {
  const auto open = all_open();
  return std::any_of(open.begin(), open.end(), [&](const OpenFilePtr& file) {
    const auto parent = nodes_.parent(file->node);
    return parent && *parent == directory && is_only_here(file);
  });
}

// Their uploads will change the directory.
bool RemoteFilesystem::has_unsent_files(NodeId directory) {
  const auto open = all_open();
  return std::any_of(open.begin(), open.end(), [&](const OpenFilePtr& file) {
    const auto parent = nodes_.parent(file->node);
    if (!parent || *parent != directory) return false;
    MutexLock lock(file->mutex);
    return file->dirty();
  });
}

// Where the server does not tell case apart, a new name that differs from another one in nothing else would be that
// one's. `giving_way`: a name in the same directory that is about to go.
Status RemoteFilesystem::check_new_name(const Place& place, const RemotePath& path, std::string_view giving_way,
                                        const Context& context) {
  FTPSFS_TRY(remote_.check_new_name(path));
  if (!remote_.capabilities().folds_case) return {};
  const auto refuse_other = [&](std::string_view name) -> Status {
    if (name == giving_way || !remote::is_other_spelling(name, place.name)) return {};
    spdlog::warn("{} not made: on this server it would be the same as {}", log::printable(path.text()),
                 log::printable(name));
    return fail(ErrorKind::kExists, "the name exists with letters of another case");
  };
  FTPSFS_TRY_ASSIGN(const auto listing, loader_.list(path.parent(), context));
  for (std::size_t i = 0; i < listing->entries.size(); ++i) FTPSFS_TRY(refuse_other(listing->entries.name(i)));
  for (const auto& [name, known] : written_in(place.parent)) FTPSFS_TRY(refuse_other(name));
  return {};
}

Result<RemoteFilesystem::NewName> RemoteFilesystem::claim_new_name(NodeId parent, std::string_view name,
                                                                   const Context& context) {
  FTPSFS_TRY(forbid_when_read_only());
  Place place{parent, std::string(name)};
  std::vector<RemotePath> paths;
  FTPSFS_TRY_ASSIGN(auto held, claim_places({place}, paths, context));
  FTPSFS_TRY(check_new_name(place, paths.front(), {}, context));
  return NewName{std::move(place), std::move(paths.front()), std::move(held)};
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
  for (const OpenFilePtr& file : all_open()) {
    const auto path = nodes_.path(file->node);
    if (!path || !path->is_within(to)) continue;
    if (*path != to) Uploader::give_up_stream(*file);  // its temporary name moved with the directory
    MutexLock lock(file->mutex);
    if (file->reader) file->reader->set_path(*path);
  }
}

// A change in a directory changed its time, too; the server tells the new one to whoever asks next. With write=back it
// may not know of the change yet, and an upload later is no change here: the time is remembered.
void RemoteFilesystem::touch(const RemotePath& directory) {
  if (options_.write_back) {
    memory_.remember_mtime(directory, std::time(nullptr));
  } else {
    memory_.forget_mtime(directory);
  }
  metadata_.outdate(directory);
}

}  // namespace ftpsfs::vfs
