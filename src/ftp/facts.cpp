// parse_facts_line: one line of MLSD, or the entry of an MLST reply, in the dialects servers speak (RFC 3659 section
// 7).
#include <algorithm>
#include <utility>

#include "ftp/entry_name.h"
#include "ftpsfs/ftp/ascii.h"
#include "ftpsfs/ftp/listing.h"

namespace ftpsfs::ftp {
namespace {

/// An entry under construction, and what decides about it once all facts are read.
struct Reading {
  ListedEntry entry;
  bool type_told = false;
  bool listed_directory = false;  ///< cdir or pdir
  std::optional<std::uint32_t> raw_mode;
};

/// Does `text` begin with a fact's name and its '='?
bool begins_with_fact(std::string_view text) {
  const std::size_t name_end = text.find_first_of("=; ");
  return name_end != std::string_view::npos && name_end > 0 && text[name_end] == '=';
}

bool is_link_fact(std::string_view text) {
  return starts_with_in_any_case(text, "type=OS.unix=slink:") || starts_with_in_any_case(text, "type=OS.unix=symlink:");
}

/// Where the fact at the front of `text` ends: at a ';' or a space. The target of a symbolic link may hold both: it
/// ends at a ';' with another fact or the space before the name behind it.
std::size_t fact_length(std::string_view text) {
  if (is_link_fact(text)) {
    for (std::size_t i = text.find(';'); i != std::string_view::npos; i = text.find(';', i + 1)) {
      const std::string_view behind = text.substr(i + 1);
      if (behind.starts_with(' ') || begins_with_fact(behind)) return i;
    }
  }
  return std::min(text.find_first_of("; "), text.size());
}

void read_type(std::string_view value, Reading& reading) {
  ListedEntry& entry = reading.entry;
  reading.type_told = true;
  entry.link_target.clear();
  reading.listed_directory = equal_in_any_case(value, "cdir") || equal_in_any_case(value, "pdir");
  if (equal_in_any_case(value, "file")) {
    entry.type = EntryType::kFile;
  } else if (equal_in_any_case(value, "dir") || reading.listed_directory) {
    entry.type = EntryType::kDirectory;
  } else if (starts_with_in_any_case(value, "OS.unix=slink") || starts_with_in_any_case(value, "OS.unix=symlink")) {
    entry.type = EntryType::kSymlink;
    const std::size_t colon = value.find(':');
    if (colon != std::string_view::npos) entry.link_target = value.substr(colon + 1);
  } else {
    entry.type = EntryType::kOther;
  }
}

void read_modify(std::string_view value, ListedEntry& entry) {
  const auto mtime = parse_time_value(value);
  if (!mtime) return;
  entry.mtime = *mtime;
  entry.precision = TimePrecision::kSecond;
}

/// A fact whose value makes no sense counts as not told.
void read_fact(std::string_view name, std::string_view value, Reading& reading) {
  ListedEntry& entry = reading.entry;
  const auto is = [name](std::string_view fact) { return equal_in_any_case(name, fact); };
  if (is("type")) return read_type(value, reading);
  if (is("modify")) return read_modify(value, entry);
  if (is("perm")) entry.perm = lower(value);
  if (is("unique")) entry.unique = value;
  if (is("size") || is("sizd")) entry.size = parse_size(value);
  if (is("UNIX.mode")) reading.raw_mode = parse_number<std::uint32_t>(value, 8);
  if (is("UNIX.uid") || is("UNIX.owner")) entry.uid = parse_number<std::uint32_t>(value);
  if (is("UNIX.gid") || is("UNIX.group")) entry.gid = parse_number<std::uint32_t>(value);
}

/// The type of an entry whose type fact is missing, from what else was told.
EntryType guessed_type(const Reading& reading) {
  switch (reading.raw_mode.value_or(0) & 0170000) {
    case 0040000:
      return EntryType::kDirectory;
    case 0120000:
      return EntryType::kSymlink;
    case 0100000:
    case 0:
      break;
    default:
      return EntryType::kOther;
  }
  constexpr std::string_view kDirectoryPermissions = "celmp";  // RFC 3659 section 7.5.5
  const std::string perm = reading.entry.perm.value_or(std::string());
  return perm.find_first_of(kDirectoryPermissions) != std::string::npos ? EntryType::kDirectory : EntryType::kFile;
}

/// Reads the facts at the front of `text` and takes them off it; what is left is a space and the name, or nothing.
void take_facts(std::string_view& text, Reading& reading) {
  while (!text.empty() && !text.starts_with(' ')) {
    const std::string_view fact = text.substr(0, fact_length(text));
    text.remove_prefix(fact.size());
    if (text.starts_with(';')) text.remove_prefix(1);
    const std::size_t equals = fact.find('=');
    if (equals != std::string_view::npos) read_fact(fact.substr(0, equals), fact.substr(equals + 1), reading);
  }
  if (!reading.type_told) reading.entry.type = guessed_type(reading);
  if (reading.raw_mode) reading.entry.mode = *reading.raw_mode & 07777;
}

/// The last component of `path`; empty for "/".
std::string_view last_component(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

Result<std::optional<ListedEntry>> parse_facts_line(std::string_view line, bool drop_path) {
  if (trim(line).empty()) return std::nullopt;
  std::string_view text = line;
  // In an MLST reply one space comes before the facts; in MLSD a space there means that no facts are told.
  const bool indented = text.starts_with(' ') && (drop_path || begins_with_fact(text.substr(1)));
  if (indented) text.remove_prefix(1);

  Reading reading;
  if (!text.starts_with(' ') && !begins_with_fact(text)) {
    return fail(ErrorKind::kProtocol, "not a line of facts: \"" + printable_text(line) + "\"");
  }
  take_facts(text, reading);
  std::string_view name = text.substr(std::min<std::size_t>(1, text.size()));
  const bool root = drop_path && !name.empty() && name.find_first_not_of('/') == std::string_view::npos;
  if (reading.listed_directory || root) return std::nullopt;
  if (drop_path) name = last_component(name);
  if (is_dot_name(name)) return std::nullopt;
  FTPSFS_TRY(check_entry_name(name));
  reading.entry.name = name;
  return std::move(reading.entry);
}

}  // namespace ftpsfs::ftp
