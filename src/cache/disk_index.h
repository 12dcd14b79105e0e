// DiskIndex: which blocks are on disk, what they take, and which was used last; in SQLite, so that it outlives a crash.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cache/content_files.h"
#include "ftpsfs/base/sqlite.h"

namespace ftpsfs::cache {

/// A block as the index knows it.
struct IndexedBlock {
  BlockPlace place;
  std::uint64_t bytes = 0;
};

/// One thread at a time. Errors are kIo, a database that makes no sense among them, or kNoSpace; after one the index is
/// of no more use. Blocks are found without it: it only knows what to forget first, and can be made anew from the
/// files.
class DiskIndex {
 public:
  static Result<DiskIndex> open(const std::string& file);
  /// Removes the database. No index is open on it.
  static void discard(const std::string& file);

  /// False when the last one to have it open did not come to finish(): files and rows may differ.
  [[nodiscard]] bool was_finished() const { return was_finished_; }
  /// Of all blocks.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

  // What is done between begin() and commit() is kept whole, or after a crash not at all.
  Status begin() { return database_.execute("BEGIN"); }
  Status commit() { return database_.execute("COMMIT"); }

  /// As the one used last.
  Status add(const IndexedBlock& block);
  /// As the one to be forgotten first.
  Status adopt(const IndexedBlock& block);
  /// It is the one used last; nothing when it is not known.
  Status touch(const BlockPlace& place);
  /// Nothing when it is not known.
  Status remove(const BlockPlace& place);
  /// All with this hash.
  Status remove_all(std::uint64_t hash);
  /// Whether any has this hash.
  Result<bool> knows(std::uint64_t hash);

  /// Those used longest ago, at most `count`, the first of them first.
  Result<std::vector<IndexedBlock>> oldest(std::size_t count);
  /// All whose hash begins with the byte `shard`.
  Result<std::vector<IndexedBlock>> in_shard(unsigned shard);

  /// The last call: files and rows agree.
  Status finish() { return database_.execute("UPDATE state SET finished = 1"); }

 private:
  struct Statements {
    Statement insert;
    Statement touch;
    Statement remove;
    Statement remove_all;
    Statement count;
    Statement oldest;
    Statement in_shard;
  };
  DiskIndex(Database database, Statements statements)
      : database_(std::move(database)), statements_(std::move(statements)) {}

  Status load();
  Status insert(const IndexedBlock& block, std::int64_t used);

  Database database_;
  Statements statements_;
  bool was_finished_ = false;
  std::uint64_t bytes_ = 0;
  std::int64_t last_use_ = 0;  ///< grows with each use; no clock can turn it back
};

}  // namespace ftpsfs::cache
