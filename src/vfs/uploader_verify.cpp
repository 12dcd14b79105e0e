// Uploader: verify_upload=checksum. What the server stored is compared with the staged file before it gets its name.
#include <algorithm>
#include <vector>

#include "ftpsfs/base/log.h"
#include "ftpsfs/net/digest.h"
#include "vfs/patience.h"
#include "vfs/uploader.h"

namespace ftpsfs::vfs {

using remote::RemotePath;

namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;
Result<std::string> digest_of(const StagedFile& staged, std::uint64_t size, net::DigestAlgorithm algorithm) {
  FTPSFS_TRY_ASSIGN(net::Digest digest, net::Digest::begin(algorithm));
  std::vector<std::byte> chunk(static_cast<std::size_t>(std::min<std::uint64_t>(kChunkBytes, size)));
  for (std::uint64_t at = 0; at < size;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), size - at));
    FTPSFS_TRY_ASSIGN(const std::size_t count, staged.read(at, std::span(chunk).first(wanted)));
    if (count == 0) break;  // cut meanwhile
    digest.update(std::span(chunk).first(count));
    at += count;
  }
  return digest.finish();
}

}  // namespace

/// Of what was sent to `attempt.path`, which is to become `path`. What was written meanwhile will be sent, and
/// verified, by the next commit.
Status Uploader::verify(Attempt& attempt, const RemotePath& path, const Context& context) {
  if (services_.verify != VerifyUpload::kChecksum) return {};
  const StagedState& sent = attempt.state;
  FTPSFS_TRY_ASSIGN(const auto theirs, services_.remote.checksum(*attempt.path, patient(context, sent.size)));
  if (!theirs) {
    if (told_no_checksum_.exchange(true)) return {};
    spdlog::info("the server tells no checksum of {}; where it tells none, the size decides",
                 log::printable(path.text()));
    return {};
  }
  FTPSFS_TRY_ASSIGN(const std::string ours, digest_of(*attempt.staged, sent.size, theirs->algorithm));
  if (ours == theirs->digits || attempt.staged->has_new_content_since(sent.generation)) return {};
  attempt.damaged = true;
  return fail(ErrorKind::kIo, fmt::format("{} arrived damaged: its {} is {}, and {} here", path.text(),
                                          net::to_string(theirs->algorithm), theirs->digits, ours));
}

}  // namespace ftpsfs::vfs
