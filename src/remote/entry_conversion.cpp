// Conversions; none of them touches the network.
#include "remote/entry_conversion.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "ftpsfs/ftp/ascii.h"

namespace ftpsfs::remote {
namespace {

bool allows(const ftp::ListedEntry& entry, std::string_view any_of) {
  return !entry.perm || entry.perm->find_first_of(any_of) != std::string::npos;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// The facts of an MLST line with a plain name after them: the server's name for it may be any form of the path, and
/// the one asked for may be its current directory ("cdir"), which is a directory like others here.
std::string with_plain_name(std::string_view line) {
  std::string facts(line.substr(0, line.find(' ')));
  const std::string lower = ftp::lower(facts);
  for (const std::string_view type : {"type=cdir;", "type=pdir;"}) {
    if (const auto at = lower.find(type); at != std::string::npos) facts.replace(at, type.size(), "type=dir;");
  }
  return facts + " entry";
}

}  // namespace

std::optional<Attributes> to_attributes(const ftp::ListedEntry& entry) {
  Attributes attributes;
  switch (entry.type) {
    case ftp::EntryType::kFile:
      attributes.type = FileType::kFile;
      attributes.readable = allows(entry, "r");
      attributes.writable = allows(entry, "wa");
      break;
    case ftp::EntryType::kDirectory:
      attributes.type = FileType::kDirectory;
      attributes.readable = allows(entry, "el");
      attributes.writable = allows(entry, "c");
      break;
    case ftp::EntryType::kSymlink:
      attributes.type = FileType::kSymlink;
      attributes.link_target = entry.link_target;
      break;
    case ftp::EntryType::kOther:
      return std::nullopt;
  }
  attributes.size = entry.size.value_or(0);
  attributes.size_told = entry.size || attributes.type != FileType::kFile;
  attributes.mtime = entry.mtime.value_or(0);
  attributes.mtime_exact = entry.precision == ftp::TimePrecision::kSecond;
  attributes.mode = entry.mode;
  attributes.links = entry.links.value_or(1);
  attributes.unique = entry.unique;
  return attributes;
}

std::optional<ftp::ListedEntry> mlst_entry(const ftp::Reply& reply) {
  if (!reply.success()) return std::nullopt;
  for (const std::string& line : reply.lines) {
    const std::string_view facts = trim(line);
    if (facts.substr(0, facts.find(' ')).find('=') == std::string_view::npos) continue;
    auto entry = ftp::parse_facts_line(with_plain_name(facts), true);
    if (entry && *entry) return std::move(*entry);
  }
  return std::nullopt;
}

std::optional<Attributes> mlst_attributes(const ftp::Reply& reply) {
  const auto entry = mlst_entry(reply);
  return entry ? to_attributes(*entry) : std::nullopt;
}

std::optional<std::string> mlst_facts(const ftp::Reply& reply) {
  if (!reply.success()) return std::nullopt;
  for (const std::string& line : reply.lines) {
    const std::string_view facts = trim(line);
    if (facts.substr(0, facts.find(' ')).find('=') == std::string_view::npos) continue;
    const std::size_t end = facts.find("; ");  // a link's target may hold spaces
    return std::string(facts.substr(0, end == std::string_view::npos ? facts.find(' ') : end + 1));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> size_value(const ftp::Reply& reply) {
  if (!reply.success() || reply.lines.empty()) return std::nullopt;
  const std::string_view text = trim(reply.lines.back());
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> mdtm_value(const ftp::Reply& reply) {
  if (!reply.success() || reply.lines.empty()) return std::nullopt;
  const auto time = ftp::parse_time_value(trim(reply.lines.back()));
  return time ? std::optional(*time) : std::nullopt;
}

}  // namespace ftpsfs::remote
