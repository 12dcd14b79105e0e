#include "ftpsfs/remote/patch_probe.h"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "ftpsfs/remote/broken_line.h"
#include "ftpsfs/remote/remote_fs.h"

namespace ftpsfs::remote {
namespace {

constexpr std::string_view kOld = "before the patch|here it goes...|and behind it";
constexpr std::string_view kPatch = "HERE IT GOES...";
constexpr std::string_view kNew = "before the patch|HERE IT GOES...|and behind it";
constexpr std::size_t kAt = kOld.find("here");

/// Tells nothing of what the server can do.
bool tells_nothing(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kNoSpace:
    case ErrorKind::kQuota:
    case ErrorKind::kBusy:
    case ErrorKind::kTooManySessions:
    case ErrorKind::kInterrupted:
      return true;
    default:
      return line_broke(error);
  }
}

Status write_all(RemoteFs& remote, const WriteRequest& request, std::string_view text, const Context& context) {
  FTPSFS_TRY_ASSIGN(const auto writer, remote.open_writer(request, context));
  FTPSFS_TRY(writer->write(std::as_bytes(std::span(text)), context));
  return writer->finish(context);
}

Result<std::string> read_all(RemoteFs& remote, const RemotePath& path, const Context& context) {
  FTPSFS_TRY_ASSIGN(const auto reader, remote.open_reader({path}, context));
  std::string text;
  std::array<std::byte, 2 * kNew.size()> part{};
  while (text.size() < part.size()) {
    FTPSFS_TRY_ASSIGN(const std::size_t count, reader->read(part, context));
    if (count == 0) break;
    text.append(reinterpret_cast<const char*>(part.data()), count);
  }
  return text;
}

}  // namespace

Result<bool> keeps_rest_of_file(RemoteFs& remote, const RemotePath& scratch, const Context& context) {
  FTPSFS_TRY(write_all(remote, {scratch}, kOld, context));
  const WriteRequest at_the_middle{.path = scratch, .mode = WriteMode::kPatch, .offset = kAt};
  const Status patched = write_all(remote, at_the_middle, kPatch, context);
  const auto now = patched ? read_all(remote, scratch, context) : Result<std::string>(fail(patched.error()));
  if (!now && tells_nothing(now.error())) return fail(now.error());
  return now && *now == kNew;
}

}  // namespace ftpsfs::remote
