// DiskContent: one version of one file, as the disk cache knows it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "ftpsfs/remote/attributes.h"
#include "ftpsfs/remote/remote_path.h"

namespace ftpsfs::cache {

struct DiskContent {
  std::string key;                             ///< path, size, time and identity, as far as the server tells them
  std::uint64_t hash = 0;                      ///< of `key`; two contents may share it
  std::uint64_t size = 0;                      ///< bytes of the file
  std::int64_t mtime = 0;                      ///< seconds since 1970, by the server's clock
  std::chrono::steady_clock::time_point told;  ///< when, or some time after, the server told this version

  /// Nothing for a version whose time is not known to the second: another could look the same.
  static std::optional<DiskContent> of(const remote::RemotePath& path, const remote::Version& version);

  [[nodiscard]] std::size_t block_length(std::uint64_t index) const;
};

/// The length of a block of a file, at most kBlockSize; 0 beyond the end of the file.
[[nodiscard]] std::size_t block_length(std::uint64_t file_bytes, std::uint64_t index);

/// Whether a download begun now is of this version and no other. A file may change twice within one second and show the
/// same time, so that what is read within that second may be of the earlier change. True when the file's time lies a
/// minute back by our own clock (`now`), from which the server's may differ by as much; or when the server told the
/// version two seconds ago (`elapsed` since then), whatever the clocks say.
[[nodiscard]] bool is_settled(std::int64_t mtime, std::chrono::system_clock::time_point now,
                              std::chrono::steady_clock::duration elapsed);
[[nodiscard]] bool is_settled(const DiskContent& content);

}  // namespace ftpsfs::cache
