// Dialect: what this server can do; learned from FEAT, and from its refusals while we work.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "ftpsfs/ftp/features.h"
#include "ftpsfs/remote/remote_fs.h"

namespace ftpsfs::remote {

enum class Ability : unsigned {
  kMlst,            ///< MLST (RFC 3659 section 7)
  kMlsd,            ///< MLSD, which a server may lack though it has MLST
  kSize,            ///< SIZE (RFC 3659 section 4)
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

/// Any thread may call any member. An ability once lost does not come back.
class Dialect {
 public:
  explicit Dialect(const ftp::Features& features);

  [[nodiscard]] bool has(Ability ability) const { return (abilities_.load() & bit(ability)) != 0; }
  void lacks(Ability ability) { abilities_.fetch_and(~bit(ability)); }

  /// ProFTPD shows a link by MLSx as what it points to (`FactsOptions UseSlink` off, the default).
  [[nodiscard]] bool masks_links() const { return masks_links_; }

  /// The server takes names that differ in case alone for one.
  [[nodiscard]] bool folds_case() const { return folds_case_.load(); }
  void learn_folds_case() { folds_case_ = true; }

  /// What to add to the times in a LIST so that they are UTC; absent until a file's MDTM has told.
  [[nodiscard]] std::optional<std::chrono::seconds> list_zone() const;
  void learn_list_zone(std::chrono::seconds zone) { list_zone_.store(zone.count()); }

  [[nodiscard]] Capabilities capabilities() const;

 private:
  static constexpr std::int64_t kZoneUnknown = INT64_MIN;
  static constexpr std::uint32_t bit(Ability ability) { return 1U << static_cast<unsigned>(ability); }

  const bool masks_links_;
  std::atomic<std::uint32_t> abilities_{~0U};
  std::atomic<std::int64_t> list_zone_{kZoneUnknown};
  std::atomic<bool> folds_case_{false};
};

}  // namespace ftpsfs::remote
