#include "cache/sqlite.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs::cache {
namespace {

tl::unexpected<Error> failure(sqlite3* connection) {
  const bool full = (sqlite3_errcode(connection) & 0xff) == SQLITE_FULL;
  return fail(full ? ErrorKind::kNoSpace : ErrorKind::kIo,
              fmt::format("index of the disk cache: {}", sqlite3_errmsg(connection)));
}

}  // namespace

Status Statement::run(std::initializer_list<std::int64_t> parameters, const RowVisitor& visit) {
  sqlite3_stmt* const statement = statement_.get();
  int place = 0;
  for (const std::int64_t value : parameters) sqlite3_bind_int64(statement, ++place, value);
  std::vector<std::int64_t> row(static_cast<std::size_t>(sqlite3_column_count(statement)));
  int step = 0;
  while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = sqlite3_column_int64(statement, static_cast<int>(i));
    if (visit) visit(row);
  }
  Status outcome;
  if (step != SQLITE_DONE) outcome = failure(sqlite3_db_handle(statement));
  sqlite3_reset(statement);
  return outcome;
}

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

}  // namespace ftpsfs::cache
