// ask_space.
#include "remote/space.h"

#include "remote/entry_conversion.h"

namespace ftpsfs::remote {

Result<std::optional<Space>> ask_space(Conversation& conversation) {
  FTPSFS_TRY_ASSIGN(const ftp::Reply reply, conversation.ask("AVBL", RemotePath()));
  const auto available = size_value(reply);
  if (!available) {
    conversation.dialect().lacks(Ability::kAvbl);
    return std::nullopt;
  }
  return Space{*available, *available};
}

}  // namespace ftpsfs::remote
