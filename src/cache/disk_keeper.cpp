#include "cache/disk_keeper.h"

#include <utility>

#include "ftpsfs/base/log.h"

namespace ftpsfs::cache {

Result<DiskKeeper> DiskKeeper::start(const ContentFiles& files, std::uint64_t capacity_bytes) {
  auto index = DiskIndex::open(files.index_file());
  if (!index) {
    spdlog::warn("{}: {}; making it anew from the blocks", files.index_file(), index.error().message);
    DiskIndex::discard(files.index_file());
    index = DiskIndex::open(files.index_file());
  }
  if (!index) return fail(index.error());
  DiskKeeper keeper(files, *std::move(index), capacity_bytes);
  if (!keeper.index_.was_finished()) FTPSFS_TRY(keeper.reconcile());
  FTPSFS_TRY(keeper.store({}, {}));
  return keeper;
}

// After a crash there may be rows without files and files without rows.
Status DiskKeeper::reconcile() {
  for (unsigned shard = 0; shard < ContentFiles::kShards; ++shard) {
    FTPSFS_TRY(index_.begin());
    FTPSFS_TRY(reconcile_shard(shard));
    FTPSFS_TRY(index_.commit());
  }
  return {};
}

Status DiskKeeper::reconcile_shard(unsigned shard) {
  FTPSFS_TRY_ASSIGN(auto there, files_->list(shard));
  FTPSFS_TRY_ASSIGN(const auto known, index_.in_shard(shard));
  for (const IndexedBlock& block : known) {
    const auto file = there.find(block.place);
    const bool same = file != there.end() && file->second == block.bytes;
    if (!same) FTPSFS_TRY(index_.remove(block.place));
    if (same) there.erase(file);
  }
  for (const auto& [place, bytes] : there) FTPSFS_TRY(index_.adopt({place, bytes}));
  return {};
}

Status DiskKeeper::store(const std::vector<OfferedBlock>& blocks, const std::vector<BlockPlace>& used) {
  FTPSFS_TRY(index_.begin());
  for (const BlockPlace& place : used) FTPSFS_TRY(index_.touch(place));
  FTPSFS_TRY(make_room(0));
  for (const OfferedBlock& each : blocks) {
    const std::uint64_t bytes = ContentFiles::cost(each.content, each.index);
    if (bytes > capacity_) continue;
    FTPSFS_TRY(make_room(bytes));
    FTPSFS_TRY(files_->write(each.content, each.index, *each.block));
    FTPSFS_TRY(index_.add({{each.content.hash, each.index}, bytes}));
  }
  return index_.commit();
}

Status DiskKeeper::forget_all(const std::vector<std::uint64_t>& hashes) {
  if (hashes.empty()) return {};
  FTPSFS_TRY(index_.begin());
  for (const std::uint64_t hash : hashes) {
    FTPSFS_TRY(files_->remove_all(hash));
    FTPSFS_TRY(index_.remove_all(hash));
  }
  return index_.commit();
}

Status DiskKeeper::make_room(std::uint64_t bytes) {
  constexpr std::size_t kAtATime = 16;
  while (index_.bytes() + bytes > capacity_) {
    FTPSFS_TRY_ASSIGN(const auto oldest, index_.oldest(kAtATime));
    if (oldest.empty()) return fail(ErrorKind::kIo, "the index of the disk cache has lost count");
    for (const IndexedBlock& block : oldest) {
      if (index_.bytes() + bytes <= capacity_) break;
      FTPSFS_TRY(forget(block.place));
    }
  }
  return {};
}

// A file goes with its last block, or at once where the file system cannot give back a part of it.
Status DiskKeeper::forget(const BlockPlace& place) {
  Status removed = files_->remove(place);
  const bool all_or_nothing = !removed && removed.error().kind == ErrorKind::kUnsupported;
  if (!removed && !all_or_nothing) return removed;
  FTPSFS_TRY(all_or_nothing ? index_.remove_all(place.hash) : index_.remove(place));
  FTPSFS_TRY_ASSIGN(const bool others, index_.knows(place.hash));
  return others ? Status{} : files_->remove_all(place.hash);
}

}  // namespace ftpsfs::cache
