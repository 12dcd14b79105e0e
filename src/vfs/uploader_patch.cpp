// Uploader: a small change of a large file. The server copies the old content under a temporary name, and what is
// changed of it goes into the copy: the rest crosses the line neither way.
#include <algorithm>
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

/// A checksum is compared with that of the whole file, which would have to be here.
bool Uploader::patches(const OpenFile& file, const StagedFile& staged) {
  const bool can = services_.remote.capabilities().copy && patching_ != Patching::kRefused && !services_.sends_whole &&
                   !file.sends_whole && services_.verify != VerifyUpload::kChecksum;
  const std::uint64_t size = staged.state().size;
  if (!can || !file.base || size < std::max(file.base->size, kWorthATransfer)) return false;
  std::uint64_t cost = 0;
  for (const Range& range : staged.changed(kGap)) cost += range.end - range.begin + kWorthATransfer;
  if (cost > size) return false;
  const auto path = services_.nodes.path(file.node);
  return path && !policy_.in_place(*path);
}

Status Uploader::patch(OpenFile& file, const RemotePath& path, Attempt& attempt, const Context& context) {
  attempt.streamed = attempt.resumed = false;
  FTPSFS_TRY(require_patching(path.parent(), context));
  StagedChanges changes = attempt.staged->take_changes(kGap);
  attempt.state = changes.state;
  if (!changes.ranges.empty()) {
    FTPSFS_TRY(leave_out_first_byte(file, path, *attempt.staged, changes.ranges.front(), context));
  }
  FTPSFS_TRY(copy_base(file, path, attempt, context));
  for (const Range& range : changes.ranges) {
    FTPSFS_TRY(fetch_missing(file, range, context));
    FTPSFS_TRY_ASSIGN(const auto writer,
                      services_.remote.open_writer(
                          {.path = *attempt.path, .mode = WriteMode::kPatch, .offset = range.begin}, context));
    FTPSFS_TRY(send(file, attempt.staged, range, *writer, changes.ticket, WhenSuperseded::kStop, context));
  }
  return {};
}

/// Has the server make a copy of the old content. A server that will not, or does not get to its end in time, is not
/// asked again before the file is committed in another way.
Status Uploader::copy_base(OpenFile& file, const RemotePath& path, Attempt& attempt, const Context& context) {
  Named base{path, {}};
  std::vector<RemotePath> litter;
  {
    MutexLock lock(file.mutex);
    base.attributes = *file.base;
    litter = std::exchange(file.litter, {});
  }
  for (const RemotePath& left : litter) discard(left, context.uncancellable());  // each as large as the file
  if (attempt.state.size < base.attributes.size) return fail(ErrorKind::kBusy, "the file was cut before it was sent");
  attempt.patched = true;
  const Status copied = copy_to_temporary(path.parent(), base, attempt, context);
  if (copied) return {};
  if (copied.error().kind == ErrorKind::kStale) return conflict(path, "changed");
  if (line_broke(copied.error()) || worth_sending_all(copied.error())) {
    MutexLock lock(file.mutex);
    file.sends_whole = true;
  }
  return copied;
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
    discard(scratch, context.uncancellable());
    FTPSFS_TRY(works);
    patching_ = *works ? Patching::kWorks : Patching::kRefused;
    spdlog::info("the server {} a part of a file be written anew", *works ? "lets" : "does not let");
  }
  if (patching_ == Patching::kWorks) return {};
  return fail(ErrorKind::kUnsupported, "the server does not let a part of a file be written anew");
}

}  // namespace ftpsfs::vfs
