// ListParser: lines of LIST told apart by format, and what is no entry of the directory passed over.
#include <algorithm>
#include <utility>

#include "ftp/entry_name.h"
#include "ftp/list_line.h"
#include "ftpsfs/ftp/ascii.h"

namespace ftpsfs::ftp {
namespace {

/// "total 12", which ls writes before the entries.
bool is_total(std::string_view line) {
  return equal_in_any_case(line, "total") || starts_with_in_any_case(line, "total ");
}

}  // namespace

Result<std::optional<ListedEntry>> ListParser::parse(std::string_view line) const {
  // A STAT reply may indent the lines of its listing.
  const std::string_view text = line.substr(std::min(line.find_first_not_of(' '), line.size()));
  if (text.empty() || is_total(text)) return std::nullopt;

  auto entry = is_digit(text.front()) ? parse_dos_line(text) : parse_unix_line(text, now_);
  if (!entry) return fail(ErrorKind::kProtocol, "not a line of a listing: \"" + printable_text(line) + "\"");
  if (is_dot_name(entry->name)) return std::nullopt;
  FTPSFS_TRY(check_entry_name(entry->name));
  return entry;
}

}  // namespace ftpsfs::ftp
