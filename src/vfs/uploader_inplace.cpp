// Uploader: how new content takes the place of the old, and writing it into the file itself. The old content is gone
// then from the first byte on: what is here is all there is until the server confirms it.
#include <string>
#include <utility>

#include "ftpsfs/base/log.h"
#include "vfs/uploader.h"

namespace ftpsfs::vfs {

using remote::Attributes;
using remote::RemotePath;
using remote::Version;

tl::unexpected<Error> Uploader::conflict(const RemotePath& path, const char* what) {
  return fail(ErrorKind::kConflict, path.text() + " was " + what + " on the server meanwhile");
}

tl::unexpected<Error> Uploader::cut_short(const RemotePath& path, std::uint64_t held, std::uint64_t size) {
  return fail(ErrorKind::kIo, fmt::format("the server holds {} of {} bytes of {}", held, size, path.text()));
}

/// After bytes went into the file itself. What the server refuses to set, take_over() sees in what it has.
Result<Attributes> Uploader::set_and_look(const RemotePath& path, std::optional<std::uint32_t> mode, std::int64_t mtime,
                                          const Context& context) {
  if (mode) (void)services_.remote.set_mode(path, *mode, context);
  (void)services_.remote.set_mtime(path, mtime, context);
  return services_.remote.stat(path, context);
}

Status Uploader::replace(OpenFile& file, const RemotePath& path, Attempt& attempt, const Context& context) {
  if (policy_.in_place(path)) return replace_in_place(file, path, attempt, context);
  Status renamed = rewrite(file, path, attempt, context);
  if (renamed || !policy_.in_place_after(renamed.error())) return renamed;
  spdlog::debug("{}; it is written in place", log::printable(renamed.error().message));
  Status written = replace_in_place(file, path, attempt, context);
  const bool foreign = renamed.error().kind == ErrorKind::kNotPermitted;
  if (!written && foreign && written.error().kind == ErrorKind::kPermission) {
    attempt.keeps_standing = false;  // who may not write to a file may still put another in its place
    return rewrite(file, path, attempt, context);
  }
  if (written) policy_.remember(path, renamed.error());
  return written;
}

Status Uploader::replace_in_place(OpenFile& file, const RemotePath& path, Attempt& attempt, const Context& context) {
  FTPSFS_TRY(fetch_missing(file, {0, attempt.staged->state().size}, context));
  FTPSFS_TRY(check_base(file, path, context));
  FTPSFS_TRY(check_current(file, attempt.staged));
  attempt.state = attempt.staged->state();
  FTPSFS_TRY(note_unconfirmed(file, attempt.staged, Range{0, attempt.state.size}));
  services_.metadata.begin_change(path);
  auto now = write_in_place(file, path, attempt, context);
  if (!now) {
    services_.metadata.forget(path);
    if (attempt.damaged) {
      MutexLock lock(file.mutex);
      file.unconfirmed_of.reset();
    }
    if (!line_broke(now.error()) && check_base(file, path, context))
      FTPSFS_TRY(note_unconfirmed(file, attempt.staged, std::nullopt));
    return fail(std::move(now).error());
  }
  take_over(file, path, attempt, *now);
  return {};
}

/// What the server may have any part of; nullopt: it has nothing of it.
Status Uploader::note_unconfirmed(OpenFile& file, const std::shared_ptr<StagedFile>& staged,
                                  std::optional<Range> sent) {
  {
    MutexLock lock(file.mutex);
    file.unconfirmed = sent;
    file.unconfirmed_of = sent ? staged : nullptr;
    if (sent) (void)staged->begin_taking();  // what is here now is what is sent
  }
  return services_.note_unconfirmed ? services_.note_unconfirmed(file, staged) : Status{};
}

/// The file on the server must be the one that was changed here.
Status Uploader::check_base(OpenFile& file, const RemotePath& path, const Context& context) {
  std::optional<Attributes> base;
  {
    MutexLock lock(file.mutex);
    base = file.base;
    if (!base && file.replaces_any) return {};
  }
  const auto now = services_.remote.stat(path, context);
  const bool absent = !now && now.error().kind == ErrorKind::kNotFound;
  if (!now && !absent) return fail(now.error());
  if (!base) return absent ? Status{} : conflict(path, "created");
  if (absent) return conflict(path, "removed");
  return Version::exactly(*base).may_be(*now) ? Status{} : conflict(path, "changed");
}

/// All of the staged file, to `path` itself; returns what the server has then.
Result<Attributes> Uploader::write_in_place(OpenFile& file, const RemotePath& path, Attempt& attempt,
                                            const Context& context) {
  attempt.path = path;
  attempt.streamed = false;
  const StagedState& state = attempt.state;
  FTPSFS_TRY_ASSIGN(const auto writer, services_.remote.open_writer({path}, context));
  FTPSFS_TRY(send(file, attempt.staged, {0, state.size}, *writer, attempt.staged->begin_taking(), WhenSuperseded::kGoOn,
                  context));
  FTPSFS_TRY(verify(attempt, path, context));
  FTPSFS_TRY_ASSIGN(Attributes now, set_and_look(path, state.mode, state.mtime, context));
  if (now.size == state.size || services_.verify == VerifyUpload::kNone) return now;
  attempt.damaged = true;
  return cut_short(path, now.size, state.size);
}

Status Uploader::commit_copy(OpenFile& file, const RemotePath& copy, const std::shared_ptr<StagedFile>& closed,
                             const Context& context) {
  Attempt attempt;
  attempt.staged = closed;
  std::optional<Error> refused;
  if (!policy_.in_place(copy)) {
    const Status renamed = copy_by_rename(file, copy, attempt, context);
    if (renamed || !policy_.in_place_after(renamed.error())) return renamed;
    refused = renamed.error();
  }
  FTPSFS_TRY(copy_in_place(file, copy, attempt, context));
  if (refused) policy_.remember(copy, *refused);
  return {};
}

Status Uploader::copy_in_place(OpenFile& file, const RemotePath& copy, Attempt& attempt, const Context& context) {
  FTPSFS_TRY(check_current(file, attempt.staged));
  FTPSFS_TRY(fetch_missing(file, {0, attempt.staged->state().size}, context));
  FTPSFS_TRY(check_current(file, attempt.staged));
  const auto there = services_.remote.stat(copy, context);
  if (there) return conflict(copy, "created");
  if (there.error().kind != ErrorKind::kNotFound) return fail(there.error());
  attempt.state = attempt.staged->state();
  services_.metadata.begin_change(copy);
  const auto now = write_in_place(file, copy, attempt, context);
  if (now) {
    services_.metadata.changed(copy, *now);
    return {};
  }
  (void)services_.remote.remove(copy, context);
  services_.metadata.forget(copy);
  return fail(now.error());
}

}  // namespace ftpsfs::vfs
