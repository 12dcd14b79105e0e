// Ability: what servers of one kind can do and others cannot, and how that is called.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ftpsfs::remote {

enum class Ability : unsigned {
  kMlst,            ///< MLST (RFC 3659 section 7)
  kMlsd,            ///< MLSD, which a server may lack though it has MLST
  kSize,            ///< SIZE (RFC 3659 section 4)
  kSizeFact,        ///< MLSx tells the size of files (RFC 3659 section 7.5.7)
  kMdtm,            ///< MDTM (RFC 3659 section 3)
  kListAll,         ///< LIST takes "-a"
  kStatLists,       ///< STAT of a directory lists it, dotfiles and all
  kMfmt,            ///< MFMT time name
  kMdtmSet,         ///< MDTM time name sets the time (vsftpd, Serv-U)
  kSiteUtime,       ///< SITE UTIME name atime mtime ctime UTC
  kSiteUtimeShort,  ///< SITE UTIME time name
  kChmod,           ///< SITE CHMOD mode name
  kAvbl,            ///< AVBL tells the space left
  kSiteQuota,       ///< SITE QUOTA tells what the account may store (ProFTPD)
  kRestart,         ///< REST before RETR
  kSiteCopy,        ///< SITE CPFR and SITE CPTO (ProFTPD)
  kSiteSymlink,     ///< SITE SYMLINK (ProFTPD)
  kRange,           ///< RANG first last before RETR (ProFTPD)
  kRenameReplaces,  ///< RNTO onto an existing file replaces it (not: IIS, FileZilla Server)
  kHashSha256,      ///< HASH (draft-bryan-ftp-hash) with this algorithm; so the next three
  kHashSha512,
  kHashSha1,
  kHashMd5,
  kXsha256,  ///< XSHA256 name tells the checksum; so the next three
  kXsha512,
  kXsha1,
  kXmd5,
};

constexpr unsigned kAbilities = static_cast<unsigned>(Ability::kXmd5) + 1;

/// Several abilities, a bit each.
using Abilities = std::uint32_t;

constexpr Abilities set_of(Ability ability) { return Abilities{1} << static_cast<unsigned>(ability); }
template <typename... Others>
constexpr Abilities set_of(Ability first, Others... others) {
  return set_of(first) | set_of(others...);
}

/// "no MLSD": how its absence is called.
std::string_view name_of_lack(Ability ability);
/// The reverse; nullopt for other words.
std::optional<Ability> ability_lacking(std::string_view name);

}  // namespace ftpsfs::remote
