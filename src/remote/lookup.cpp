// look_up and presence: MLST where there is one, else SIZE, MDTM, CWD and the parent's listing.
#include "remote/lookup.h"

#include <algorithm>
#include <vector>

#include "remote/entry_conversion.h"
#include "remote/listing.h"
#include "remote/sizes.h"

namespace ftpsfs::remote {
namespace {

Attributes plain_directory() {
  Attributes attributes;
  attributes.type = FileType::kDirectory;
  return attributes;
}

/// nullopt when the server has no MLST, which is then remembered.
Result<std::optional<ftp::Reply>> fetch_mlst(Conversation& conversation, const RemotePath& path) {
  FTPSFS_TRY_ASSIGN(ftp::Reply reply, conversation.ask("MLST", path));
  if (is_unknown_verb(reply.code)) {
    conversation.dialect().lacks(Ability::kMlst);
    return std::nullopt;
  }
  if (!reply.refused()) return reply;
  const auto refusal = Refusal::of("MLST", conversation.argument(path), reply);
  return fail(to_error(refusal, meaning_of(refusal).value_or(ErrorKind::kNotFound)));
}

/// nullopt as above.
Result<std::optional<Attributes>> ask_mlst(Conversation& conversation, const RemotePath& path) {
  FTPSFS_TRY_ASSIGN(const auto reply, fetch_mlst(conversation, path));
  if (!reply) return std::nullopt;
  auto attributes = mlst_attributes(*reply);
  if (!attributes) return fail(ErrorKind::kNotFound, "MLST " + path.text() + ": no facts of a file or directory");
  return attributes;
}

Result<Attributes> find_in_parent(Conversation& conversation, const RemotePath& path) {
  FTPSFS_TRY_ASSIGN(const std::vector<Entry> entries, read_entries(conversation, path.parent(), Times::kAsListed));
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const Entry& each) { return each.name == path.name(); });
  if (found == entries.end()) {
    return fail(ErrorKind::kNotFound,
                "LIST " + conversation.argument(path.parent()) + ": does not name " + std::string(path.name()));
  }
  Attributes attributes = found->attributes;
  if (attributes.type == FileType::kFile && !attributes.mtime_exact && conversation.dialect().has(Ability::kMdtm)) {
    FTPSFS_TRY_ASSIGN(const ftp::Reply reply, conversation.ask("MDTM", path));
    if (const auto mtime = mdtm_value(reply)) {
      attributes.mtime = *mtime;
      attributes.mtime_exact = true;
    }
  }
  return attributes;
}

Result<Attributes> look_up_root(Conversation& conversation) {
  if (!conversation.dialect().has(Ability::kMlst)) return plain_directory();
  FTPSFS_TRY_ASSIGN(const ftp::Reply reply, conversation.ask("MLST", RemotePath()));
  const auto attributes = mlst_attributes(reply);
  return attributes && attributes->type == FileType::kDirectory ? *attributes : plain_directory();
}

/// Can it be measured? Then it is a file. Can it be entered? Then it is a directory.
Result<Presence> try_size_and_cwd(Conversation& conversation, const RemotePath& path) {
  Batch batch(conversation);
  const auto size = batch.add("SIZE", path);
  const auto entered = batch.add("CWD", path);
  const auto left = batch.add("CWD", conversation.paths().login_directory());
  FTPSFS_TRY_ASSIGN(const std::vector<ftp::Reply> replies, batch.send());
  if (!replies[left].success()) conversation.discard_afterwards();
  if (replies[entered].success()) return Presence::kDirectory;
  return replies[size].success() ? Presence::kFile : Presence::kAbsent;
}

Result<Presence> presence_of(const Result<Attributes>& attributes) {
  if (attributes) return attributes->type == FileType::kDirectory ? Presence::kDirectory : Presence::kFile;
  if (attributes.error().kind == ErrorKind::kNotFound) return Presence::kAbsent;
  return fail(attributes.error());
}

}  // namespace

Result<Attributes> look_up(Conversation& conversation, const RemotePath& path) {
  if (path.is_root()) return look_up_root(conversation);
  if (conversation.dialect().has(Ability::kMlst)) {
    FTPSFS_TRY_ASSIGN(const auto attributes, ask_mlst(conversation, path));
    if (attributes) {
      std::vector<Entry> entries{{std::string(path.name()), *attributes}};
      FTPSFS_TRY(settle_facts(conversation, path.parent(), entries));
      if (entries.empty()) return fail(ErrorKind::kIo, "the server does not tell the size of " + path.text());
      return entries.front().attributes;
    }
  }
  return find_in_parent(conversation, path);
}

Result<std::optional<std::string>> ask_facts(Conversation& conversation, const RemotePath& path) {
  FTPSFS_TRY_ASSIGN(const auto reply, fetch_mlst(conversation, path));
  return reply ? mlst_facts(*reply) : std::nullopt;
}

Result<Presence> presence(Conversation& conversation, const RemotePath& path) {
  const Dialect& dialect = conversation.dialect();
  const bool can_come_back = !conversation.paths().login_directory().empty();
  if (!dialect.has(Ability::kMlst) && dialect.has(Ability::kSize) && can_come_back) {
    return try_size_and_cwd(conversation, path);
  }
  return presence_of(look_up(conversation, path));
}

}  // namespace ftpsfs::remote
