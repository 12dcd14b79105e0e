// Uploader: a file that only became longer. Its tail alone is sent, onto the file itself.
#include "vfs/uploader.h"

#include <limits>

namespace ftpsfs::vfs {

using remote::Attributes;
using remote::RemotePath;
using remote::Version;

namespace {

/// Smaller files are sent anew: that costs as much, and the old content stays whole until the new one is.
constexpr std::uint64_t kLeastOldContent = 64 * 1024;

// An append of ours that was not confirmed may have left any part of its tail.
bool may_be_our_part(const Attributes& base, std::uint64_t from, std::uint64_t size, const Attributes& now) {
  const bool same_file = base.unique.empty() || now.unique.empty() || base.unique == now.unique;
  return now.type == remote::FileType::kFile && same_file && now.size >= from && now.size <= size;
}

}  // namespace

/// Where the new content begins, when all before that is as the server has it.
std::optional<std::uint64_t> Uploader::end_of_old_content(OpenFile& file) const {
  if (services_.append_rewrites) return std::nullopt;
  MutexLock lock(file.mutex);
  if (!file.base || !file.staged) return std::nullopt;
  const std::uint64_t from = file.appended_from.value_or(file.base->size);
  const bool only_longer = file.staged->unchanged_prefix() >= from && file.staged->state().size > from;
  if (from < kLeastOldContent || !only_longer) return std::nullopt;
  return from;
}

Status Uploader::append(OpenFile& file, const RemotePath& path, std::uint64_t from, Attempt& attempt,
                        const Context& context) {
  attempt.path = path;
  attempt.state = attempt.staged->state();
  services_.metadata.begin_change(path);
  auto now = send_tail(file, from, attempt, context);
  if (!now) {
    services_.metadata.forget(path);
    return fail(std::move(now).error());
  }
  take_over(file, path, attempt, *now);
  MutexLock lock(file.mutex);
  if (file.reader) file.reader->set_version(Version::exactly(*now));
  return {};
}

/// Before a rewrite: what an append may have left is the base now.
Status Uploader::settle_append(OpenFile& file, const RemotePath& path, const Context& context) {
  Attributes base;
  std::uint64_t from = 0;
  {
    MutexLock lock(file.mutex);
    if (!file.appended_from || !file.base) return {};
    base = *file.base;
    from = *file.appended_from;
  }
  FTPSFS_TRY_ASSIGN(const Attributes now, services_.remote.stat(path, context));
  MutexLock lock(file.mutex);
  if (may_be_our_part(base, from, std::numeric_limits<std::uint64_t>::max(), now)) file.base = now;
  return {};
}

Result<Attributes> Uploader::send_tail(OpenFile& file, std::uint64_t from, const Attempt& attempt,
                                       const Context& context) {
  const RemotePath& path = *attempt.path;
  const StagedState& state = attempt.state;
  Attributes base;
  bool begun_before = false;
  {
    MutexLock lock(file.mutex);
    base = *file.base;
    begun_before = file.appended_from.has_value();
  }
  FTPSFS_TRY_ASSIGN(const Attributes before, services_.remote.stat(path, context));
  const bool as_expected =
      begun_before ? may_be_our_part(base, from, state.size, before) : Version::exactly(base).may_be(before);
  if (!as_expected) return fail(ErrorKind::kConflict, path.text() + " was changed on the server meanwhile");
  {
    MutexLock lock(file.mutex);
    file.appended_from = from;
  }
  if (before.size < state.size) {
    FTPSFS_TRY(fetch_missing(file, {before.size, state.size}, context));
    FTPSFS_TRY(send(*attempt.staged, {before.size, state.size}, {path, remote::WriteMode::kAppend}, context));
  }
  if (state.mode && state.mode != base.mode) (void)services_.remote.set_mode(path, *state.mode, context);
  (void)services_.remote.set_mtime(path, state.mtime, context);
  FTPSFS_TRY_ASSIGN(Attributes now, services_.remote.stat(path, context));
  if (now.size == state.size) return now;
  return fail(ErrorKind::kIo, "the server holds " + std::to_string(now.size) + " of " + std::to_string(state.size) +
                                  " bytes of " + path.text());
}

}  // namespace ftpsfs::vfs
