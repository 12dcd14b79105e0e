#include "vfs/journal.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <set>
#include <utility>

#include "ftpsfs/base/log.h"
#include "ftpsfs/base/private_folder.h"

namespace ftpsfs::vfs {

using remote::Attributes;
using remote::RemotePath;

namespace {

constexpr const char* kWanted = "wanted";      // by a mount that waits
constexpr const char* kDraining = "draining";  // by one whose directory is unmounted already

constexpr const char* kSettings =
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";

constexpr const char* kTables =
    "CREATE TABLE IF NOT EXISTS entry ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, path BLOB NOT NULL, mtime INTEGER NOT NULL, mode INTEGER,"
    "  base_size INTEGER, base_mtime INTEGER, base_exact INTEGER, base_mode INTEGER, base_unique BLOB,"
    "  replaces_any INTEGER NOT NULL, sent_size INTEGER, sent_mtime INTEGER NOT NULL);";
/// Columns that an earlier version's table lacks.
struct Column {
  std::string_view name;
  std::string_view definition;
};
constexpr std::array kNewerColumns{
    Column{"failure", "BLOB NOT NULL DEFAULT ''"},          Column{"in_place", "INTEGER"},
    Column{"in_place_begin", "INTEGER NOT NULL DEFAULT 0"}, Column{"in_place_as_sent", "INTEGER NOT NULL DEFAULT 0"},
    Column{"content_begin", "INTEGER NOT NULL DEFAULT 0"},  Column{"lacking", "TEXT NOT NULL DEFAULT ''"}};

constexpr const char* kInsert =
    "INSERT INTO entry (id, path, mtime, mode, base_size, base_mtime, base_exact, base_mode, base_unique, replaces_any,"
    "  sent_size, sent_mtime, failure, in_place, in_place_begin, lacking, in_place_as_sent)"
    "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kUpdate =
    "UPDATE entry SET path = ?2, mtime = ?3, mode = ?4, base_size = ?5, base_mtime = ?6, base_exact = ?7,"
    "  base_mode = ?8, base_unique = ?9, replaces_any = ?10, sent_size = ?11, sent_mtime = ?12,"
    "  failure = ?13, in_place = ?14, in_place_begin = ?15, content_begin = 0, lacking = ?16,"
    "  in_place_as_sent = ?17 WHERE id = ?1";
// Bytes, not characters: names need not be UTF-8.
constexpr const char* kMove =
    "UPDATE entry SET path = CAST(?2 || substr(path, length(?1) + 1) AS BLOB),"
    "  replaces_any = replaces_any OR (?3 AND path = ?1 AND base_size IS NULL)"
    "  WHERE path = ?1 OR substr(path, 1, length(?1) + 1) = CAST(?1 || '/' AS BLOB)";
// An entry of an earlier version tells where its content begins, and not what it lacks.
constexpr const char* kAll =
    "SELECT id, path, mtime, mode, base_size, base_mtime, base_exact, base_mode, base_unique, replaces_any, sent_size,"
    "  sent_mtime, failure, in_place, in_place_begin,"
    "  CASE WHEN lacking = '' AND content_begin > 0 THEN '0-' || content_begin ELSE lacking END,"
    "  in_place_as_sent FROM entry ORDER BY id";
constexpr const char* kNextId = "SELECT COALESCE(MAX(seq), 0) + 1 FROM sqlite_sequence";

std::string to_text(const std::vector<Range>& ranges) {
  std::string text;
  for (const Range& range : ranges) text += fmt::format("{}{}-{}", text.empty() ? "" : " ", range.begin, range.end);
  return text;
}

/// Takes a number off the front of `text`. False when there is none.
bool take_number(std::string_view& text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

Result<std::vector<Range>> parse_ranges(std::string_view text) {
  std::vector<Range> ranges;
  while (!text.empty()) {
    if (!ranges.empty()) text.remove_prefix(1);  // the space
    Range range;
    const bool begins = take_number(text, range.begin) && text.starts_with('-');
    if (begins) text.remove_prefix(1);
    const bool ends = begins && take_number(text, range.end) && (text.empty() || text.starts_with(' '));
    if (!ends || range.begin >= range.end) return fail(ErrorKind::kIo, "no list of ranges");
    ranges.push_back(range);
  }
  return ranges;
}

Result<JournalEntry> to_entry(const SqlRow& row) {
  JournalEntry entry;
  entry.id = row[0];
  FTPSFS_TRY_ASSIGN(entry.path, RemotePath::parse(row.bytes(1)));
  entry.mtime = row[2];
  if (const auto mode = row.number(3)) entry.mode = static_cast<std::uint32_t>(*mode);
  if (const auto size = row.number(4)) {
    Attributes& base = entry.base.emplace();
    base.size = static_cast<std::uint64_t>(*size);
    base.mtime = row[5];
    base.mtime_exact = row[6] != 0;
    if (const auto mode = row.number(7)) base.mode = static_cast<std::uint32_t>(*mode);
    base.unique = row.bytes(8);
  }
  entry.replaces_any = row[9] != 0;
  if (const auto size = row.number(10)) entry.sent_size = static_cast<std::uint64_t>(*size);
  entry.sent_mtime = row[11];
  entry.failure = row.bytes(12);
  if (const auto end = row.number(13)) {
    entry.unconfirmed = Range{static_cast<std::uint64_t>(row[14]), static_cast<std::uint64_t>(*end)};
  }
  FTPSFS_TRY_ASSIGN(entry.lacking, parse_ranges(row.bytes(15)));
  entry.holds_what_was_sent = row[16] != 0;
  return entry;
}

Status write(Statement& statement, const JournalEntry& entry) {
  const auto of_base = [&entry](SqlValue value) { return entry.base ? value : SqlValue(std::nullopt); };
  const Attributes& base = entry.base ? *entry.base : Attributes{};
  const Range sent = entry.unconfirmed.value_or(Range{});
  return statement.run(
      {entry.id, entry.path.text(), entry.mtime, entry.mode, of_base(static_cast<std::int64_t>(base.size)),
       of_base(base.mtime), of_base(std::int64_t{base.mtime_exact}), of_base(base.mode), of_base(base.unique),
       std::int64_t{entry.replaces_any}, entry.sent_size, entry.sent_mtime, entry.failure,
       entry.unconfirmed ? SqlValue(static_cast<std::int64_t>(sent.end)) : SqlValue(std::nullopt),
       static_cast<std::int64_t>(sent.begin), to_text(entry.lacking), std::int64_t{entry.holds_what_was_sent}});
}

std::optional<std::int64_t> id_of(std::string_view name) {
  std::int64_t id = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), id);
  if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size() || id <= 0) return std::nullopt;
  return id;
}

void remove_files_without_entry(const std::string& folder, const std::set<std::int64_t>& known) {
  DIR* const directory = ::opendir(folder.c_str());
  if (directory == nullptr) return;
  while (const dirent* entry = ::readdir(directory)) {
    const auto id = id_of(entry->d_name);
    if (id && !known.contains(*id)) ::unlinkat(::dirfd(directory), entry->d_name, 0);
  }
  ::closedir(directory);
}

void put_note(int folder, const char* name) {
  const UniqueFd note(::openat(folder, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
}

/// A mount that only uploads what is left says so, and hears that it is wanted: there the wait is worth while.
Result<UniqueFd> take_folder(int folder, const std::string& path, const Deadline& patience) {
  constexpr std::chrono::milliseconds kSlice{100};
  constexpr std::chrono::seconds kHandOver{15};
  const Deadline hand_over = Deadline::after(kHandOver);
  auto lock = lock_folder(folder, path, Deadline::after(std::chrono::milliseconds(0)));
  while (!lock && lock.error().kind == ErrorKind::kBusy) {
    const bool draining = ::faccessat(folder, kDraining, F_OK, 0) == 0;
    if (draining ? hand_over.passed() : patience.passed()) break;
    put_note(folder, kWanted);
    lock = lock_folder(folder, path, Deadline::after(kSlice));
  }
  ::unlinkat(folder, kWanted, 0);
  if (lock) ::unlinkat(folder, kDraining, 0);
  return lock;
}

Status add_newer_columns(Database& database) {
  for (const Column& column : kNewerColumns) {
    if (database.prepare(fmt::format("SELECT {} FROM entry", column.name).c_str())) continue;
    const std::string add = fmt::format("ALTER TABLE entry ADD COLUMN {} {}", column.name, column.definition);
    FTPSFS_TRY(database.execute(add.c_str()));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const std::string& folder, const Deadline& patience) {
  FTPSFS_TRY_ASSIGN(const UniqueFd directory, open_private_folder(folder));
  FTPSFS_TRY_ASSIGN(UniqueFd lock, take_folder(directory.get(), folder, patience));
  FTPSFS_TRY_ASSIGN(Database database, Database::open(folder + "/journal.sqlite"));
  FTPSFS_TRY(database.execute(kSettings));
  FTPSFS_TRY(database.execute(kTables));
  FTPSFS_TRY(add_newer_columns(database));
  std::int64_t next_id = 1;
  FTPSFS_TRY_ASSIGN(Statement find_next_id, database.prepare(kNextId));
  FTPSFS_TRY(find_next_id.run({}, [&](const SqlRow& row) { next_id = row[0]; }));
  FTPSFS_TRY_ASSIGN(Statement insert, database.prepare(kInsert));
  FTPSFS_TRY_ASSIGN(Statement update, database.prepare(kUpdate));
  FTPSFS_TRY_ASSIGN(Statement move, database.prepare(kMove));
  FTPSFS_TRY_ASSIGN(Statement remove, database.prepare("DELETE FROM entry WHERE id = ?"));
  FTPSFS_TRY_ASSIGN(Statement find, database.prepare("SELECT id FROM entry WHERE path = ?"));
  FTPSFS_TRY_ASSIGN(Statement all, database.prepare(kAll));
  return std::unique_ptr<Journal>(new Journal(
      folder, std::move(lock), next_id, std::move(database),
      {std::move(insert), std::move(update), std::move(move), std::move(remove), std::move(find), std::move(all)}));
}

Result<std::vector<JournalEntry>> Journal::recover() {
  std::vector<JournalEntry> entries;
  std::set<std::int64_t> known;
  MutexLock lock(mutex_);
  FTPSFS_TRY(statements_.all.run({}, [&](const SqlRow& row) {
    known.insert(row[0]);
    if (auto entry = to_entry(row)) {
      entries.push_back(*std::move(entry));
    } else {
      spdlog::error("entry {} of the journal in {} cannot be read; its content is kept", row[0], folder_);
    }
  }));
  remove_files_without_entry(folder_, known);
  return entries;
}

Result<std::vector<JournalEntry>> Journal::failed(const std::optional<RemotePath>& path) {
  std::vector<JournalEntry> entries;
  if (!may_have_failed_) return entries;
  MutexLock lock(mutex_);
  bool any = false;
  FTPSFS_TRY(statements_.all.run({}, [&](const SqlRow& row) {
    auto entry = to_entry(row);
    if (!entry || entry->failure.empty()) return;
    any = true;
    if (!path || entry->path == *path) entries.push_back(*std::move(entry));
  }));
  may_have_failed_ = any;
  return entries;
}

Result<std::int64_t> Journal::add(const JournalEntry& entry, const StagedFile& staged) {
  JournalEntry added = entry;
  added.id = next_id_++;
  FTPSFS_TRY(staged.keep(file(added.id)));
  MutexLock lock(mutex_);
  if (!entry.failure.empty()) may_have_failed_ = true;
  const bool replaces = entry.id != 0;
  const Status noted = replaces ? replace(entry.id, added) : write(statements_.insert, added);
  if (!noted) return fail(noted.error());  // what of it is on the disk all the same, recover() finds out
  if (replaces) ::unlink(file(entry.id).c_str());
  return added.id;
}

Status Journal::replace(std::int64_t old, const JournalEntry& added) {
  FTPSFS_TRY_ASSIGN(Transaction both, Transaction::begin(database_));
  FTPSFS_TRY(write(statements_.insert, added));
  FTPSFS_TRY(statements_.remove.run({old}));
  return both.commit();
}

Status Journal::update(const JournalEntry& entry) {
  MutexLock lock(mutex_);
  if (!entry.failure.empty()) may_have_failed_ = true;
  return write(statements_.update, entry);
}

Status Journal::move(const RemotePath& from, const RemotePath& to, bool replaces) {
  std::vector<std::int64_t> replaced;
  MutexLock lock(mutex_);
  FTPSFS_TRY(statements_.find.run({to.text()}, [&](const SqlRow& row) { replaced.push_back(row[0]); }));
  FTPSFS_TRY_ASSIGN(Transaction all, Transaction::begin(database_));
  for (const std::int64_t id : replaced) FTPSFS_TRY(statements_.remove.run({id}));
  FTPSFS_TRY(statements_.move.run({from.text(), to.text(), std::int64_t{replaces}}));
  FTPSFS_TRY(all.commit());
  for (const std::int64_t id : replaced) ::unlink(file(id).c_str());
  return {};
}

Status Journal::probe() {
  FTPSFS_TRY_ASSIGN(const auto staged, StagedFile::create(folder_, 0, 0));
  const std::string name = folder_ + "/probe";
  ::unlink(name.c_str());
  const Status kept = staged->keep(name);
  ::unlink(name.c_str());
  if (kept || kept.error().kind == ErrorKind::kNoSpace) return {};
  return fail(ErrorKind::kUnsupported, "write=back needs another staging_dir: " + kept.error().message);
}

std::uint64_t Journal::size(std::int64_t id) const {
  struct stat status {};
  return ::stat(file(id).c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void Journal::note_draining() {
  if (draining_.exchange(true)) return;
  const UniqueFd folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return;
  ::unlinkat(folder.get(), kWanted, 0);  // perhaps of a mount that gave up; one that still waits puts it there again
  put_note(folder.get(), kDraining);
}

bool Journal::is_wanted() const { return ::access((folder_ + "/" + kWanted).c_str(), F_OK) == 0; }

Status Journal::remove(std::int64_t id) {
  MutexLock lock(mutex_);
  FTPSFS_TRY(statements_.remove.run({id}));
  ::unlink(file(id).c_str());
  return {};
}

}  // namespace ftpsfs::vfs
