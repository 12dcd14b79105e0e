// Looking at single names: attributes, mere presence, and the reason behind a refusal that gives none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "remote/conversation.h"

namespace ftpsfs::remote {

/// The attributes of `path`; links are settled as in links.h. Errors: kNotFound, kNotDirectory, kPermission and those
/// of a session.
Result<Attributes> look_up(Conversation& conversation, const RemotePath& path);

/// The facts that MLST tells of `path`, in the server's words; nullopt when it tells none. Errors: as look_up().
Result<std::optional<std::string>> ask_facts(Conversation& conversation, const RemotePath& path);

enum class Presence { kAbsent, kFile, kDirectory };

/// What stands at `path`, in one round trip; a link counts as what it points to. What can be neither measured nor
/// entered counts as absent.
Result<Presence> presence(Conversation& conversation, const RemotePath& path);

/// The error of a refused command, whose reason is looked for on the server when neither code nor words give it.
Error diagnose(Conversation& conversation, std::string_view verb, const RemotePath& path, const ftp::Reply& reply);
/// The same for an error of Transfer or Session::start; one that is no refusal comes back as it is.
Error diagnose(Conversation& conversation, std::string_view verb, const RemotePath& path, const Error& error);

}  // namespace ftpsfs::remote
