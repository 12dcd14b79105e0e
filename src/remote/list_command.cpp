// fetch_mlsd and fetch_list.
#include "remote/list_command.h"

#include <array>

#include "remote/lookup.h"

namespace ftpsfs::remote {
namespace {

constexpr std::size_t kLongestListing = 256U << 20U;

struct Listing {
  std::string text;
  ftp::Reply final_reply;
};

/// One listing verb from start to its final reply. A refusal, early or late, is an error with its reply code.
Result<Listing> fetch(Conversation& conversation, std::string_view verb, std::string_view argument) {
  FTPSFS_TRY_ASSIGN(auto transfer, conversation.start(verb, argument, {.brief = true}));
  Listing listing;
  std::array<std::byte, 32768> buffer;
  for (;;) {
    FTPSFS_TRY_ASSIGN(const std::size_t count, transfer->read(buffer, conversation.context()));
    if (count == 0) break;
    listing.text.append(reinterpret_cast<const char*>(buffer.data()), count);
    if (listing.text.size() > kLongestListing) return fail(ErrorKind::kIo, "the listing is longer than 256 MiB");
  }
  FTPSFS_TRY_ASSIGN(listing.final_reply, transfer->finish(conversation.context()));
  if (listing.final_reply.refused()) {
    return fail(ErrorKind::kIo, listing.final_reply.text(), listing.final_reply.code);
  }
  return listing;
}

/// True where LIST would take the path, as the server gets it, for a pattern, an option or several arguments.
bool list_would_misread(std::string_view bytes) {
  return bytes.find_first_of("*?[]{}~ \\") != std::string_view::npos || bytes.starts_with('-');
}

/// Goes into a directory for as long as it lives.
class Visit {
 public:
  static Result<Visit> enter(Conversation& conversation, const RemotePath& directory) {
    FTPSFS_TRY_ASSIGN(const ftp::Reply reply, conversation.ask("CWD", directory));
    if (!reply.success()) return fail(diagnose(conversation, "CWD", directory, reply));
    return Visit(conversation);
  }
  Visit(Visit&& other) noexcept : conversation_(std::exchange(other.conversation_, nullptr)) {}
  Visit& operator=(Visit&&) = delete;
  ~Visit() {
    if (conversation_ != nullptr) leave();
  }

 private:
  explicit Visit(Conversation& conversation) : conversation_(&conversation) {}

  void leave() {
    const std::string& home = conversation_->paths().login_directory();
    if (!conversation_->session().usable()) return;
    const auto reply = home.empty() ? fail(ErrorKind::kUnsupported, "no way back") : conversation_->ask("CWD", home);
    if (!reply || !reply->success()) conversation_->discard_afterwards();
  }

  Conversation* conversation_;
};

/// LIST with "-a" where the server takes it; one that takes "-a" for a name is found out, and remembered.
Result<Listing> fetch_with_dotfiles(Conversation& conversation, const std::string& argument) {
  Dialect& dialect = conversation.dialect();
  if (dialect.has(Ability::kListAll)) {
    auto listing = fetch(conversation, "LIST", argument.empty() ? "-a" : "-a " + argument);
    const bool refused = !listing && listing.error().reply_code / 100 == 5 &&
                         !is_data_channel_refusal(listing.error().reply_code) && conversation.session().usable();
    if (!refused) return listing;
    auto without = fetch(conversation, "LIST", argument);
    if (without && !without->text.empty()) dialect.lacks(Ability::kListAll);
    return without;
  }
  return fetch(conversation, "LIST", argument);
}

/// Refusals that some servers answer with for an empty directory: 450, and 550 without a telling reason.
bool may_mean_empty(const Refusal& refusal) {
  if (refusal.code != 450 && refusal.code != 550) return false;
  const auto kind = meaning_of(refusal);
  return !kind || *kind == ErrorKind::kNotFound || *kind == ErrorKind::kBusy;
}

/// A listing without a line, or a refusal, taken for that of an empty directory, or else explained.
Status accept_as_empty(Conversation& conversation, const RemotePath& directory, const Result<Listing>& listing) {
  const std::string argument = conversation.argument(directory);
  if (!listing) {
    const Error& error = listing.error();
    if (may_mean_empty({"LIST", argument, error.reply_code, error.message})) return {};
    return fail(diagnose(conversation, "LIST", directory, error));
  }
  constexpr std::string_view kUnreadable = "failed to open directory";  // vsftpd, in a 226
  if (listing->final_reply.text().find(kUnreadable) == std::string::npos) return {};
  return fail(to_error(Refusal::of("LIST", argument, listing->final_reply), ErrorKind::kPermission));
}

}  // namespace

Status check_directory(Conversation& conversation, const RemotePath& directory) {
  const std::string what = "LIST " + conversation.argument(directory);
  FTPSFS_TRY_ASSIGN(const Presence found, presence(conversation, directory));
  switch (found) {
    case Presence::kAbsent:
      return fail(ErrorKind::kNotFound, what + ": there is no such directory");
    case Presence::kFile:
      return fail(ErrorKind::kNotDirectory, what + ": that is a file");
    case Presence::kDirectory:
      break;
  }
  return {};
}

Result<std::optional<std::string>> fetch_mlsd(Conversation& conversation, const RemotePath& directory) {
  auto listing = fetch(conversation, "MLSD", conversation.argument(directory));
  if (listing) {
    if (listing->text.empty()) FTPSFS_TRY(check_directory(conversation, directory));
    return std::move(listing->text);
  }
  if (is_unknown_verb(listing.error().reply_code)) {
    conversation.dialect().lacks(Ability::kMlsd);
    return std::nullopt;
  }
  return fail(diagnose(conversation, "MLSD", directory, listing.error()));
}

Result<std::string> fetch_list(Conversation& conversation, const RemotePath& directory) {
  const std::string argument = conversation.argument(directory);
  if (list_would_misread(conversation.bytes_of(argument))) return fetch_list_inside(conversation, directory);
  const Result<Listing> listing = fetch_with_dotfiles(conversation, argument);
  if (listing && !listing->text.empty()) return listing->text;
  FTPSFS_TRY(accept_as_empty(conversation, directory, listing));
  FTPSFS_TRY(check_directory(conversation, directory));
  return std::string();
}

Result<std::string> fetch_list_inside(Conversation& conversation, const RemotePath& directory) {
  FTPSFS_TRY_ASSIGN(const Visit visit, Visit::enter(conversation, directory));
  const Result<Listing> listing = fetch_with_dotfiles(conversation, "");
  if (listing && !listing->text.empty()) return listing->text;
  FTPSFS_TRY(accept_as_empty(conversation, directory, listing));
  return std::string();
}

}  // namespace ftpsfs::remote
