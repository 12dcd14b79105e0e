#include "vfs/read_exactly.h"

#include "ftpsfs/base/log.h"
#include "ftpsfs/remote/remote_fs.h"

namespace ftpsfs::vfs {

Status read_exactly(remote::Reader& reader, std::span<std::byte> into, const Context& context) {
  while (!into.empty()) {
    FTPSFS_TRY_ASSIGN(const std::size_t count, reader.read(into, context));
    if (count == 0) return fail(ErrorKind::kStale, "the file became shorter while it was read");
    into = into.subspan(count);
  }
  return {};
}

void read_end(remote::Reader& reader, const Context& context) {
  std::byte beyond{};
  const auto end = reader.read(std::span(&beyond, 1), context);
  if (!end) spdlog::debug("end of a download: {}", log::printable(end.error().message));
}

}  // namespace ftpsfs::vfs
