// ask_space: AVBL, then SITE QUOTA.
#include "remote/space.h"

#include "remote/entry_conversion.h"
#include "remote/quota.h"

namespace ftpsfs::remote {

namespace {

Result<std::optional<Space>> ask_available(Conversation& conversation) {
  FTPSFS_TRY_ASSIGN(const ftp::Reply reply, conversation.ask("AVBL", RemotePath()));
  const auto available = size_value(reply);
  if (!available) {
    conversation.dialect().lacks(Ability::kAvbl);
    return std::nullopt;
  }
  return Space{*available, *available};
}

Result<std::optional<Space>> ask_quota(Conversation& conversation) {
  FTPSFS_TRY_ASSIGN(const ftp::Reply reply, conversation.ask("SITE", "QUOTA"));
  const auto space = parse_quota(reply);
  if (!space) conversation.dialect().lacks(Ability::kSiteQuota);
  return space;
}

}  // namespace

Result<std::optional<Space>> ask_space(Conversation& conversation) {
  if (conversation.dialect().has(Ability::kAvbl)) {
    FTPSFS_TRY_ASSIGN(const auto available, ask_available(conversation));
    if (available) return available;
  }
  if (conversation.dialect().has(Ability::kSiteQuota)) return ask_quota(conversation);
  return std::nullopt;
}

bool tells_space(const Dialect& dialect) { return dialect.has(Ability::kAvbl) || dialect.has(Ability::kSiteQuota); }

}  // namespace ftpsfs::remote
