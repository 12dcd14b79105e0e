// read_entries: fetching a listing, reading its lines, and asking for what they do not tell.
#include "remote/listing.h"

#include <algorithm>
#include <ctime>
#include <map>

#include "remote/entry_conversion.h"
#include "remote/glance.h"
#include "remote/links.h"
#include "remote/list_command.h"
#include "remote/lookup.h"
#include "remote/sizes.h"

namespace ftpsfs::remote {
namespace {

template <typename Visit>
void for_each_line(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    visit(line);
  }
}

/// Pure-FTPd 1.0.48 puts the directory before each name; any other name with a '/' is an error.
ParsedLine parse_mlsd_line(std::string_view line, const std::string& directory) {
  auto parsed = ftp::parse_facts_line(line);
  const std::string before_names = directory.ends_with('/') ? directory : directory + '/';
  if (!parsed && line.find(' ' + before_names) != std::string_view::npos) {
    return ftp::parse_facts_line(line, true);
  }
  return parsed;
}

EntryCollector collect_list(const Charset& charset, std::string_view text, const std::string& directory) {
  const ftp::ListParser parser(std::time(nullptr));
  EntryCollector collector;
  for_each_line(text, [&](std::string_view bytes) {
    const std::string line = charset.decode(bytes);
    collector.take(line, parser.parse(line));
  });
  collector.report(directory);
  return collector;
}

/// The server's time zone as most files tell it, each by the difference of its MDTM and its time in the listing.
class ZoneVote {
 public:
  void cast(std::int64_t exact, std::int64_t listed) {
    constexpr std::int64_t kQuarter = 15 * 60;  // zones differ by quarters of an hour
    constexpr std::int64_t kFarthest = 15 * 3600;
    const std::int64_t difference = exact - listed;
    if (std::abs(difference) > kFarthest) return;
    const std::int64_t rounded = (difference + (difference < 0 ? -kQuarter / 2 : kQuarter / 2)) / kQuarter * kQuarter;
    ++votes_[rounded];
  }
  [[nodiscard]] std::optional<std::chrono::seconds> winner() const {
    const auto best = std::max_element(votes_.begin(), votes_.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return best == votes_.end() ? std::nullopt : std::optional(std::chrono::seconds(best->first));
  }

 private:
  std::map<std::int64_t, std::size_t> votes_;
};

Status ask_exact_times(Conversation& conversation, const RemotePath& directory, EntryCollector& collector) {
  if (!conversation.dialect().has(Ability::kMdtm)) return {};
  Batch batch(conversation);
  std::vector<Entry*> asked;
  for (Entry& entry : collector.entries()) {
    const auto path = directory.child(entry.name);
    if (!path || entry.attributes.type != FileType::kFile || entry.attributes.mtime_exact) continue;
    batch.add("MDTM", *path);
    asked.push_back(&entry);
  }
  FTPSFS_TRY_ASSIGN(const std::vector<ftp::Reply> replies, batch.send());
  ZoneVote vote;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (is_unknown_verb(replies[i].code)) conversation.dialect().lacks(Ability::kMdtm);
    const auto mtime = mdtm_value(replies[i]);
    if (!mtime) continue;
    Attributes& attributes = asked[i]->attributes;
    if (collector.to_the_minute(*asked[i])) vote.cast(*mtime, attributes.mtime);
    attributes.mtime = *mtime;
    attributes.mtime_exact = true;
  }
  if (const auto zone = vote.winner()) conversation.dialect().learn_list_zone(*zone);
  return {};
}

/// LIST of a file, and vsftpd's LIST of a directory that must not be read, show the path itself.
bool lists_only_itself(const RemotePath& listed, const std::vector<Entry>& entries) {
  return !listed.is_root() && entries.size() == 1 && entries.front().name == listed.name();
}

Result<EntryCollector> collect_by_list(Conversation& conversation, const RemotePath& directory) {
  FTPSFS_TRY_ASSIGN(auto by_stat, list_by_stat(conversation, directory));
  if (by_stat) return std::move(*by_stat);
  const std::string argument = conversation.argument(directory);
  FTPSFS_TRY_ASSIGN(const std::string text, fetch_list(conversation, directory));
  const Charset& charset = conversation.server().charset;
  EntryCollector collector = collect_list(charset, text, argument);
  if (lists_only_itself(directory, collector.entries())) {
    FTPSFS_TRY_ASSIGN(const std::string inside, fetch_list_inside(conversation, directory));
    collector = collect_list(charset, inside, argument);
  }
  return collector;
}

/// nullopt when the server has no MLSD.
Result<std::optional<EntryCollector>> collect_by_mlsd(Conversation& conversation, const RemotePath& directory) {
  if (!conversation.dialect().has(Ability::kMlsd)) return std::nullopt;
  FTPSFS_TRY_ASSIGN(const auto text, fetch_mlsd(conversation, directory));
  if (!text) return std::nullopt;
  const std::string argument = conversation.argument(directory);
  EntryCollector collector;
  collect_facts(conversation.server().charset, *text, argument, collector);
  collector.report(argument);
  return collector;
}

}  // namespace

void collect_facts(const Charset& charset, std::string_view lines, const std::string& argument,
                   EntryCollector& collector) {
  for_each_line(lines, [&](std::string_view bytes) {
    const std::string line = charset.decode(bytes);
    collector.take(line, parse_mlsd_line(line, argument));
  });
}

Result<std::vector<Entry>> read_entries(Conversation& conversation, const RemotePath& directory, Times times) {
  FTPSFS_TRY_ASSIGN(auto told_by_facts, collect_by_mlsd(conversation, directory));
  if (told_by_facts) {
    std::vector<Entry>& entries = told_by_facts->entries();
    FTPSFS_TRY(settle_facts(conversation, directory, entries));
    return std::move(entries);
  }
  FTPSFS_TRY_ASSIGN(EntryCollector collector, collect_by_list(conversation, directory));
  if (times == Times::kExact) FTPSFS_TRY(ask_exact_times(conversation, directory, collector));
  collector.shift_to_utc(conversation.dialect());
  FTPSFS_TRY(settle_links(conversation, directory, collector.entries()));
  FTPSFS_TRY(settle_sizes(conversation, directory, collector.entries()));
  return std::move(collector.entries());
}

Result<std::vector<TemporaryFile>> find_temporary_files(Conversation& conversation, const RemotePath& directory) {
  FTPSFS_TRY_ASSIGN(const std::vector<Entry> entries, read_entries(conversation, directory, Times::kAsListed));
  std::vector<TemporaryFile> files;
  for (const Entry& entry : entries) {
    auto file = parse_temporary_name(entry.name);
    if (file && entry.attributes.type == FileType::kFile) files.push_back(*std::move(file));
  }
  return files;
}

Result<LinkTargets> link_targets(Conversation& conversation, const RemotePath& directory) {
  FTPSFS_TRY_ASSIGN(EntryCollector collector, collect_by_list(conversation, directory));
  LinkTargets targets;
  for (Entry& entry : collector.entries()) {
    std::optional<std::string>& target = targets[entry.name];
    if (entry.attributes.type == FileType::kSymlink) target = std::move(entry.attributes.link_target);
  }
  return targets;
}

}  // namespace ftpsfs::remote
