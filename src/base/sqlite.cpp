#include "ftpsfs/base/sqlite.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <sqlite3.h>

#include <cerrno>
#include <utility>

#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs {
namespace {

tl::unexpected<Error> failure(sqlite3* connection) {
  const bool full = (sqlite3_errcode(connection) & 0xff) == SQLITE_FULL;
  return fail(full ? ErrorKind::kNoSpace : ErrorKind::kIo,
              fmt::format("{}: {}", sqlite3_db_filename(connection, "main"), sqlite3_errmsg(connection)));
}

}  // namespace

void SqlValue::bind(sqlite3_stmt* statement, int place) const {
  if (const auto* number = std::get_if<std::int64_t>(&value_)) {
    sqlite3_bind_int64(statement, place, *number);
  } else if (const auto* bytes = std::get_if<std::string_view>(&value_)) {
    sqlite3_bind_blob64(statement, place, bytes->data() != nullptr ? bytes->data() : "", bytes->size(),
                        SQLITE_TRANSIENT);
  } else {
    sqlite3_bind_null(statement, place);
  }
}

std::int64_t SqlRow::operator[](int column) const { return sqlite3_column_int64(statement_, column); }

std::optional<std::int64_t> SqlRow::number(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_int64(statement_, column);
}

std::string SqlRow::bytes(int column) const {
  const auto* const begin = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return begin == nullptr ? std::string() : std::string(begin, size);
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Status Statement::run(std::initializer_list<SqlValue> parameters, const RowVisitor& visit) {
  sqlite3_stmt* const statement = statement_.get();
  int place = 0;
  for (const SqlValue& value : parameters) value.bind(statement, ++place);
  int step = 0;
  while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
    if (visit) visit(SqlRow(statement));
  }
  Status outcome;
  if (step != SQLITE_DONE) outcome = failure(sqlite3_db_handle(statement));
  sqlite3_reset(statement);
  return outcome;
}

void Database::Close::operator()(sqlite3* connection) const { sqlite3_close(connection); }

Result<Database> Database::open(const std::string& file) {
  // What SQLite puts beside the file gets the file's own permissions.
  const UniqueFd made(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!made.valid()) return fail(os_error(errno == ENOSPC ? ErrorKind::kNoSpace : ErrorKind::kIo, file, errno));
  sqlite3* connection = nullptr;
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  const int opened = sqlite3_open_v2(file.c_str(), &connection, kFlags, nullptr);
  Database database(connection);
  if (opened != SQLITE_OK) return failure(connection);
  // The end of a mount does not wait until all that the disk still has to write is written.
  sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return database;
}

Status Database::execute(const char* commands) {
  if (sqlite3_exec(connection_.get(), commands, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failure(connection_.get());
  }
  return {};
}

Result<Statement> Database::prepare(const char* command) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(connection_.get(), command, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    return failure(connection_.get());
  }
  return Statement(statement);
}

Result<Transaction> Transaction::begin(Database& database) {
  FTPSFS_TRY(database.execute("BEGIN"));
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

Status Transaction::commit() {
  FTPSFS_TRY(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace ftpsfs
