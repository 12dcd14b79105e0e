// EntryCollector: the entries of one listing, from its lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "ftpsfs/ftp/listing.h"
#include "remote/dialect.h"

namespace ftpsfs::remote {

using ParsedLine = Result<std::optional<ftp::ListedEntry>>;

/// Collects entries and keeps count of what it had to leave out.
class EntryCollector {
 public:
  void take(std::string_view line, const ParsedLine& parsed);
  /// Logs what was left out of the listing of `directory`, if anything.
  void report(std::string_view directory) const;

  [[nodiscard]] std::vector<Entry>& entries() { return entries_; }
  /// Hands over what was collected since the last time; of two entries with one name among these the first counts.
  [[nodiscard]] std::vector<Entry> take_entries();
  [[nodiscard]] std::size_t left_out() const { return left_out_; }
  [[nodiscard]] bool to_the_minute(const Entry& entry) const { return to_the_minute_.contains(entry.name); }

  /// Moves times that were told to the minute out of the server's zone, once that is known.
  void shift_to_utc(const Dialect& dialect);

 private:
  void leave_out(std::string_view line);

  std::vector<Entry> entries_;
  std::unordered_set<std::string> names_;
  std::unordered_set<std::string> to_the_minute_;
  std::size_t left_out_ = 0;
  std::string first_left_out_;
};

}  // namespace ftpsfs::remote
