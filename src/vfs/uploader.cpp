#include "vfs/uploader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "ftpsfs/base/log.h"
#include "vfs/node_claims.h"

namespace ftpsfs::vfs {

using remote::Attributes;
using remote::PublishRequest;
using remote::RemotePath;

namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;
constexpr std::uint64_t kFetchBytes = 1024 * 1024;

bool line_broke(const Error& error) {
  return error.kind == ErrorKind::kConnectionLost || error.kind == ErrorKind::kTimeout;
}

bool worth_another_try(const Error& error) { return line_broke(error) || error.kind == ErrorKind::kBusy; }

}  // namespace

Status Uploader::commit(OpenFile& file, const Context& context) {
  const Context firm = context.uncancellable();
  {
    MutexLock lock(file.mutex);
    if (!file.dirty()) return {};
  }
  const auto claimed = claim_node(nodes_, claims_, file.node, false, firm);
  if (!claimed) {
    MutexLock lock(file.mutex);
    if (!file.dirty()) return {};  // removed while we waited
    return fail(claimed.error());
  }
  const RemotePath& path = claimed->path;
  FTPSFS_TRY_ASSIGN(const RemotePath temporary, path.parent().child(remote_.new_temporary_name()));
  Status outcome = commit_once(file, path, temporary, firm);
  if (!outcome && worth_another_try(outcome.error())) {
    spdlog::warn("commit of {}: {}; trying once more", log::printable(path.text()), outcome.error().message);
    // Not under the same name: the server may not have noticed yet that the first upload is over.
    FTPSFS_TRY_ASSIGN(const RemotePath other_temporary, path.parent().child(remote_.new_temporary_name()));
    outcome = commit_once(file, path, other_temporary, firm);
    if (outcome) discard(temporary, firm);
  }
  if (!outcome) {
    spdlog::error("commit of {} failed: {}", log::printable(path.text()), log::printable(outcome.error().message));
  }
  return outcome;
}

Status Uploader::commit_once(OpenFile& file, const RemotePath& path, const RemotePath& temporary,
                             const Context& context) {
  std::shared_ptr<StagedFile> staged;
  {
    MutexLock lock(file.mutex);
    if (!file.dirty()) return {};
    staged = file.staged;
  }
  FTPSFS_TRY(fetch_missing(file, {0, staged->state().size}, context));
  const StagedState state = staged->state();
  PublishRequest request;
  {
    MutexLock lock(file.mutex);
    request.mode = state.mode;
    request.base_absent = !file.base.has_value() && !file.replaces_any;
    if (file.base) {
      if (!request.mode) request.mode = file.base->mode;
      request.base = remote::Version::exactly(*file.base);
    }
  }
  request.target = path;
  request.size = state.size;
  request.mtime = state.mtime;
  request.temporary = temporary;

  if (Status sent = send(*staged, state.size, temporary, context); !sent) {
    if (!line_broke(sent.error())) discard(temporary, context);
    return sent;
  }
  metadata_.begin_change(path);
  auto published = remote_.publish(request, context);
  if (!published) {
    metadata_.forget(path);
    return fail(std::move(published).error());
  }
  kept_.changed(path, *published);
  metadata_.changed(path, *published);
  remember_what_was_lost(path, state, *published);
  MutexLock lock(file.mutex);
  file.base = *published;
  file.committed = state.generation;
  ++file.commits;
  nodes_.set_content(file.node, {remote::Version::of(*published), 0});
  return {};
}

// A mode remembered from before outlives new content, as it would on a local disk.
void Uploader::remember_what_was_lost(const RemotePath& path, const StagedState& wanted, const Attributes& now) {
  memory_.forget_mtime(path);
  if (now.mtime != wanted.mtime) memory_.remember_mtime(path, wanted.mtime);
  if (!wanted.mode) return;
  memory_.forget_mode(path);
  if (now.mode != wanted.mode) memory_.remember_mode(path, *wanted.mode);
}

// What arrived of a failed upload is only in the way.
void Uploader::discard(const RemotePath& temporary, const Context& context) {
  const Status removed = remote_.remove(temporary, context);
  if (!removed) spdlog::debug("cannot remove {}: {}", temporary.text(), removed.error().message);
}

Status Uploader::send(const StagedFile& staged, std::uint64_t size, const RemotePath& temporary,
                      const Context& context) {
  FTPSFS_TRY_ASSIGN(const auto writer, remote_.open_writer(temporary, remote::WriteMode::kReplace, context));
  std::vector<std::byte> chunk(static_cast<std::size_t>(std::min<std::uint64_t>(kChunkBytes, size)));
  for (std::uint64_t at = 0; at < size;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), size - at));
    FTPSFS_TRY_ASSIGN(const std::size_t count, staged.read(at, std::span(chunk).first(wanted)));
    if (count == 0) return fail(ErrorKind::kBusy, "the file was cut while it was sent");
    FTPSFS_TRY(writer->write(std::span(chunk).first(count), context));
    at += count;
  }
  return writer->finish(context);
}

Status Uploader::fetch_missing(OpenFile& file, Range within, const Context& context) {
  std::shared_ptr<StagedFile> staged;
  std::shared_ptr<FileReader> reader;
  {
    MutexLock lock(file.mutex);
    staged = file.staged;
    reader = file.reader;
  }
  if (!staged) return {};
  for (const Range& gap : staged->missing(within)) {
    for (std::uint64_t at = gap.begin; at < gap.end;) {
      const auto wanted = static_cast<std::size_t>(std::min(gap.end - at, kFetchBytes));
      if (!reader) return fail(ErrorKind::kStale, "the old content is gone");
      FTPSFS_TRY_ASSIGN(const auto slices, reader->read(at, wanted, context));
      if (slices.empty()) return fail(ErrorKind::kStale, "the file became shorter while it was read");
      for (const Slice& slice : slices) {
        FTPSFS_TRY(staged->fill(at, std::span(*slice.block).subspan(slice.offset, slice.length)));
        at += slice.length;
      }
    }
  }
  return {};
}

}  // namespace ftpsfs::vfs
