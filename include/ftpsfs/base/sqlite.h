// Sqlite: the little of SQLite that indexes and journals need, with errors as values.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "ftpsfs/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace ftpsfs {

/// What a parameter is set to: NULL, a number, or bytes, which are copied.
class SqlValue {
 public:
  SqlValue(std::nullopt_t) {}                          // NOLINT(*-explicit-*): values stand for themselves
  SqlValue(std::int64_t number) : value_(number) {}    // NOLINT(*-explicit-*)
  SqlValue(std::string_view bytes) : value_(bytes) {}  // NOLINT(*-explicit-*)
  SqlValue(const std::string& bytes) : value_(std::string_view(bytes)) {}  // NOLINT(*-explicit-*)
  template <typename T>
  SqlValue(const std::optional<T>& value) {  // NOLINT(*-explicit-*)
    if (value) value_ = static_cast<std::int64_t>(*value);
  }

  void bind(sqlite3_stmt* statement, int place) const;

 private:
  std::variant<std::monostate, std::int64_t, std::string_view> value_;
};

/// One row of a result, while it is visited. Columns are counted from 0.
class SqlRow {
 public:
  explicit SqlRow(sqlite3_stmt* statement) : statement_(statement) {}

  /// 0 for NULL.
  [[nodiscard]] std::int64_t operator[](int column) const;
  [[nodiscard]] std::optional<std::int64_t> number(int column) const;
  [[nodiscard]] std::string bytes(int column) const;

 private:
  sqlite3_stmt* statement_;
};

/// A prepared statement. One thread at a time; ends before its database.
class Statement {
 public:
  using RowVisitor = std::function<void(const SqlRow& row)>;

  /// Runs to its end; `visit`, when given, sees each row of the result.
  Status run(std::initializer_list<SqlValue> parameters, const RowVisitor& visit = {});

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
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
    void operator()(sqlite3* connection) const;
  };
  explicit Database(sqlite3* connection) : connection_(connection) {}

  std::unique_ptr<sqlite3, Close> connection_;
};

/// All changes up to commit(), or, without it, none of them. The database outlives it.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Status commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}

  Database* database_;
};

}  // namespace ftpsfs
