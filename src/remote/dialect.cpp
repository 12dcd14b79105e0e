// Dialect: how FEAT is understood.
#include "remote/dialect.h"

#include "ftpsfs/ftp/ascii.h"

namespace ftpsfs::remote {

namespace {

/// Nobody is asked for these on a guess.
struct OnlyAnnounced {
  bool ftp::Features::*announced;
  Ability ability;
};
constexpr OnlyAnnounced kOnlyAnnounced[] = {
    {&ftp::Features::site_copy, Ability::kSiteCopy},
    {&ftp::Features::site_symlink, Ability::kSiteSymlink},
    {&ftp::Features::rang, Ability::kRange},
    {&ftp::Features::hash_sha256, Ability::kHashSha256},
    {&ftp::Features::hash_sha512, Ability::kHashSha512},
    {&ftp::Features::hash_sha1, Ability::kHashSha1},
    {&ftp::Features::hash_md5, Ability::kHashMd5},
    {&ftp::Features::xsha256, Ability::kXsha256},
    {&ftp::Features::xsha512, Ability::kXsha512},
    {&ftp::Features::xsha1, Ability::kXsha1},
    {&ftp::Features::xmd5, Ability::kXmd5},
};

Abilities abilities_told(const ftp::Features& features) {
  Abilities told = ~Abilities{0};
  for (const OnlyAnnounced& each : kOnlyAnnounced) {
    if (!(features.*each.announced)) told &= ~set_of(each.ability);
  }
  if (!features.known) return told;  // a server that is silent about itself is asked verb by verb
  if (!features.mlst) told &= ~set_of(Ability::kMlst, Ability::kMlsd);
  const std::string facts = ftp::lower(features.mlst_facts);
  if (!facts.empty() && facts.find("size") == facts.npos) told &= ~set_of(Ability::kSizeFact);
  if (!features.size) told &= ~set_of(Ability::kSize);
  if (!features.mdtm) told &= ~set_of(Ability::kMdtm, Ability::kMdtmSet);
  if (!features.mfmt) told &= ~set_of(Ability::kMfmt);
  return told;
}

}  // namespace

Dialect::Dialect(const ftp::Features& features, const ServerKind& kind)
    : kind_(kind), told_(abilities_told(features) & ~kind.lacks), abilities_(told_) {}

std::optional<std::chrono::seconds> Dialect::list_zone() const {
  const std::int64_t zone = list_zone_.load();
  if (zone == kZoneUnknown) return std::nullopt;
  return std::chrono::seconds(zone);
}

void Dialect::find_folding(bool folds) {
  folds_case_ = folds;
  asked_for_case_ = true;
}

Capabilities Dialect::capabilities() const {
  Capabilities capabilities;
  capabilities.stat_one = has(Ability::kMlst) && !folds_case();  // MLST would tell of any spelling
  capabilities.exact_times = has(Ability::kMlsd) || has(Ability::kMdtm);
  capabilities.set_file_mtime = has(Ability::kMfmt) || has(Ability::kMdtmSet) || has(Ability::kSiteUtime);
  capabilities.set_directory_mtime = has(Ability::kMfmt);
  capabilities.set_mode = has(Ability::kChmod);
  capabilities.folds_case = folds_case();
  capabilities.glance = has(Ability::kStatLists);
  capabilities.copy = has(Ability::kSiteCopy) && has(Ability::kMlst);
  return capabilities;
}

}  // namespace ftpsfs::remote
