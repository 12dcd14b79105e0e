// Listings: MLSx facts (RFC 3659 section 7) and LIST lines turned into entries. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ftpsfs/base/result.h"

namespace ftpsfs::ftp {

enum class EntryType { kFile, kDirectory, kSymlink, kOther };

/// How exactly a listing told a time.
enum class TimePrecision { kUnknown, kDay, kMinute, kSecond };

/// One name as the server described it; what it did not tell is absent.
struct ListedEntry {
  std::string name;  ///< no path, never empty, never "." or ".."
  EntryType type = EntryType::kFile;
  std::optional<std::uint64_t> size;  ///< bytes, below 2^63
  std::optional<std::int64_t> mtime;  ///< seconds since 1970, UTC; for LIST as if the server's zone were UTC
  TimePrecision precision = TimePrecision::kUnknown;
  std::optional<std::uint32_t> mode;  ///< permission bits, at most 07777
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  std::optional<std::uint32_t> links;
  std::string unique;               ///< the unique fact; empty when not told
  std::optional<std::string> perm;  ///< the perm fact, lower case
  std::string link_target;          ///< of a symbolic link; empty when not told
};

/// Parses one MLSD line or the entry line of an MLST reply ("facts SP name"), without its line end; the space that an
/// MLST reply puts before its entry may be there. Facts are matched in any case; unknown ones are ignored, and those
/// whose value makes no sense count as not told. A path before the name is dropped when `drop_path` (MLST, and
/// Pure-FTPd 1.0.48's MLSD), else a '/' in the name is an error. nullopt: the line is blank, or names the listed
/// directory or its parent (cdir, pdir, ".", ".."; with `drop_path` also "/"). Errors: kProtocol for a line that makes
/// no sense or a name that is empty, or holds NUL, CR or LF.
Result<std::optional<ListedEntry>> parse_facts_line(std::string_view line, bool drop_path = false);

/// Parses LIST lines, Unix and DOS, one directory at a time.
class ListParser {
 public:
  /// `now`: seconds since 1970; decides the year of "Mar  3 14:05".
  explicit ListParser(std::int64_t now) : now_(now) {}

  /// Parses a line without its line end; spaces before it are passed over, as a STAT reply may indent its listing. The
  /// year of a date without one is that of the last 12 months, or of the day to come. nullopt: a "total" line, a blank
  /// line, "." or "..". Errors: kProtocol as above, for any '/' in the name too.
  [[nodiscard]] Result<std::optional<ListedEntry>> parse(std::string_view line) const;

 private:
  std::int64_t now_;
};

/// Parses "YYYYMMDDHHMMSS[.fraction]" (RFC 3659 section 2.3) into seconds since 1970; the fraction is dropped. Also
/// takes the "19100" years of old servers. Errors: kProtocol.
Result<std::int64_t> parse_time_value(std::string_view text);
/// The reverse, for MFMT and MDTM; moments outside the years 0 to 9999 give the nearest one inside.
std::string format_time_value(std::int64_t seconds_since_1970);

}  // namespace ftpsfs::ftp
