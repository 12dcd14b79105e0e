// Features: what FEAT announced (RFC 2389).
#pragma once

#include <string>

#include "ftpsfs/ftp/reply.h"

namespace ftpsfs::ftp {

struct Features {
  bool known = false;  ///< a FEAT reply was received and understood
  bool mlst = false;   ///< MLST and MLSD (RFC 3659 section 7.8)
  bool size = false;
  bool mdtm = false;
  bool mfmt = false;
  bool rest_stream = false;
  bool epsv = false;
  bool utf8 = false;
  bool tvfs = false;
  bool site_utime = false;
  bool site_copy = false;     ///< SITE CPFR and SITE CPTO (ProFTPD's mod_copy)
  bool site_symlink = false;  ///< SITE SYMLINK (ProFTPD's mod_site_misc)
  bool pret = false;
  bool clnt = false;
  bool host = false;    ///< HOST (RFC 7151)
  bool mode_z = false;  ///< MODE Z (draft-preston-ftpext-deflate)
  bool rang = false;
  bool hash_sha256 = false;  ///< HASH (draft-bryan-ftp-hash) with this algorithm; so the next three
  bool hash_sha512 = false;
  bool hash_sha1 = false;
  bool hash_md5 = false;
  bool xsha256 = false;
  bool xsha512 = false;
  bool xsha1 = false;
  bool xmd5 = false;
  std::string mlst_facts;  ///< the fact list as announced, "type*;size*;..."
  std::string languages;   ///< of LANG (RFC 2640 section 4.2), as announced, "en*;fr"
  std::string told;        ///< all of the answer, in one line
};

/// Reads a 211 reply; any other code gives `known == false`.
Features parse_features(const Reply& reply);

}  // namespace ftpsfs::ftp
