#include "remote/ability.h"

#include <algorithm>
#include <iterator>

namespace ftpsfs::remote {
namespace {

struct Lack {
  Ability ability;
  std::string_view name;
};
constexpr Lack kLacks[] = {
    {Ability::kMlst, "no MLST"},
    {Ability::kMlsd, "no MLSD"},
    {Ability::kSize, "no SIZE"},
    {Ability::kSizeFact, "MLSD tells no sizes"},
    {Ability::kMdtm, "no MDTM"},
    {Ability::kListAll, "no LIST -a"},
    {Ability::kStatLists, "STAT lists nothing"},
    {Ability::kMfmt, "no MFMT"},
    {Ability::kMdtmSet, "MDTM sets no time"},
    {Ability::kSiteUtime, "no SITE UTIME"},
    {Ability::kSiteUtimeShort, "no short SITE UTIME"},
    {Ability::kChmod, "no SITE CHMOD"},
    {Ability::kAvbl, "no AVBL"},
    {Ability::kSiteQuota, "no SITE QUOTA"},
    {Ability::kRestart, "no REST"},
    {Ability::kSiteCopy, "no SITE CPFR"},
    {Ability::kSiteSymlink, "no SITE SYMLINK"},
    {Ability::kRange, "no RANG"},
    {Ability::kRenameReplaces, "RNTO replaces nothing"},
    {Ability::kHashSha256, "no HASH SHA-256"},
    {Ability::kHashSha512, "no HASH SHA-512"},
    {Ability::kHashSha1, "no HASH SHA-1"},
    {Ability::kHashMd5, "no HASH MD5"},
    {Ability::kXsha256, "no XSHA256"},
    {Ability::kXsha512, "no XSHA512"},
    {Ability::kXsha1, "no XSHA1"},
    {Ability::kXmd5, "no XMD5"},
};

}  // namespace

std::string_view name_of_lack(Ability ability) {
  const auto* const row =
      std::find_if(std::begin(kLacks), std::end(kLacks), [=](const Lack& each) { return each.ability == ability; });
  return row == std::end(kLacks) ? std::string_view() : row->name;
}

std::optional<Ability> ability_lacking(std::string_view name) {
  const auto* const row =
      std::find_if(std::begin(kLacks), std::end(kLacks), [=](const Lack& each) { return each.name == name; });
  if (row == std::end(kLacks)) return std::nullopt;
  return row->ability;
}

}  // namespace ftpsfs::remote
