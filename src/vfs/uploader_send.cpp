// Uploader: the bytes of a staged file on their way to the server, and the old ones it lacks on theirs to it.
#include <algorithm>
#include <utility>
#include <vector>

#include "ftpsfs/base/log.h"
#include "vfs/uploader.h"

namespace ftpsfs::vfs {

using remote::RemotePath;

namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;
constexpr std::uint64_t kFetchBytes = 1024 * 1024;

bool is_gone(const Error& error) { return error.kind == ErrorKind::kStale || error.kind == ErrorKind::kNotFound; }

}  // namespace

/// Under a temporary name beside `path`.
Status Uploader::send_content(OpenFile& file, const RemotePath& path, Attempt& attempt, const Context& context) {
  const bool patching = [&] {
    MutexLock lock(file.mutex);
    return !file.stream && !file.partial && patches(file, *attempt.staged);
  }();
  if (!patching) return send_all(file, path.parent(), attempt, context);
  Status patched = patch(file, path, attempt, context);
  if (patched || !worth_sending_all(patched.error())) return patched;
  spdlog::info("the changes of {} alone cannot be sent, so all of it is: {}", log::printable(path.text()),
               log::printable(patched.error().message));
  if (attempt.path) discard(*attempt.path, context);
  attempt.path.reset();
  attempt.patched = false;
  return send_all(file, path.parent(), attempt, context);
}

// All of the staged file, under a temporary name in `directory`: what is on its way already is only brought to its end.
Status Uploader::send_all(OpenFile& file, const RemotePath& directory, Attempt& attempt, const Context& context) {
  std::shared_ptr<UploadStream> stream;
  {
    MutexLock lock(file.mutex);
    if (file.stream && file.stream->is_of(attempt.staged)) stream = std::exchange(file.stream, nullptr);
  }
  if (stream) {
    attempt.streamed = true;
    attempt.path = stream->temporary();
    const auto state = stream->finish(context);
    if (state) attempt.state = *state;
    if (state) return {};
    const Status wanted = context.check();
    if (!wanted) stream->give_up();
    {
      MutexLock lock(file.mutex);
      file.partial = stream->left_over();
    }
    if (!wanted) {
      attempt.path.reset();
      return wanted;
    }
  }
  attempt.streamed = false;
  FTPSFS_TRY_ASSIGN(const bool resumed, send_rest(file, attempt, context));
  if (resumed) return {};
  FTPSFS_TRY(fetch_missing(file, {0, attempt.staged->state().size}, context));
  FTPSFS_TRY_ASSIGN(attempt.path, services_.temporaries.make(directory));
  attempt.state = attempt.staged->state();
  FTPSFS_TRY_ASSIGN(auto writer, services_.remote.open_writer({*attempt.path}, context));
  return send_under(file, {attempt.staged, attempt.staged->begin_taking(), *attempt.path}, std::move(writer),
                    {0, attempt.state.size}, context);
}

/// Goes on with what a cut upload left. False when there is nothing to go on with.
Result<bool> Uploader::send_rest(OpenFile& file, Attempt& attempt, const Context& context) {
  std::optional<PartialUpload> partial;
  {
    MutexLock lock(file.mutex);
    partial = std::exchange(file.partial, std::nullopt);
  }
  if (!partial) return false;
  Status rest = fail(ErrorKind::kStale, "it was written anew");
  if (partial->staged == attempt.staged) {
    attempt.path = partial->path;
    attempt.resumed = true;
    attempt.state = attempt.staged->state();
    auto resumed = resume(services_.remote, *partial, false, context);
    rest = resumed
               ? send_under(file, *partial, std::move(resumed->writer), {resumed->from, attempt.state.size}, context)
               : fail(std::move(resumed).error());
    if (rest) return true;
    if (line_broke(rest.error())) {
      MutexLock lock(file.mutex);
      file.partial = std::move(partial);
      return fail(std::move(rest).error());
    }
  }
  attempt.path.reset();
  attempt.resumed = false;
  discard(partial->path, context.uncancellable());
  spdlog::info("an upload that was cut begins anew: {}", log::printable(rest.error().message));
  return false;
}

/// The range of the staged file. When the line breaks, the next attempt finds what arrived.
Status Uploader::send_under(OpenFile& file, const PartialUpload& upload, std::unique_ptr<remote::Writer> writer,
                            Range range, const Context& context) {
  Status sent = send(file, upload.staged, range, *writer, upload.ticket, WhenSuperseded::kStop, context);
  if (sent || !line_broke(sent.error()) || !services_.resumes) return sent;
  MutexLock lock(file.mutex);
  file.partial = upload;
  return sent;
}

Status Uploader::send(OpenFile& file, const std::shared_ptr<StagedFile>& staged, Range range, remote::Writer& writer,
                      std::uint64_t ticket, WhenSuperseded superseded, const Context& context) {
  std::vector<std::byte> chunk(static_cast<std::size_t>(std::min<std::uint64_t>(kChunkBytes, range.end - range.begin)));
  *file.sent = range.begin;
  for (std::uint64_t at = range.begin; at < range.end;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), range.end - at));
    if (superseded == WhenSuperseded::kStop) FTPSFS_TRY(check_current(file, staged));
    staged->note_taken(ticket, at + wanted);
    FTPSFS_TRY_ASSIGN(const std::size_t count, staged->read(at, std::span(chunk).first(wanted)));
    if (count == 0) return fail(ErrorKind::kBusy, "the file was cut while it was sent");
    FTPSFS_TRY(writer.write(std::span(chunk).first(count), context));
    at += count;
    *file.sent = at;
  }
  return writer.finish(context);
}

// A commit of ours may take the place of the old content while it is read: what is missing is in the new one, too.
Status Uploader::fetch_missing(OpenFile& file, Range within, const Context& context) {
  for (;;) {
    std::shared_ptr<StagedFile> staged;
    std::shared_ptr<FileReader> reader;
    {
      MutexLock lock(file.mutex);
      staged = file.staged;
      reader = file.reader;
    }
    if (!staged) return {};
    Status fetched = fetch_missing(*staged, reader.get(), within, context);
    if (fetched || fetched.error().kind != ErrorKind::kConflict) return fetched;
    MutexLock lock(file.mutex);
    if (file.reader == reader) return fetched;
  }
}

Status Uploader::fetch_missing(StagedFile& staged, FileReader* reader, Range within, const Context& context) {
  for (const Range& gap : staged.missing(within)) {
    for (std::uint64_t at = gap.begin; at < gap.end;) {
      const auto wanted = static_cast<std::size_t>(std::min(gap.end - at, kFetchBytes));
      const auto slices = reader ? reader->read(at, wanted, context) : fail(ErrorKind::kStale, "nobody reads it");
      const bool gone = slices ? slices->empty() : is_gone(slices.error());
      if (gone) return fail(ErrorKind::kConflict, "the old content is on the server no more");
      if (!slices) return fail(slices.error());
      for (const Slice& slice : *slices) {
        FTPSFS_TRY(staged.fill(at, std::span(*slice.block).subspan(slice.offset, slice.length)));
        at += slice.length;
      }
    }
  }
  return {};
}

}  // namespace ftpsfs::vfs
