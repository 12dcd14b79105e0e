// ContentFiles: a directory of files, one for each content, with those of its blocks that are kept.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/result.h"
#include "ftpsfs/base/unique_fd.h"
#include "ftpsfs/cache/block_cache.h"
#include "ftpsfs/cache/disk_content.h"

namespace ftpsfs::cache {

/// Where a block lies: in the file named by the hash, in a place of its own.
struct BlockPlace {
  std::uint64_t hash = 0;   ///< of the content
  std::uint64_t index = 0;  ///< of the block
  auto operator<=>(const BlockPlace&) const = default;
};

/// A file begins with a head, which says what it is the content of, and a table of checksums; then come the blocks,
/// each in its place, and holes for those that are not kept. So neither a crash nor a torn write nor a stray file ever
/// passes for a block. The files lie in kShards folders, by the first byte of the hash; of two contents with one hash
/// the one written last has the file.
///
/// One file for each content rather than each block, because making a file costs ten times as much as writing a block.
///
/// Errors: kNoSpace on a full disk, else kIo. Any thread may read; one at a time may call what changes files.
class ContentFiles {
 public:
  static constexpr unsigned kShards = 256;

  /// Makes what is missing of `directory`, and takes it for this process alone until the end of this object; waits for
  /// another process to let go. Errors besides: kPermission when it belongs to somebody else, kBusy at the deadline.
  static Result<ContentFiles> open(const std::string& directory, const Deadline& patience);

  /// Null when the block is not there, or not whole.
  [[nodiscard]] Result<BlockPtr> read(const DiskContent& content, std::uint64_t index) const;
  /// Whether there is something in all of these places; it may still prove not to be whole.
  [[nodiscard]] bool holds(const DiskContent& content, std::uint64_t first, std::uint64_t count) const;

  /// `block` has the length the content tells.
  Status write(const DiskContent& content, std::uint64_t index, const Block& block) const;
  /// Gives the block's space back; nothing when it is not there. kUnsupported where only whole files can be removed.
  Status remove(const BlockPlace& place) const;
  /// Removes all blocks of the contents with this hash; nothing when there are none.
  Status remove_all(std::uint64_t hash) const;

  /// What a block takes on disk, its share of the index and of the head included.
  [[nodiscard]] static std::uint64_t cost(const DiskContent& content, std::uint64_t index);
  /// What is there, with the cost of each; removes what is none of ours. `shard` is the first byte of the hashes.
  [[nodiscard]] Result<std::map<BlockPlace, std::uint64_t>> list(unsigned shard) const;

  /// The database beside the files.
  [[nodiscard]] std::string index_file() const { return directory_ + "/index.sqlite"; }

 private:
  ContentFiles(std::string directory, UniqueFd fd, UniqueFd lock)
      : directory_(std::move(directory)), fd_(std::move(fd)), lock_(std::move(lock)) {}

  [[nodiscard]] Result<UniqueFd> open_for_writing(const DiskContent& content) const;

  std::string directory_;
  UniqueFd fd_;
  UniqueFd lock_;
};

}  // namespace ftpsfs::cache
