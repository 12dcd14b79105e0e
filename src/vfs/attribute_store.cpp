#include "vfs/attribute_store.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "ftpsfs/base/log.h"

namespace ftpsfs::vfs {

using remote::RemotePath;

namespace {

constexpr const char* kSettings =
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;";

// A change gives a new id, so that ids tell the order of changes. What the server has not told is NULL.
constexpr const char* kTables =
    "CREATE TABLE IF NOT EXISTS attribute ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, path BLOB NOT NULL UNIQUE, mtime INTEGER, mtime_told INTEGER,"
    "  mode INTEGER, mode_told INTEGER);";

constexpr const char* kPut =
    "INSERT OR REPLACE INTO attribute (path, mtime, mtime_told, mode, mode_told) VALUES (?, ?, ?, ?, ?)";
constexpr const char* kRemove = "DELETE FROM attribute WHERE path = ?";
constexpr const char* kAll = "SELECT path, mtime, mtime_told, mode, mode_told FROM attribute ORDER BY id";

std::optional<std::uint32_t> permissions(std::optional<std::int64_t> stored) {
  constexpr std::int64_t kAllBits = 07777;
  if (!stored) return std::nullopt;
  return static_cast<std::uint32_t>(*stored & kAllBits);
}

RememberedAttributes to_attributes(const SqlRow& row) {
  RememberedAttributes attributes;
  if (const auto mtime = row.number(1)) attributes.mtime = {*mtime, row.number(2)};
  if (const auto mode = permissions(row.number(3))) attributes.mode = {*mode, permissions(row.number(4))};
  return attributes;
}

template <typename T>
std::optional<T> wanted(const std::optional<Remembered<T>>& remembered) {
  return remembered ? std::optional<T>(remembered->wanted) : std::nullopt;
}

template <typename T>
std::optional<T> told(const std::optional<Remembered<T>>& remembered) {
  return remembered ? remembered->told : std::nullopt;
}

void move_aside(const std::string& file) {
  if (std::rename(file.c_str(), (file + ".damaged").c_str()) != 0) {
    spdlog::warn("cannot move {} aside: {}", file, std::strerror(errno));
  }
  for (const char* part : {"-wal", "-shm", "-journal"}) ::unlink((file + part).c_str());
}

}  // namespace

Result<AttributeStore::Opened> AttributeStore::open(const std::string& file) {
  auto opened = try_open(file);
  if (opened || opened.error().kind == ErrorKind::kNoSpace) return opened;
  spdlog::warn("{}; it is kept as {}.damaged and begun anew", opened.error().message, file);
  move_aside(file);
  return try_open(file);
}

Result<AttributeStore::Opened> AttributeStore::try_open(const std::string& file) {
  FTPSFS_TRY_ASSIGN(Database database, Database::open(file));
  FTPSFS_TRY(database.execute(kSettings));
  FTPSFS_TRY(database.execute(kTables));
  FTPSFS_TRY_ASSIGN(Statement put, database.prepare(kPut));
  FTPSFS_TRY_ASSIGN(Statement remove, database.prepare(kRemove));
  Opened opened;
  opened.store.reset(new AttributeStore(std::move(database), {std::move(put), std::move(remove)}));
  FTPSFS_TRY_ASSIGN(opened.entries, opened.store->load());
  return opened;
}

Result<std::vector<AttributeStore::Entry>> AttributeStore::load() {
  std::vector<Entry> entries;
  FTPSFS_TRY_ASSIGN(Statement all, database_.prepare(kAll));
  FTPSFS_TRY(all.run({}, [&](const SqlRow& row) {
    auto path = RemotePath::parse(row.bytes(0));
    if (path) entries.emplace_back(*std::move(path), to_attributes(row));
  }));
  return entries;
}

Status AttributeStore::write(std::span<const Entry> changes) {
  FTPSFS_TRY_ASSIGN(Transaction all, Transaction::begin(database_));
  for (const auto& [path, now] : changes) {
    FTPSFS_TRY(now.empty() ? statements_.remove.run({path.text()})
                           : statements_.put.run(
                                 {path.text(), wanted(now.mtime), told(now.mtime), wanted(now.mode), told(now.mode)}));
  }
  return all.commit();
}

}  // namespace ftpsfs::vfs
