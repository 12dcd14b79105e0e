// learn_letter_case: a name from a listing, asked for in another spelling.
#include "remote/letter_case.h"

#include <algorithm>
#include <cctype>

#include "ftpsfs/base/log.h"
#include "remote/listing.h"
#include "remote/lookup.h"

namespace ftpsfs::remote {
namespace {

std::string in_other_case(std::string name) {
  for (char& c : name) {
    const auto letter = static_cast<unsigned char>(c);
    if (letter < 0x80) c = static_cast<char>(std::isupper(letter) != 0 ? std::tolower(letter) : std::toupper(letter));
  }
  return name;
}

/// A name that is not listed, but would be there if case did not matter.
std::optional<std::string> other_spelling_of_any(const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) {
    const std::string other = in_other_case(entry.name);
    const bool listed =
        std::any_of(entries.begin(), entries.end(), [&](const Entry& each) { return each.name == other; });
    if (!listed) return other;
  }
  return std::nullopt;
}

/// nullopt when there is nothing to ask for.
Result<std::optional<bool>> finds_other_spelling(Conversation& conversation) {
  const RemotePath root;
  const auto entries = read_entries(conversation, root, Times::kAsListed);
  if (!entries && !conversation.session().usable()) return fail(entries.error());
  const auto name = entries ? other_spelling_of_any(*entries) : std::nullopt;
  if (!name) return std::nullopt;
  FTPSFS_TRY_ASSIGN(const RemotePath path, root.child(*name));
  FTPSFS_TRY_ASSIGN(const Presence found, presence(conversation, path));
  return found != Presence::kAbsent;
}

}  // namespace

Status learn_letter_case(Conversation& conversation) {
  Dialect& dialect = conversation.dialect();
  const LetterCase known = dialect.kind().letter_case;
  if (known == LetterCase::kMatters || dialect.found_folding()) return {};
  if (known == LetterCase::kFolded) {
    dialect.learn_folds_case();
  } else {
    FTPSFS_TRY_ASSIGN(const auto folds, finds_other_spelling(conversation));
    if (folds) dialect.find_folding(*folds);
  }
  if (dialect.folds_case()) spdlog::debug("names that differ in case alone are one file's on this server");
  return {};
}

}  // namespace ftpsfs::remote
