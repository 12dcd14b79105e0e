#include "vfs/partial_upload.h"

#include "ftpsfs/base/log.h"

namespace ftpsfs::vfs {
namespace {

/// Less than this is sent anew, under another name, as quickly.
constexpr std::uint64_t kWorthResuming = 256 * 1024;

}  // namespace

Result<Resumed> resume(remote::RemoteFs& remote, const PartialUpload& partial, bool ahead, const Context& context) {
  auto there = remote.stat(partial.path, context);
  if (!there && there.error().kind != ErrorKind::kNotFound) return fail(std::move(there).error());
  if (!there || there->type != remote::FileType::kFile || there->size < kWorthResuming) {
    return fail(ErrorKind::kStale, "too little of it arrived");
  }
  if (!partial.staged->go_back(partial.ticket, there->size)) return fail(ErrorKind::kStale, "its content has changed");
  spdlog::info("an upload that was cut goes on after {} bytes", there->size);
  FTPSFS_TRY_ASSIGN(auto writer, remote.open_writer({partial.path, remote::WriteMode::kAppend, ahead}, context));
  return Resumed{std::move(writer), there->size};
}

}  // namespace ftpsfs::vfs
