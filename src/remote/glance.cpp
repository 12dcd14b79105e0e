#include "remote/glance.h"

#include <ctime>
#include <random>
#include <string>
#include <utility>

#include "remote/entry_conversion.h"
#include "remote/links.h"
#include "remote/sizes.h"

namespace ftpsfs::remote {
namespace {

constexpr std::size_t kLongestReply = 16U << 20U;

/// STAT takes some paths for patterns (Pure-FTPd), and could list another directory; and for options, where paths are
/// relative because the server does not tell its directory.
bool can_list_by_stat(Conversation& conversation, std::string_view argument) {
  if (!conversation.dialect().has(Ability::kStatLists) || conversation.paths().login_directory().empty()) return false;
  const std::string bytes = conversation.bytes_of(argument);
  const bool misread =
      bytes.empty() || bytes.starts_with('-') || bytes.find_first_of("*?[]{}~\\") != std::string_view::npos;
  return !misread;
}

/// STAT commands, and behind them one whose answer repeats a number nobody could foresee, so that no reply was
/// miscounted: a server may show a name with a line end in it as it is, and what follows could look like a reply.
class StatBatch {
 public:
  explicit StatBatch(Conversation& conversation) : conversation_(conversation), batch_(conversation) {}

  std::size_t add(std::string_view verb, std::string_view argument) {
    lists_ = lists_ || verb == "STAT";
    return batch_.add(verb, argument);
  }

  /// kProtocol when the replies cannot be told apart; STAT is not used again then.
  Result<std::vector<ftp::Reply>> send() {
    if (!lists_) return batch_.send();
    const std::string number = std::to_string(std::random_device{}() | 1U);
    const auto fence = batch_.add("REST", number);
    const auto end = batch_.add("REST", "0");
    auto replies = batch_.send(kLongestReply);
    if (!replies && replies.error().kind != ErrorKind::kProtocol) return replies;
    const bool told_apart = replies && (*replies)[fence].code == 350 && (*replies)[end].code == 350 &&
                            (*replies)[fence].text().find(number) != std::string::npos;
    if (told_apart) return replies;
    conversation_.dialect().lacks(Ability::kStatLists);
    conversation_.discard_afterwards();
    if (!replies) return replies;
    return fail(ErrorKind::kProtocol, "the replies to STAT cannot be told apart");
  }

 private:
  Conversation& conversation_;
  Batch batch_;
  bool lists_ = false;
};

/// The listing in a reply to STAT. Only one that shows "." is that of a directory, whole and with its dotfiles.
std::optional<EntryCollector> read_stat(const ftp::Reply& reply, const ftp::ListParser& parser) {
  if (reply.code < 211 || reply.code > 213 || reply.lines.size() < 3) return std::nullopt;
  EntryCollector collector;
  bool whole = false;
  for (std::size_t i = 1; i + 1 < reply.lines.size(); ++i) {
    const std::string& line = reply.lines[i];
    const ParsedLine parsed = parser.parse(line);
    whole = whole || (parsed && !*parsed && line.ends_with(" ."));
    collector.take(line, parsed);
  }
  if (!whole || collector.left_out() > 0) return std::nullopt;
  return collector;
}

void note_refusal(Dialect& dialect, const ftp::Reply& reply) {
  if (is_unknown_verb(reply.code)) dialect.lacks(Ability::kStatLists);
}

void mark_provisional(const Dialect& dialect, std::vector<Entry>& entries) {
  const bool all = dialect.has(Ability::kMlst);
  const bool files = all || dialect.has(Ability::kMdtm);
  for (Entry& entry : entries) {
    Attributes& attributes = entry.attributes;
    attributes.provisional = attributes.type == FileType::kFile ? files && !attributes.mtime_exact : all;
  }
}

/// MLST may tell of what the link points to, or of nothing; but the time is the link's (ProFTPD).
void complete_link(const ftp::Reply& told, Attributes& link) {
  const auto facts = mlst_attributes(told);
  if (!facts || !facts->mtime_exact) return;
  link.mtime = facts->mtime;
  link.mtime_exact = true;
}

}  // namespace

Result<std::optional<EntryCollector>> list_by_stat(Conversation& conversation, const RemotePath& directory) {
  const std::string argument = conversation.argument(directory);
  if (!can_list_by_stat(conversation, argument)) return std::nullopt;
  StatBatch batch(conversation);
  batch.add("STAT", argument);
  auto replies = batch.send();
  if (!replies) {
    Error error = std::move(replies).error();
    // With the session gone it is worth a second attempt, which lists without STAT.
    if (error.kind == ErrorKind::kProtocol) error.kind = ErrorKind::kConnectionLost;
    return fail(std::move(error));
  }
  note_refusal(conversation.dialect(), replies->front());
  return read_stat(replies->front(), ftp::ListParser(std::time(nullptr)));
}

Result<std::vector<Glance>> glance(Conversation& conversation, const std::vector<GlanceRequest>& requests) {
  if (!conversation.dialect().has(Ability::kStatLists)) return fail(ErrorKind::kUnsupported, "no listings by STAT");
  struct Places {
    std::optional<std::size_t> itself;
    std::optional<std::size_t> entries;
  };
  const Dialect& dialect = conversation.dialect();
  std::vector<Places> places(requests.size());
  StatBatch batch(conversation);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const std::string argument = conversation.argument(requests[i].directory);
    if (requests[i].itself && dialect.has(Ability::kMlst)) places[i].itself = batch.add("MLST", argument);
    if (can_list_by_stat(conversation, argument)) places[i].entries = batch.add("STAT", argument);
  }
  FTPSFS_TRY_ASSIGN(const std::vector<ftp::Reply> replies, batch.send());

  const ftp::ListParser parser(std::time(nullptr));
  std::vector<Glance> glances(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (places[i].itself) glances[i].itself = mlst_attributes(replies[*places[i].itself]);
    if (!places[i].entries) continue;
    const ftp::Reply& told = replies[*places[i].entries];
    note_refusal(conversation.dialect(), told);
    auto collector = read_stat(told, parser);
    if (!collector) continue;
    collector->shift_to_utc(dialect);
    FTPSFS_TRY(settle_links(conversation, requests[i].directory, collector->entries()));
    FTPSFS_TRY(settle_sizes(conversation, requests[i].directory, collector->entries()));
    std::erase_if(collector->entries(), [](const Entry& entry) { return is_own_temporary_name(entry.name); });
    mark_provisional(dialect, collector->entries());
    glances[i].entries = std::move(collector->entries());
  }
  return glances;
}

Result<std::vector<std::optional<Attributes>>> refine(Conversation& conversation, const std::vector<Named>& names) {
  const Dialect& dialect = conversation.dialect();
  const bool by_mlst = dialect.has(Ability::kMlst);
  const std::string_view verb = by_mlst ? "MLST" : "MDTM";
  Batch batch(conversation);
  for (const Named& named : names) batch.add(verb, named.path);
  FTPSFS_TRY_ASSIGN(const std::vector<ftp::Reply> replies, batch.send());
  std::vector<std::optional<Attributes>> refined;
  refined.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    Attributes attributes = names[i].attributes;
    attributes.provisional = false;
    if (attributes.type == FileType::kSymlink) {
      complete_link(replies[i], attributes);
      refined.emplace_back(std::move(attributes));
      continue;
    }
    if (replies[i].refused()) {
      const auto refusal = Refusal::of(verb, conversation.argument(names[i].path), replies[i]);
      if (meaning_of(refusal) == ErrorKind::kNotFound) {
        refined.emplace_back(std::nullopt);
        continue;
      }
    }
    if (by_mlst && replies[i].success()) {
      if (auto told = mlst_attributes(replies[i])) {
        if (!told->size_told) told->size = attributes.size;
        attributes = std::move(*told);
        attributes.size_told = true;
      }
    } else if (const auto mtime = by_mlst ? std::nullopt : mdtm_value(replies[i])) {
      attributes.mtime = *mtime;
      attributes.mtime_exact = true;
    }
    refined.emplace_back(std::move(attributes));
  }
  return refined;
}

}  // namespace ftpsfs::remote
