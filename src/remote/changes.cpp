// Changes to one name; each is one command and the meaning of its reply.
#include "remote/changes.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "ftpsfs/ftp/listing.h"
#include "remote/lookup.h"
#include "remote/site_names.h"

namespace ftpsfs::remote {
namespace {

Status ask_and_judge(Conversation& conversation, std::string_view verb, const RemotePath& path) {
  FTPSFS_TRY_ASSIGN(const ftp::Reply reply, conversation.ask(verb, path));
  if (reply.success()) return {};
  return fail(diagnose(conversation, verb, path, reply));
}

/// SITE SYMLINK knows its two names by the space between them.
bool is_one_word(std::string_view bytes) { return bytes.find_first_of(" \t\v\f\"") == std::string_view::npos; }

/// As ProFTPD reads a word that holds anything.
std::string quoted(std::string_view bytes) {
  std::string text = "\"";
  for (const char c : bytes) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

/// Behind a word in quotes ProFTPD would take a space for one more word, an empty one.
std::string link_argument(std::string_view target, std::string_view link) {
  if (is_one_word(target) && is_one_word(link)) return fmt::format("SYMLINK {} {}", target, link);
  return fmt::format("SYMLINK {}{}", quoted(target), quoted(link));
}

/// In quotes the server takes a backslash for an escape, also where it is a part of another letter (CP932, GBK).
bool hides_backslash(const Conversation& conversation, std::string_view argument) {
  const std::string bytes = conversation.bytes_of(argument);
  return argument.find('"') != argument.npos &&
         std::count(bytes.begin(), bytes.end(), '\\') != std::count(argument.begin(), argument.end(), '\\');
}

struct SetTimeWay {
  Ability ability;
  std::string_view verb;
  std::string_view argument;  ///< with {0} for the time and {1} for the path
};
constexpr SetTimeWay kSetTimeWays[] = {
    {Ability::kMfmt, "MFMT", "{0} {1}"},
    {Ability::kMdtmSet, "MDTM", "{0} {1}"},
    {Ability::kSiteUtime, "SITE", "UTIME {1} {0} {0} {0} UTC"},
    {Ability::kSiteUtimeShort, "SITE", "UTIME {0} {1}"},
};

SetTimeCommand make_command(const SetTimeWay& way, const Conversation& conversation, const RemotePath& path,
                            std::int64_t mtime) {
  return {way.ability, std::string(way.verb),
          fmt::format(fmt::runtime(way.argument), ftp::format_time_value(mtime), conversation.argument(path))};
}

bool can_go(const SetTimeWay& way, const Conversation& conversation, const RemotePath& path) {
  if (!conversation.dialect().has(way.ability)) return false;
  return way.verb != "SITE" || survives_site(conversation.bytes_of(conversation.argument(path)));
}

/// A server that knows MDTM for asking alone takes time and name together for a name, and finds no such file.
Result<bool> took_time_for_name(Conversation& conversation, const SetTimeWay& way, const RemotePath& path,
                                const Error& error) {
  if (way.ability != Ability::kMdtmSet || error.kind != ErrorKind::kNotFound) return false;
  FTPSFS_TRY_ASSIGN(const Presence found, presence(conversation, path));
  return found != Presence::kAbsent;
}

}  // namespace

Status remove_file(Conversation& conversation, const RemotePath& file) {
  return ask_and_judge(conversation, "DELE", file);
}

Status make_directory(Conversation& conversation, const RemotePath& directory) {
  return ask_and_judge(conversation, "MKD", directory);
}

Status remove_directory(Conversation& conversation, const RemotePath& directory) {
  return ask_and_judge(conversation, "RMD", directory);
}

Status make_link(Conversation& conversation, const RemotePath& link, std::string_view target) {
  if (!conversation.dialect().has(Ability::kSiteSymlink)) {
    return fail(ErrorKind::kNotPermitted, "the server cannot make symbolic links");
  }
  const auto place = conversation.paths().place_of_target(link, target);
  if (!place) return fail(ErrorKind::kNotPermitted, link.text() + " would lead out of the mount");
  const std::string argument = link_argument(conversation.argument(*place), conversation.argument(link));
  if (hides_backslash(conversation, argument)) {
    return fail(ErrorKind::kNotPermitted, "SITE SYMLINK would mistake these names");
  }
  FTPSFS_TRY_ASSIGN(const ftp::Reply reply, conversation.ask("SITE", argument));
  if (reply.success()) return {};
  if (is_unknown_verb(reply.code)) conversation.dialect().lacks(Ability::kSiteSymlink);
  const Refusal refusal = Refusal::of("SITE", argument, reply);
  const auto meaning = meaning_of(refusal);
  const bool tells = meaning == ErrorKind::kExists || meaning == ErrorKind::kNotFound;
  return fail(to_error(refusal, tells ? *meaning : ErrorKind::kNotPermitted));
}

std::optional<SetTimeCommand> set_time_command(const Conversation& conversation, const RemotePath& path,
                                               std::int64_t mtime) {
  for (const SetTimeWay& way : kSetTimeWays) {
    if (can_go(way, conversation, path)) return make_command(way, conversation, path, mtime);
  }
  return std::nullopt;
}

Status set_mtime(Conversation& conversation, const RemotePath& path, std::int64_t mtime) {
  std::optional<Error> refused;
  for (const SetTimeWay& way : kSetTimeWays) {
    if (!can_go(way, conversation, path)) continue;
    const SetTimeCommand command = make_command(way, conversation, path, mtime);
    FTPSFS_TRY_ASSIGN(const ftp::Reply reply, conversation.ask(command.verb, command.argument));
    if (reply.success()) return {};
    if (is_unknown_verb(reply.code) || reply.code == 501) {
      conversation.dialect().lacks(way.ability);
      continue;
    }
    Error error = diagnose(conversation, way.verb, path, reply);
    FTPSFS_TRY_ASSIGN(const bool misread, took_time_for_name(conversation, way, path, error));
    if (misread) {
      conversation.dialect().lacks(way.ability);
    } else if (!refused) {
      refused = std::move(error);
    }
  }
  if (refused) return fail(std::move(*refused));
  return fail(ErrorKind::kUnsupported, "the server has no command to set a file's time");
}

std::optional<std::string> chmod_argument(const Conversation& conversation, const RemotePath& path,
                                          std::uint32_t mode) {
  if (!conversation.dialect().has(Ability::kChmod)) return std::nullopt;
  const std::string argument = conversation.argument(path);
  if (!survives_site(conversation.bytes_of(argument))) return std::nullopt;
  return fmt::format("CHMOD {:o} {}", mode, argument);
}

Status set_mode(Conversation& conversation, const RemotePath& path, std::uint32_t mode) {
  Dialect& dialect = conversation.dialect();
  const auto argument = chmod_argument(conversation, path, mode);
  if (!argument) return fail(ErrorKind::kUnsupported, "the server has no SITE CHMOD, or would mistake the name in it");
  FTPSFS_TRY_ASSIGN(const ftp::Reply reply, conversation.ask("SITE", *argument));
  if (reply.success()) return {};
  if (is_unknown_verb(reply.code)) dialect.lacks(Ability::kChmod);
  return fail(diagnose(conversation, "SITE", path, reply));
}

}  // namespace ftpsfs::remote
