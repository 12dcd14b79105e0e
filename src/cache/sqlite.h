// Sqlite: the little of SQLite that an index of numbers needs, with errors as values.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>

#include "ftpsfs/base/result.h"

namespace ftpsfs::cache {

/// A prepared statement whose parameters and columns are all integers. One thread at a time; ends before its database.
class Statement {
 public:
  using RowVisitor = std::function<void(std::span<const std::int64_t> columns)>;

  /// Runs to its end; `visit`, when given, sees each row of the result.
  Status run(std::initializer_list<std::int64_t> parameters, const RowVisitor& visit = {});

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// A connection that no other process or thread shares. Errors are kIo or, on a full disk, kNoSpace.
class Database {
 public:
  /// Opens `file`, or makes it, readable for its owner alone.
  static Result<Database> open(const std::string& file);

  Status execute(const char* commands);
  Result<Statement> prepare(const char* command);

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close(connection); }
  };
  explicit Database(sqlite3* connection) : connection_(connection) {}

  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace ftpsfs::cache
