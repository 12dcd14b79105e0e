// Uploader: a file that only became longer. Its tail alone is sent, onto the file itself.
#include "vfs/uploader.h"

#include <string>

namespace ftpsfs::vfs {

using remote::Attributes;
using remote::RemotePath;
using remote::Version;

namespace {

/// Smaller files are sent anew: that costs as much, and the old content stays whole until the new one is.
constexpr std::uint64_t kLeastOldContent = 64 * 1024;

// What an append, or a commit in place, of ours that was not confirmed may have left.
bool may_be_ours(const Attributes& base, Range sent, const Attributes& now) {
  const bool same_file = base.unique.empty() || now.unique.empty() || base.unique == now.unique;
  return now.type == remote::FileType::kFile && same_file && now.size >= sent.begin && now.size <= sent.end;
}

}  // namespace

/// Where the new content begins, when all before that is as the server has it. An append that was not confirmed is not
/// tried again: the server may still be writing.
std::optional<std::uint64_t> Uploader::end_of_old_content(OpenFile& file, const Attempt& attempt) const {
  if (services_.append_rewrites) return std::nullopt;
  MutexLock lock(file.mutex);
  if (!file.base || file.unconfirmed) return std::nullopt;
  const std::uint64_t from = file.base->size;
  const bool only_longer = attempt.staged->unchanged_prefix() >= from && attempt.state.size > from;
  if (from < kLeastOldContent || !only_longer) return std::nullopt;
  return from;
}

Status Uploader::append(OpenFile& file, const RemotePath& path, std::uint64_t from, Attempt& attempt,
                        const Context& context) {
  services_.metadata.begin_change(path);
  auto now = send_tail(file, path, {from, attempt.state.size}, attempt, context);
  if (!now) {
    services_.metadata.forget(path);
    return fail(std::move(now).error());
  }
  take_over(file, path, attempt, *now);
  MutexLock lock(file.mutex);
  if (file.reader) file.reader->set_version(Version::exactly(*now));
  return {};
}

Result<Attributes> Uploader::send_tail(OpenFile& file, const RemotePath& path, Range tail, const Attempt& attempt,
                                       const Context& context) {
  FTPSFS_TRY(check_base(file, path, context));
  const StagedState& state = attempt.state;
  std::optional<std::uint32_t> new_mode;
  {
    MutexLock lock(file.mutex);
    file.unconfirmed = tail;
    if (state.mode != file.base->mode) new_mode = state.mode;
  }
  FTPSFS_TRY_ASSIGN(const auto writer, services_.remote.open_writer({path, remote::WriteMode::kAppend}, context));
  FTPSFS_TRY(send(file, attempt.staged, tail, *writer, attempt.staged->begin_taking(), context));
  FTPSFS_TRY_ASSIGN(Attributes now, set_and_look(path, new_mode, state.mtime, context));
  if (now.size == state.size) return now;
  return cut_short(path, now.size, state.size);
}

/// Before all is sent: what an append, or a commit in place, left is the base now, unless somebody else wrote there,
/// too.
Status Uploader::settle_unconfirmed(OpenFile& file, const RemotePath& path, const Context& context) {
  std::optional<Attributes> base;
  Range sent;
  {
    MutexLock lock(file.mutex);
    if (!file.unconfirmed) return {};
    base = file.base;
    sent = *file.unconfirmed;
  }
  const auto now = services_.remote.stat(path, context);
  const bool never_began = !now && now.error().kind == ErrorKind::kNotFound && !base;
  if (never_began) return {};
  if (!now && now.error().kind == ErrorKind::kNotFound) {
    return conflict(path, "removed");
  }
  if (!now) return fail(now.error());
  const bool untouched = base && Version::exactly(*base).may_be(*now);
  if (!untouched && !may_be_ours(base.value_or(Attributes{}), sent, *now)) {
    return conflict(path, "changed");
  }
  MutexLock lock(file.mutex);
  file.base = *now;
  const bool old_content_is_there = sent.begin > 0;
  if (file.reader && old_content_is_there) file.reader->set_version(Version::exactly(*now));
  return {};
}

}  // namespace ftpsfs::vfs
