// settle_links.
#include "remote/links.h"

#include <algorithm>

#include "remote/entry_conversion.h"

namespace ftpsfs::remote {
namespace {

struct OpenLink {
  RemotePath path;
  Attributes* attributes;
};
using OpenLinks = std::vector<OpenLink>;

/// The links whose target is not told or leads out of the mount.
OpenLinks links_to_resolve(const ServerPaths& paths, const RemotePath& directory, std::vector<Entry>& entries) {
  OpenLinks open;
  for (Entry& entry : entries) {
    if (entry.attributes.type != FileType::kSymlink) continue;
    auto path = directory.child(entry.name);
    if (!path) continue;
    if (auto inside = paths.link_inside(*path, entry.attributes.link_target)) {
      entry.attributes.link_target = std::move(*inside);
    } else {
      entry.attributes.link_target.clear();
      open.push_back({std::move(*path), &entry.attributes});
    }
  }
  return open;
}

Status resolve_by_mlst(Conversation& conversation, OpenLinks& open) {
  Batch batch(conversation);
  for (const OpenLink& link : open) batch.add("MLST", link.path);
  FTPSFS_TRY_ASSIGN(const std::vector<ftp::Reply> replies, batch.send());
  OpenLinks still_open;
  for (std::size_t i = 0; i < open.size(); ++i) {
    auto attributes = mlst_attributes(replies[i]);
    if (attributes && attributes->type != FileType::kSymlink) {
      *open[i].attributes = std::move(*attributes);
    } else {
      still_open.push_back(open[i]);
    }
  }
  open = std::move(still_open);
  return {};
}

/// SIZE and MDTM follow links, and answer for files only.
Status resolve_by_size(Conversation& conversation, const OpenLinks& open) {
  Batch batch(conversation);
  for (const OpenLink& link : open) {
    batch.add("SIZE", link.path);
    batch.add("MDTM", link.path);
  }
  FTPSFS_TRY_ASSIGN(const std::vector<ftp::Reply> replies, batch.send());
  for (std::size_t i = 0; i < open.size(); ++i) {
    const auto size = size_value(replies[2 * i]);
    if (!size) continue;
    Attributes file;
    file.size = *size;
    if (const auto mtime = mdtm_value(replies[2 * i + 1])) {
      file.mtime = *mtime;
      file.mtime_exact = true;
    }
    *open[i].attributes = file;
  }
  return {};
}

}  // namespace

Status settle_links(Conversation& conversation, const RemotePath& directory, std::vector<Entry>& entries) {
  OpenLinks open = links_to_resolve(conversation.paths(), directory, entries);
  if (!open.empty() && conversation.dialect().has(Ability::kMlst)) FTPSFS_TRY(resolve_by_mlst(conversation, open));
  if (!open.empty() && conversation.dialect().has(Ability::kSize)) FTPSFS_TRY(resolve_by_size(conversation, open));
  return {};
}

}  // namespace ftpsfs::remote
