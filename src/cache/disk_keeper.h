// DiskKeeper: writes blocks to disk and keeps what is there within its bound.
#pragma once

#include <cstdint>
#include <vector>

#include "cache/content_files.h"
#include "cache/disk_index.h"

namespace ftpsfs::cache {

/// A block on its way to the disk.
struct OfferedBlock {
  DiskContent content;
  std::uint64_t index = 0;
  BlockPtr block;
};

/// One thread at a time. Errors: those of ContentFiles and DiskIndex; after one the keeper is of no more use.
class DiskKeeper {
 public:
  /// Takes over what is in `files`, which outlive it: an index that is damaged is made anew from the files, one that
  /// was not finished is compared with them, and what is over `capacity_bytes` goes.
  static Result<DiskKeeper> start(const ContentFiles& files, std::uint64_t capacity_bytes);

  /// Notes what was `used`, makes room by removing what was used longest ago, and writes the blocks.
  Status store(const std::vector<OfferedBlock>& blocks, const std::vector<BlockPlace>& used);
  /// Removes all blocks of the contents with these hashes.
  Status forget_all(const std::vector<std::uint64_t>& hashes);
  [[nodiscard]] std::uint64_t bytes() const { return index_.bytes(); }
  /// The last call, in good order.
  Status finish() { return index_.finish(); }

 private:
  DiskKeeper(const ContentFiles& files, DiskIndex index, std::uint64_t capacity_bytes)
      : files_(&files), index_(std::move(index)), capacity_(capacity_bytes) {}

  Status reconcile();
  Status reconcile_shard(unsigned shard);
  Status make_room(std::uint64_t bytes);
  Status forget(const BlockPlace& place);

  const ContentFiles* files_;
  DiskIndex index_;
  std::uint64_t capacity_;
};

}  // namespace ftpsfs::cache
