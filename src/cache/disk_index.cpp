#include "cache/disk_index.h"

#include <unistd.h>

#include <utility>

namespace ftpsfs::cache {
namespace {

// Before anything changes, only the mark of an unfinished index is synced: what a power cut takes of the rest is found
// out by comparing with the files.
constexpr const char* kSettings =
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL;";

constexpr const char* kTables =
    "CREATE TABLE IF NOT EXISTS block ("
    "  hash INTEGER NOT NULL, number INTEGER NOT NULL, bytes INTEGER NOT NULL, used INTEGER NOT NULL,"
    "  PRIMARY KEY (hash, number)) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS block_used ON block (used);"
    "CREATE TABLE IF NOT EXISTS state (finished INTEGER NOT NULL);";

constexpr const char* kMarkUnfinished =
    "PRAGMA synchronous = FULL;"
    "BEGIN; DELETE FROM state; INSERT INTO state VALUES (0); COMMIT;"
    "PRAGMA synchronous = NORMAL;";

std::int64_t stored(std::uint64_t value) { return static_cast<std::int64_t>(value); }

Statement::RowVisitor append_to(std::vector<IndexedBlock>& blocks) {
  return [&blocks](const SqlRow& row) {
    const BlockPlace place{static_cast<std::uint64_t>(row[0]), static_cast<std::uint64_t>(row[1])};
    blocks.push_back({place, static_cast<std::uint64_t>(row[2])});
  };
}

}  // namespace

Result<DiskIndex> DiskIndex::open(const std::string& file) {
  FTPSFS_TRY_ASSIGN(Database database, Database::open(file));
  FTPSFS_TRY(database.execute(kSettings));
  FTPSFS_TRY(database.execute(kTables));
  FTPSFS_TRY_ASSIGN(Statement insert, database.prepare("INSERT INTO block VALUES (?, ?, ?, ?)"));
  FTPSFS_TRY_ASSIGN(Statement touch, database.prepare("UPDATE block SET used = ? WHERE hash = ? AND number = ?"));
  FTPSFS_TRY_ASSIGN(Statement remove,
                    database.prepare("DELETE FROM block WHERE hash = ? AND number = ? RETURNING bytes"));
  FTPSFS_TRY_ASSIGN(Statement remove_all, database.prepare("DELETE FROM block WHERE hash = ? RETURNING bytes"));
  FTPSFS_TRY_ASSIGN(Statement count,
                    database.prepare("SELECT COUNT(*) FROM (SELECT 1 FROM block WHERE hash = ? LIMIT 1)"));
  FTPSFS_TRY_ASSIGN(Statement oldest, database.prepare("SELECT hash, number, bytes FROM block ORDER BY used LIMIT ?"));
  FTPSFS_TRY_ASSIGN(Statement in_shard,
                    database.prepare("SELECT hash, number, bytes FROM block WHERE hash BETWEEN ? AND ?"));
  DiskIndex index(std::move(database), {std::move(insert), std::move(touch), std::move(remove), std::move(remove_all),
                                        std::move(count), std::move(oldest), std::move(in_shard)});
  FTPSFS_TRY(index.load());
  return index;
}

void DiskIndex::discard(const std::string& file) {
  for (const char* part : {"", "-wal", "-shm", "-journal"}) ::unlink((file + part).c_str());
}

Status DiskIndex::load() {
  FTPSFS_TRY_ASSIGN(Statement finished, database_.prepare("SELECT COALESCE(MIN(finished), 0) FROM state"));
  FTPSFS_TRY(finished.run({}, [this](const SqlRow& row) { was_finished_ = row[0] != 0; }));
  FTPSFS_TRY_ASSIGN(Statement totals,
                    database_.prepare("SELECT COALESCE(SUM(bytes), 0), COALESCE(MAX(used), 0) FROM block"));
  FTPSFS_TRY(totals.run({}, [this](const SqlRow& row) {
    bytes_ = static_cast<std::uint64_t>(row[0]);
    last_use_ = row[1];
  }));
  return database_.execute(kMarkUnfinished);
}

Status DiskIndex::add(const IndexedBlock& block) { return insert(block, ++last_use_); }

Status DiskIndex::adopt(const IndexedBlock& block) { return insert(block, 0); }

Status DiskIndex::insert(const IndexedBlock& block, std::int64_t used) {
  FTPSFS_TRY(remove(block.place));
  FTPSFS_TRY(statements_.insert.run({stored(block.place.hash), stored(block.place.index), stored(block.bytes), used}));
  bytes_ += block.bytes;
  return {};
}

Status DiskIndex::touch(const BlockPlace& place) {
  return statements_.touch.run({++last_use_, stored(place.hash), stored(place.index)});
}

Status DiskIndex::remove(const BlockPlace& place) {
  return statements_.remove.run({stored(place.hash), stored(place.index)},
                                [this](const SqlRow& row) { bytes_ -= static_cast<std::uint64_t>(row[0]); });
}

Status DiskIndex::remove_all(std::uint64_t hash) {
  return statements_.remove_all.run({stored(hash)},
                                    [this](const SqlRow& row) { bytes_ -= static_cast<std::uint64_t>(row[0]); });
}

Result<bool> DiskIndex::knows(std::uint64_t hash) {
  bool known = false;
  FTPSFS_TRY(statements_.count.run({stored(hash)}, [&known](const SqlRow& row) { known = row[0] > 0; }));
  return known;
}

Result<std::vector<IndexedBlock>> DiskIndex::oldest(std::size_t count) {
  std::vector<IndexedBlock> found;
  FTPSFS_TRY(statements_.oldest.run({stored(count)}, append_to(found)));
  return found;
}

Result<std::vector<IndexedBlock>> DiskIndex::in_shard(unsigned shard) {
  // Signed, as SQLite keeps them, the hashes of a shard still lie side by side.
  constexpr unsigned kShift = 56;
  const std::uint64_t first = std::uint64_t{shard} << kShift;
  const std::uint64_t last = first | ((std::uint64_t{1} << kShift) - 1);
  std::vector<IndexedBlock> found;
  FTPSFS_TRY(statements_.in_shard.run({stored(first), stored(last)}, append_to(found)));
  return found;
}

}  // namespace ftpsfs::cache
