// learn_letter_case: a name from a listing, asked for in another spelling.
#include "remote/letter_case.h"

#include <algorithm>
#include <cctype>

#include "ftpsfs/base/log.h"
#include "remote/listing.h"
#include "remote/lookup.h"

namespace ftpsfs::remote {
namespace {

enum class Host { kWindows, kAny };

struct Greeting {
  std::string_view words;
  Host host;
};
constexpr Greeting kGreetings[] = {
    {"Microsoft FTP Service", Host::kWindows},
    {"FileZilla Server", Host::kAny},
    {"Serv-U", Host::kAny},
    {"Wing FTP", Host::kAny},
    {"CrushFTP", Host::kAny},
    {"Cerberus", Host::kWindows},
    {"Xlight", Host::kWindows},
};

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
  const std::string& greeting = conversation.session().greeting();
  const auto* const known = std::find_if(std::begin(kGreetings), std::end(kGreetings), [&](const Greeting& each) {
    return greeting.find(each.words) != std::string::npos;
  });
  Dialect& dialect = conversation.dialect();
  if (known == std::end(kGreetings) || dialect.found_folding()) return {};
  if (known->host == Host::kWindows) {
    dialect.learn_folds_case();
  } else {
    FTPSFS_TRY_ASSIGN(const auto folds, finds_other_spelling(conversation));
    if (folds) dialect.find_folding(*folds);
  }
  if (dialect.folds_case()) spdlog::debug("names that differ in case alone are one file's on this server");
  return {};
}

}  // namespace ftpsfs::remote
