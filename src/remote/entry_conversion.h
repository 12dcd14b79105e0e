// From what a listing says of an entry to attributes, and single values out of replies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ftpsfs/ftp/listing.h"
#include "ftpsfs/ftp/reply.h"
#include "ftpsfs/remote/attributes.h"

namespace ftpsfs::remote {

/// nullopt for what a file system client has no use for: devices, sockets, pipes. `readable` and `writable` follow the
/// perm fact (RFC 3659 section 7.5.5): "r", and "w" or "a", of a file; "e" or "l", and "c", of a directory; true when
/// it is not told.
[[nodiscard]] std::optional<Attributes> to_attributes(const ftp::ListedEntry& entry);

/// The entry in the reply to MLST; its name is not the file's. nullopt when it has no line of facts.
[[nodiscard]] std::optional<ftp::ListedEntry> mlst_entry(const ftp::Reply& reply);
/// The attributes in it: nullopt when it has no line of facts, or names no file, directory or link.
[[nodiscard]] std::optional<Attributes> mlst_attributes(const ftp::Reply& reply);

/// Its facts as the server told them, "type=file;size=3;".
[[nodiscard]] std::optional<std::string> mlst_facts(const ftp::Reply& reply);

/// The number in a 213 reply to SIZE; nullopt for a refusal or nonsense.
[[nodiscard]] std::optional<std::uint64_t> size_value(const ftp::Reply& reply);

/// The time in a 213 reply to MDTM, seconds since 1970; nullopt for a refusal or nonsense.
[[nodiscard]] std::optional<std::int64_t> mdtm_value(const ftp::Reply& reply);

}  // namespace ftpsfs::remote
