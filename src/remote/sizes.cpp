// settle_sizes.
#include "remote/sizes.h"

#include <algorithm>

#include "ftpsfs/base/log.h"
#include "remote/entry_conversion.h"
#include "remote/links.h"

namespace ftpsfs::remote {
namespace {

Status ask_sizes(Conversation& conversation, const RemotePath& directory, const std::vector<Entry*>& untold) {
  Batch batch(conversation);
  for (const Entry* entry : untold) {
    FTPSFS_TRY_ASSIGN(const RemotePath path, directory.child(entry->name));
    batch.add("SIZE", path);
  }
  FTPSFS_TRY_ASSIGN(const std::vector<ftp::Reply> replies, batch.send());
  for (std::size_t i = 0; i < untold.size(); ++i) {
    const auto size = size_value(replies[i]);
    if (!size) continue;
    untold[i]->attributes.size = *size;
    untold[i]->attributes.size_told = true;
  }
  return {};
}

}  // namespace

Status settle_sizes(Conversation& conversation, const RemotePath& directory, std::vector<Entry>& entries) {
  std::vector<Entry*> untold;
  for (Entry& entry : entries) {
    if (!entry.attributes.size_told) untold.push_back(&entry);
  }
  if (untold.empty()) return {};
  conversation.dialect().lacks(Ability::kSizeFact);
  if (conversation.dialect().has(Ability::kSize)) FTPSFS_TRY(ask_sizes(conversation, directory, untold));
  const auto left_out = std::erase_if(entries, [](const Entry& entry) { return !entry.attributes.size_told; });
  if (left_out > 0) {
    spdlog::warn("listing of {}: {} files left out, whose size the server does not tell",
                 log::printable(directory.text()), left_out);
  }
  return {};
}

Status settle_facts(Conversation& conversation, const RemotePath& directory, std::vector<Entry>& entries) {
  FTPSFS_TRY(unmask_links(conversation, directory, entries));
  FTPSFS_TRY(settle_links(conversation, directory, entries));
  return settle_sizes(conversation, directory, entries);
}

}  // namespace ftpsfs::remote
