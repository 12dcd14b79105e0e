// LIST lines in the style of DOS: date, time, a size or a tag such as <DIR>, name.
#include <algorithm>

#include "ftp/entry_name.h"
#include "ftp/list_columns.h"
#include "ftp/list_line.h"
#include "ftpsfs/ftp/ascii.h"

namespace ftpsfs::ftp {
namespace {

/// A size ends, and a name begins, this many characters behind the '<' of a tag.
constexpr std::size_t kTagToName = 15;

/// Directories that stand elsewhere are directories to a client; a link to a file is a file.
std::optional<EntryType> tagged_type(std::string_view tag) {
  for (const std::string_view directory : {"<DIR>", "<JUNCTION>", "<SYMLINKD>"}) {
    if (equal_in_any_case(tag, directory)) return EntryType::kDirectory;
  }
  if (equal_in_any_case(tag, "<SYMLINK>")) return EntryType::kFile;
  return std::nullopt;
}

/// The name behind a tag: at its column when the line is laid out in columns, else behind the spaces.
std::string_view name_behind_tag(std::string_view line, const Word& tag) {
  const std::size_t first = line.find_first_not_of(' ', tag.end);
  if (first == std::string_view::npos) return {};
  return line.substr(std::min(first, tag.begin + kTagToName));
}

/// Cuts the " [C:\target]" that follows the name of a junction or a link.
std::string_view without_target(std::string_view name) {
  const std::size_t bracket = name.rfind(" [");
  return name.ends_with(']') && bracket != std::string_view::npos ? name.substr(0, bracket) : name;
}

}  // namespace

std::optional<ListedEntry> parse_dos_line(std::string_view line) {
  const std::vector<Word> words = split_columns(line);
  if (words.size() < 4) return std::nullopt;
  CivilTime time;
  if (!read_numeric_date(words[0].text, time) || !read_clock(words[1].text, time)) return std::nullopt;

  ListedEntry entry;
  entry.mtime = unix_seconds(time);
  entry.precision = TimePrecision::kMinute;
  const Word& column = words[2];
  if (const auto type = tagged_type(column.text)) {
    entry.type = *type;
    const std::string_view name = name_behind_tag(line, column);
    entry.name = equal_in_any_case(column.text, "<DIR>") ? name : without_target(name);
  } else {
    entry.size = parse_size(column.text);
    if (!entry.size) return std::nullopt;
    entry.name = line.substr(column.end + 1);
  }
  if (!entry.mtime) return std::nullopt;
  return entry;
}

}  // namespace ftpsfs::ftp
