// Changes to one name: removing, making, and setting what it carries.
#pragma once

#include <cstdint>
#include <string>

#include "remote/conversation.h"

namespace ftpsfs::remote {

Status remove_file(Conversation& conversation, const RemotePath& file);
Status make_directory(Conversation& conversation, const RemotePath& directory);
Status remove_directory(Conversation& conversation, const RemotePath& directory);
/// SITE SYMLINK. kNotPermitted where the server does not know it, or not for such names, or the target does not exist
/// or lies outside the mount.
Status make_link(Conversation& conversation, const RemotePath& link, std::string_view target);

/// Tries each way the server may know: MFMT, MDTM with a time, SITE UTIME. kUnsupported when it knows none.
Status set_mtime(Conversation& conversation, const RemotePath& path, std::int64_t mtime);
/// SITE CHMOD. kUnsupported, from then on without asking, when the server does not know it.
Status set_mode(Conversation& conversation, const RemotePath& path, std::uint32_t mode);

/// The command a way of setting times takes.
struct SetTimeCommand {
  Ability ability;
  std::string verb;
  std::string argument;
};
/// The first way the server is not known to lack; nullopt when none is left.
[[nodiscard]] std::optional<SetTimeCommand> set_time_command(const Conversation& conversation, const RemotePath& path,
                                                             std::int64_t mtime);
/// The argument of SITE; nullopt where the server has no CHMOD, or would take the name for another.
[[nodiscard]] std::optional<std::string> chmod_argument(const Conversation& conversation, const RemotePath& path,
                                                        std::uint32_t mode);

}  // namespace ftpsfs::remote
