// Dialect: how FEAT is understood.
#include "remote/dialect.h"

#include <string_view>

namespace ftpsfs::remote {

namespace {

/// Only ProFTPD tells owners by name; its greeting may tell anything.
constexpr std::string_view kFactOfProftpd = "UNIX.owner";

}  // namespace

Dialect::Dialect(const ftp::Features& features)
    : masks_links_(features.mlst_facts.find(kFactOfProftpd) != std::string::npos) {
  if (!features.rang) lacks(Ability::kRange);  // nobody is asked for it on a guess
  if (!features.known) return;                 // a server that is silent about itself is asked verb by verb
  if (!features.mlst) {
    lacks(Ability::kMlst);
    lacks(Ability::kMlsd);
  }
  if (!features.size) lacks(Ability::kSize);
  if (!features.mdtm) {
    lacks(Ability::kMdtm);
    lacks(Ability::kMdtmSet);
  }
  if (!features.mfmt) lacks(Ability::kMfmt);
}

std::optional<std::chrono::seconds> Dialect::list_zone() const {
  const std::int64_t zone = list_zone_.load();
  if (zone == kZoneUnknown) return std::nullopt;
  return std::chrono::seconds(zone);
}

Capabilities Dialect::capabilities() const {
  Capabilities capabilities;
  capabilities.stat_one = has(Ability::kMlst);
  capabilities.exact_times = has(Ability::kMlsd) || has(Ability::kMdtm);
  capabilities.set_file_mtime = has(Ability::kMfmt) || has(Ability::kMdtmSet) || has(Ability::kSiteUtime);
  capabilities.set_directory_mtime = has(Ability::kMfmt);
  capabilities.set_mode = has(Ability::kChmod);
  capabilities.glance = has(Ability::kStatLists);
  return capabilities;
}

}  // namespace ftpsfs::remote
