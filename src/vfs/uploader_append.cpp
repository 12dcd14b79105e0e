// Uploader: a file that only became longer. Its tail alone is sent, onto the file itself.
#include "vfs/uploader.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

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

bool Uploader::sends_changes_alone(const OpenFile& file, const StagedFile& staged) {
  return sends_end_alone(file, staged) || patches(file, staged);
}

bool Uploader::sends_end_alone(const OpenFile& file, const StagedFile& staged) const {
  if (services_.sends_whole || !file.base || file.base->size < kLeastOldContent) return false;
  return staged.unchanged_prefix() >= file.base->size && staged.state().size >= file.base->size;
}

Status Uploader::append(OpenFile& file, const RemotePath& path, Attempt& attempt, const Context& context) {
  services_.metadata.begin_change(path);
  auto now = send_tail(file, path, attempt, context);
  if (!now) {
    services_.metadata.forget(path);
    return fail(std::move(now).error());
  }
  attempt.appended = true;
  take_over(file, path, attempt, *now);
  return {};
}

Result<Attributes> Uploader::send_tail(OpenFile& file, const RemotePath& path, const Attempt& attempt,
                                       const Context& context) {
  FTPSFS_TRY(check_base(file, path, context));
  const StagedState& state = attempt.state;
  Range tail{0, state.size};
  std::optional<std::uint32_t> new_mode;
  {
    MutexLock lock(file.mutex);
    tail.begin = file.base->size;
    if (state.mode != file.base->mode) new_mode = state.mode;
  }
  if (tail.begin < tail.end) {
    FTPSFS_TRY(note_unconfirmed(file, attempt.staged, tail));
    const std::uint64_t ticket = attempt.staged->begin_taking();
    FTPSFS_TRY_ASSIGN(const auto writer, services_.remote.open_writer({path, remote::WriteMode::kAppend}, context));
    FTPSFS_TRY(send(file, attempt.staged, tail, *writer, ticket, WhenSuperseded::kGoOn, context));
  }
  FTPSFS_TRY_ASSIGN(Attributes now, set_and_look(path, new_mode, state.mtime, context));
  if (now.size == state.size) return now;
  return cut_short(path, now.size, state.size);
}

/// Before anything is sent again: what an append, or a commit in place, left is the base now, unless somebody else
/// wrote there, too. What arrived need not be sent again.
Status Uploader::settle_unconfirmed(OpenFile& file, const RemotePath& path, const Attempt& attempt,
                                    const Context& context) {
  std::optional<Attributes> base;
  Range sent;
  std::shared_ptr<const StagedFile> content;
  {
    MutexLock lock(file.mutex);
    if (!file.unconfirmed) return {};
    base = file.base;
    sent = *file.unconfirmed;
    content = file.unconfirmed_of;
  }
  const auto now = services_.remote.stat(path, context);
  const bool absent = !now && now.error().kind == ErrorKind::kNotFound;
  if (absent && !base) return {};  // it never began
  if (absent) return conflict(path, "removed");
  if (!now) return fail(now.error());
  const bool untouched = base && Version::exactly(*base).may_be(*now);
  if (!untouched) {
    if (!may_be_ours(base.value_or(Attributes{}), sent, *now)) return conflict(path, "changed");
    Range seen{sent.begin, sent.begin};
    if (content) seen.end = std::max(sent.begin, std::min(now->size, content->same_as(content)));
    FTPSFS_TRY_ASSIGN(const bool is_ours,
                      seen.begin == seen.end ? Result<bool>(false) : has_only_ours(path, *content, seen, context));
    const std::uint64_t same = is_ours ? std::min(seen.end, attempt.staged->same_as(content)) : 0;
    attempt.staged->note_server_has({sent.begin, std::max(sent.begin, same)});
  }
  MutexLock lock(file.mutex);
  const bool old_content_is_there = sent.begin > 0;
  if (!old_content_is_there) {
    file.replace_base(*now);
    return {};
  }
  file.base = *now;
  if (file.reader) file.reader->set_version(Version::exactly(*now));
  return {};
}

/// False when the server does not let us see it; kConflict when it has other bytes there.
Result<bool> Uploader::has_only_ours(const RemotePath& path, const StagedFile& staged, Range sent,
                                     const Context& context) {
  constexpr std::size_t kStep = 64 * 1024;
  const auto reader = services_.remote.open_reader({path, {}, sent.begin, sent.end - sent.begin}, context);
  if (!reader && line_broke(reader.error())) return fail(reader.error());
  if (!reader) return false;
  std::vector<std::byte> theirs(kStep);
  std::vector<std::byte> ours(kStep);
  for (std::uint64_t at = sent.begin; at < sent.end;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kStep, sent.end - at));
    FTPSFS_TRY_ASSIGN(const std::size_t count, (*reader)->read(std::span(theirs).first(wanted), context));
    if (count == 0) return conflict(path, "changed");
    FTPSFS_TRY_ASSIGN(const std::size_t here, staged.read(at, std::span(ours).first(count)));
    if (here != count || std::memcmp(ours.data(), theirs.data(), count) != 0) return conflict(path, "changed");
    at += count;
  }
  return true;
}

}  // namespace ftpsfs::vfs
