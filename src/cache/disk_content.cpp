#include "ftpsfs/cache/disk_content.h"

#include <spdlog/fmt/fmt.h>
#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "ftpsfs/cache/block_cache.h"

namespace ftpsfs::cache {

using std::chrono::steady_clock;
using std::chrono::system_clock;

std::optional<DiskContent> DiskContent::of(const remote::RemotePath& path, const remote::Version& version) {
  if (version.mtime == 0) return std::nullopt;
  // A path has no line feed, so the lines cannot be taken for one another.
  std::string key = fmt::format("{}\n{} {} {}\n", path.text(), version.size, version.mtime, version.unique);
  const std::uint64_t hash = XXH3_64bits(key.data(), key.size());
  return DiskContent{std::move(key), hash, version.size, version.mtime, steady_clock::now()};
}

std::size_t DiskContent::block_length(std::uint64_t index) const { return cache::block_length(size, index); }

std::size_t block_length(std::uint64_t file_bytes, std::uint64_t index) {
  const std::uint64_t begin = index * kBlockSize;
  return begin >= file_bytes ? 0 : static_cast<std::size_t>(std::min<std::uint64_t>(kBlockSize, file_bytes - begin));
}

bool is_settled(std::int64_t mtime, system_clock::time_point now, steady_clock::duration elapsed) {
  constexpr std::chrono::seconds kClocksDiffer{60};
  constexpr std::chrono::seconds kWatched{2};
  const system_clock::time_point changed{std::chrono::seconds(mtime)};
  return now - changed >= kClocksDiffer || elapsed >= kWatched;
}

bool is_settled(const DiskContent& content) {
  return is_settled(content.mtime, system_clock::now(), steady_clock::now() - content.told);
}

}  // namespace ftpsfs::cache
