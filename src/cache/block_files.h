// BlockFiles: a directory of block files, each of which proves by itself what it holds and that it is whole.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/result.h"
#include "ftpsfs/base/unique_fd.h"
#include "ftpsfs/cache/block_cache.h"
#include "ftpsfs/cache/disk_content.h"

namespace ftpsfs::cache {

/// Where a block lies. Two contents with one hash take each other's places, and are told apart by their labels.
struct BlockPlace {
  std::uint64_t hash = 0;   ///< of the content
  std::uint64_t index = 0;  ///< of the block
  auto operator<=>(const BlockPlace&) const = default;
};

/// A file is a label (what it is a block of), the bytes, and their checksum; so neither a crash nor a torn write nor a
/// stray file can ever pass for a block. The files lie in kShards folders, by the first byte of the hash.
///
/// Errors: kNoSpace on a full disk, else kIo. Any thread may call any member but write().
class BlockFiles {
 public:
  static constexpr unsigned kShards = 256;

  /// Makes what is missing of `directory`, and takes it for this process alone until the end of this object; waits for
  /// another process to let go. Errors besides: kPermission when it belongs to somebody else, kBusy at the deadline.
  static Result<BlockFiles> open(const std::string& directory, const Deadline& patience);

  /// Null when the block is not there. A file that is not the block, or not whole, is removed.
  [[nodiscard]] Result<BlockPtr> read(const DiskContent& content, std::uint64_t index) const;
  /// Whether a file is there; it may still prove to be another's.
  [[nodiscard]] bool holds(const BlockPlace& place) const;
  /// One thread at a time. `block` has the length the content tells.
  Status write(const DiskContent& content, std::uint64_t index, const Block& block) const;
  /// No error when there is none.
  Status remove(const BlockPlace& place) const;

  /// What a block takes on disk, its share of the index included.
  [[nodiscard]] static std::uint64_t cost(const DiskContent& content, std::uint64_t index);
  /// What is there, with the cost of each; removes what is none of ours. `shard` is the first byte of the hashes.
  [[nodiscard]] Result<std::map<BlockPlace, std::uint64_t>> list(unsigned shard) const;

  /// The database beside the blocks.
  [[nodiscard]] std::string index_file() const { return directory_ + "/index.sqlite"; }

 private:
  BlockFiles(std::string directory, UniqueFd fd, UniqueFd lock)
      : directory_(std::move(directory)), fd_(std::move(fd)), lock_(std::move(lock)) {}

  std::string directory_;
  UniqueFd fd_;
  UniqueFd lock_;
};

}  // namespace ftpsfs::cache
