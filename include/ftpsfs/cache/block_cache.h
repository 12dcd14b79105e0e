// BlockCache: file contents in fixed-size blocks, bounded in bytes.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/cache/lru_cache.h"

namespace ftpsfs::cache {

/// Immutable once in the cache. Every block but a file's last is kBlockSize bytes long.
using Block = std::vector<std::byte>;
using BlockPtr = std::shared_ptr<const Block>;

inline constexpr std::size_t kBlockSize = std::size_t{128} * 1024;

/// `content` numbers one version of one file (never its name); two versions never share a number.
struct BlockKey {
  std::uint64_t content = 0;
  std::uint64_t index = 0;
  auto operator<=>(const BlockKey&) const = default;
};

struct BlockKeyHash {
  std::size_t operator()(const BlockKey& key) const noexcept;
};

/// Least recently used blocks go first. A block stays readable as long as somebody holds its BlockPtr.
/// Any thread may call any member.
class BlockCache {
 public:
  explicit BlockCache(std::size_t capacity_bytes);
  [[nodiscard]] BlockPtr find(const BlockKey& key) EXCLUDES(mutex_);  ///< null when absent
  /// Inserts or replaces. `block` is never null.
  void insert(const BlockKey& key, BlockPtr block) EXCLUDES(mutex_);
  /// A number no other version has.
  [[nodiscard]] std::uint64_t new_content() EXCLUDES(mutex_);
  /// Forgets all blocks of one version. One inserted later stays until it is evicted.
  void forget(std::uint64_t content) EXCLUDES(mutex_);
  /// What the blocks cost, their bookkeeping included; never over the capacity.
  [[nodiscard]] std::size_t bytes() const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  LruCache<BlockKey, BlockPtr, BlockKeyHash> blocks_ GUARDED_BY(mutex_);
  std::set<BlockKey> held_ GUARDED_BY(mutex_);  ///< the keys of blocks_, ordered: one version's blocks stand together
  std::uint64_t last_content_ GUARDED_BY(mutex_) = 0;
};

}  // namespace ftpsfs::cache
