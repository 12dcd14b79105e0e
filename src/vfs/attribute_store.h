// AttributeStore: what the AttributeMemory knows, on the local disk, from one mount to the next.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ftpsfs/base/sqlite.h"
#include "ftpsfs/remote/remote_path.h"

namespace ftpsfs::vfs {

/// A value that was set here, and what the server told in its place when it first told one afterwards.
template <typename T>
struct Remembered {
  T wanted{};
  std::optional<T> told;

  bool operator==(const Remembered&) const = default;
};

/// What is remembered of one name.
struct RememberedAttributes {
  std::optional<Remembered<std::int64_t>> mtime;  ///< seconds since 1970, UTC
  std::optional<Remembered<std::uint32_t>> mode;  ///< permission bits, at most 07777

  [[nodiscard]] bool empty() const { return !mtime && !mode; }
  bool operator==(const RememberedAttributes&) const = default;
};

/// A SQLite database (WAL, synchronous=NORMAL: a power cut may take the last changes, not the rest). One thread at a
/// time, and no other process has the file. Errors: kNoSpace, kIo; after one it is of no more use.
class AttributeStore {
 public:
  using Entry = std::pair<remote::RemotePath, RememberedAttributes>;
  struct Opened {
    std::unique_ptr<AttributeStore> store;
    std::vector<Entry> entries;  ///< all, the one changed last at the end
  };

  /// Opens `file` or makes it. One that is damaged is moved aside, as `file`.damaged, and begun anew.
  static Result<Opened> open(const std::string& file);

  /// Writes these, all or none; an empty one is removed.
  Status write(std::span<const Entry> changes);

 private:
  struct Statements {
    Statement put, remove;
  };
  AttributeStore(Database database, Statements statements)
      : database_(std::move(database)), statements_(std::move(statements)) {}
  static Result<Opened> try_open(const std::string& file);
  Result<std::vector<Entry>> load();

  Database database_;
  Statements statements_;
};

}  // namespace ftpsfs::vfs
