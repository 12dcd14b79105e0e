// diagnose: a bare 550 explained by looking at what is there (vsftpd never gives a reason).
#include <algorithm>

#include "remote/listing.h"
#include "remote/lookup.h"

namespace ftpsfs::remote {
namespace {

/// What a refused verb means where the server gives no reason but we see what stands at its path. Whatever is left
/// unexplained was forbidden.
struct Suspicion {
  std::string_view verb;
  bool creates;  ///< the name may be absent: then its parent tells
  ErrorKind on_file;
  ErrorKind on_directory;
};

constexpr Suspicion kSuspicions[] = {
    {"RETR", false, ErrorKind::kPermission, ErrorKind::kIsDirectory},
    {"DELE", false, ErrorKind::kPermission, ErrorKind::kIsDirectory},
    {"STOR", true, ErrorKind::kPermission, ErrorKind::kIsDirectory},
    {"APPE", true, ErrorKind::kPermission, ErrorKind::kIsDirectory},
    {"MKD", true, ErrorKind::kExists, ErrorKind::kExists},
    {"RNTO", true, ErrorKind::kPermission, ErrorKind::kPermission},
    {"RMD", false, ErrorKind::kNotDirectory, ErrorKind::kPermission},
    {"MLSD", false, ErrorKind::kNotDirectory, ErrorKind::kPermission},
    {"LIST", false, ErrorKind::kNotDirectory, ErrorKind::kPermission},
    {"CWD", false, ErrorKind::kNotDirectory, ErrorKind::kPermission},
};
constexpr Suspicion kAnyOther{"", false, ErrorKind::kPermission, ErrorKind::kPermission};

const Suspicion& suspicion_of(std::string_view verb) {
  const auto* const row = std::find_if(std::begin(kSuspicions), std::end(kSuspicions),
                                       [&](const Suspicion& each) { return each.verb == verb; });
  return row == std::end(kSuspicions) ? kAnyOther : *row;
}

Result<ErrorKind> kind_of_absence(Conversation& conversation, const RemotePath& path, bool creates) {
  if (!creates) return ErrorKind::kNotFound;
  FTPSFS_TRY_ASSIGN(const Presence parent, presence(conversation, path.parent()));
  switch (parent) {
    case Presence::kAbsent:
      return ErrorKind::kNotFound;
    case Presence::kFile:
      return ErrorKind::kNotDirectory;
    case Presence::kDirectory:
      break;
  }
  return ErrorKind::kPermission;
}

Result<ErrorKind> look_for_reason(Conversation& conversation, std::string_view verb, const RemotePath& path) {
  const Suspicion& suspicion = suspicion_of(verb);
  FTPSFS_TRY_ASSIGN(const Presence found, presence(conversation, path));
  if (found == Presence::kAbsent) return kind_of_absence(conversation, path, suspicion.creates);
  if (found == Presence::kFile) return suspicion.on_file;
  if (verb == "RMD") {
    const auto entries = read_entries(conversation, path, Times::kAsListed);
    if (entries && !entries->empty()) return ErrorKind::kNotEmpty;
  }
  return suspicion.on_directory;
}

Error diagnose(Conversation& conversation, const RemotePath& path, const Refusal& refusal) {
  if (const auto kind = meaning_of(refusal)) return to_error(refusal, *kind);
  if (!conversation.session().usable()) return to_error(refusal, ErrorKind::kIo);
  return to_error(refusal, look_for_reason(conversation, refusal.verb, path).value_or(ErrorKind::kIo));
}

}  // namespace

Error diagnose(Conversation& conversation, std::string_view verb, const RemotePath& path, const ftp::Reply& reply) {
  return diagnose(conversation, path, Refusal::of(verb, conversation.argument(path), reply));
}

Error diagnose(Conversation& conversation, std::string_view verb, const RemotePath& path, const Error& error) {
  if (error.reply_code == 0) return error;
  const Refusal refusal{verb, conversation.argument(path), error.reply_code, conversation.decode(error.message)};
  return diagnose(conversation, path, refusal).with_remedy(error.remedy);
}

}  // namespace ftpsfs::remote
