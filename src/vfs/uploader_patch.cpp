// Uploader: a small change of a large file. The server copies the old content under a temporary name, and what is
// changed of it goes into the copy: the rest crosses the line neither way.
#include <utility>
#include <vector>

#include "ftpsfs/base/log.h"
#include "ftpsfs/remote/patch_probe.h"
#include "vfs/uploader.h"

namespace ftpsfs::vfs {

using remote::Named;
using remote::RemotePath;
using remote::WriteMode;

namespace {

/// Each range is a transfer of its own, whose round trips cost as much as these bytes of a good line.
constexpr std::uint64_t kWorthATransfer = 4 * 1024 * 1024;
/// What lies between two ranges goes along when it is less than that.
constexpr std::uint64_t kGap = 256 * 1024;

}  // namespace

bool Uploader::worth_sending_all(const Error& error) {
  const bool is_full = error.kind == ErrorKind::kNoSpace || error.kind == ErrorKind::kQuota;
  const bool is_over = error.kind == ErrorKind::kConflict || error.kind == ErrorKind::kStale;
  return !is_full && !is_over && !line_broke(error);
}

/// A checksum is compared with that of the whole file, which would have to be here.
bool Uploader::patches(const OpenFile& file, const StagedFile& staged) const {
  const bool can = services_.remote.capabilities().copy && patching_ != Patching::kRefused && !services_.sends_whole &&
                   services_.verify != VerifyUpload::kChecksum;
  const std::uint64_t size = staged.state().size;
  if (!can || !file.base || size < file.base->size) return false;
  std::uint64_t cost = 0;
  for (const Range& range : staged.changed(kGap)) cost += range.end - range.begin + kWorthATransfer;
  return cost <= size;
}

Status Uploader::patch(OpenFile& file, const RemotePath& path, Attempt& attempt, const Context& context) {
  Named base{path, {}};
  {
    MutexLock lock(file.mutex);
    base.attributes = *file.base;
  }
  attempt.streamed = attempt.resumed = false;
  attempt.state = attempt.staged->state();
  std::vector<Range> ranges = attempt.staged->changed(kGap);
  if (!ranges.empty()) FTPSFS_TRY(leave_out_first_byte(file, path, *attempt.staged, ranges.front(), context));
  FTPSFS_TRY(require_patching(path.parent(), context));
  Status copied = copy_to_temporary(path.parent(), base, attempt, context);
  if (!copied && copied.error().kind == ErrorKind::kStale) return conflict(path, "changed");
  FTPSFS_TRY(copied);
  attempt.patched = true;
  const std::uint64_t ticket = attempt.staged->begin_taking();
  for (const Range& range : ranges) {
    FTPSFS_TRY(fetch_missing(file, range, context));
    FTPSFS_TRY_ASSIGN(const auto writer,
                      services_.remote.open_writer(
                          {.path = *attempt.path, .mode = WriteMode::kPatch, .offset = range.begin}, context));
    FTPSFS_TRY(send(file, attempt.staged, range, *writer, ticket, WhenSuperseded::kStop, context));
  }
  return {};
}

/// FTP cannot write over it: a STOR without REST, or after REST 0, cuts the file to nothing. Most formats begin with a
/// mark that stays.
Status Uploader::leave_out_first_byte(OpenFile& file, const RemotePath& path, const StagedFile& staged, Range& range,
                                      const Context& context) {
  if (range.begin > 0) return {};
  std::shared_ptr<FileReader> reader;
  {
    MutexLock lock(file.mutex);
    reader = file.reader;
  }
  if (!reader) return fail(ErrorKind::kUnsupported, "nobody reads the old content");
  const auto old = reader->read(0, 1, context);
  if (!old && old.error().kind == ErrorKind::kStale) return conflict(path, "changed");
  if (!old) return fail(old.error());
  std::byte now{};
  FTPSFS_TRY_ASSIGN(const std::size_t count, staged.read(0, std::span(&now, 1)));
  const bool same = count == 1 && !old->empty() && (*old->front().block)[old->front().offset] == now;
  if (!same) return fail(ErrorKind::kUnsupported, "its first byte is another");
  ++range.begin;
  return {};
}

/// Tried once in the life of a mount.
Status Uploader::require_patching(const RemotePath& directory, const Context& context) {
  if (patching_ == Patching::kUntried) {
    FTPSFS_TRY_ASSIGN(const RemotePath scratch, services_.temporaries.make(directory));
    const auto works = remote::keeps_rest_of_file(services_.remote, scratch, context);
    if (works) {
      services_.temporaries.gone(scratch);
    } else {
      services_.temporaries.give_up(scratch);
    }
    FTPSFS_TRY(works);
    patching_ = *works ? Patching::kWorks : Patching::kRefused;
    spdlog::info("the server {} a part of a file be written anew", *works ? "lets" : "does not let");
  }
  if (patching_ == Patching::kWorks) return {};
  return fail(ErrorKind::kUnsupported, "the server does not let a part of a file be written anew");
}

}  // namespace ftpsfs::vfs
