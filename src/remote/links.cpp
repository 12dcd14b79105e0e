// unmask_links and settle_links.
#include "remote/links.h"

#include <algorithm>

#include "remote/entry_conversion.h"
#include "remote/listing.h"

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

/// ProFTPD tells of a link the type and identity of its target, but the size and the mode of the link itself.
bool may_be_masked(const Dialect& dialect, const Attributes& attributes) {
  constexpr std::uint32_t kModeOfLinks = 0777;
  return dialect.kind().masks_links && attributes.type != FileType::kSymlink && attributes.mode == kModeOfLinks;
}

/// A file whose SIZE is what the facts say is no masked link, or one that makes no difference.
Result<bool> any_file_is_masked(Conversation& conversation, const RemotePath& directory,
                                const std::vector<Entry>& entries) {
  Batch batch(conversation);
  std::vector<std::uint64_t> sizes;
  for (const Entry& entry : entries) {
    if (entry.attributes.type != FileType::kFile || !may_be_masked(conversation.dialect(), entry.attributes)) continue;
    FTPSFS_TRY_ASSIGN(const RemotePath path, directory.child(entry.name));
    batch.add("SIZE", path);
    sizes.push_back(entry.attributes.size);
  }
  FTPSFS_TRY_ASSIGN(const std::vector<ftp::Reply> replies, batch.send());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (size_value(replies[i]) != sizes[i]) return true;
  }
  return false;
}

Result<bool> needs_unmasking(Conversation& conversation, const RemotePath& directory,
                             const std::vector<Entry>& entries) {
  const bool certain = std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) {
    const Attributes& attributes = entry.attributes;
    if (attributes.type == FileType::kSymlink) return attributes.link_target.empty();
    return attributes.type == FileType::kDirectory && may_be_masked(conversation.dialect(), attributes);
  });
  if (certain) return true;
  return any_file_is_masked(conversation, directory, entries);
}

}  // namespace

bool may_be_link(const Dialect& dialect, const Attributes& attributes) {
  return attributes.type == FileType::kSymlink || may_be_masked(dialect, attributes);
}

Status unmask_links(Conversation& conversation, const RemotePath& directory, std::vector<Entry>& entries) {
  FTPSFS_TRY_ASSIGN(const bool needed, needs_unmasking(conversation, directory, entries));
  if (!needed) return {};
  const auto targets = link_targets(conversation, directory);
  if (!targets && !conversation.session().usable()) return fail(targets.error());
  if (!targets) return {};
  for (Entry& entry : entries) {
    const auto link = targets->find(entry.name);
    if (link == targets->end()) continue;
    entry.attributes.type = FileType::kSymlink;
    entry.attributes.link_target = link->second;
    entry.attributes.readable = true;
    entry.attributes.writable = true;
    entry.attributes.unique.clear();  // it may be the target's
  }
  return {};
}

Status settle_links(Conversation& conversation, const RemotePath& directory, std::vector<Entry>& entries) {
  OpenLinks open = links_to_resolve(conversation.paths(), directory, entries);
  if (!open.empty() && conversation.dialect().has(Ability::kMlst)) FTPSFS_TRY(resolve_by_mlst(conversation, open));
  if (!open.empty() && conversation.dialect().has(Ability::kSize)) FTPSFS_TRY(resolve_by_size(conversation, open));
  return {};
}

}  // namespace ftpsfs::remote
