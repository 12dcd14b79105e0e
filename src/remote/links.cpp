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
    file.writable = false;  // an upload would take the link's place
    if (const auto mtime = mdtm_value(replies[2 * i + 1])) {
      file.mtime = *mtime;
      file.mtime_exact = true;
    }
    *open[i].attributes = file;
  }
  return {};
}

/// ProFTPD's MLST tells of a link the type and identity of its target, but the size, mode and time of the link itself:
/// the length of the target, and a mode that lets it be executed. Of a directory it tells no size.
bool may_be_masked(const Dialect& dialect, const Attributes& attributes) {
  constexpr std::uint64_t kLongestTarget = 4096;
  constexpr std::uint32_t kExecute = 0111;
  if (!dialect.kind().masks_links || attributes.type == FileType::kSymlink) return false;
  if (attributes.size == 0 || attributes.size > kLongestTarget) return false;
  return attributes.type == FileType::kDirectory || (attributes.mode.value_or(kExecute) & kExecute) != 0;
}

/// A file whose SIZE and MDTM are what the facts say is no masked link.
Result<bool> any_file_is_masked(Conversation& conversation, const RemotePath& directory,
                                const std::vector<Entry>& entries) {
  Batch batch(conversation);
  std::vector<const Attributes*> asked;
  for (const Entry& entry : entries) {
    if (entry.attributes.type != FileType::kFile || !may_be_masked(conversation.dialect(), entry.attributes)) continue;
    FTPSFS_TRY_ASSIGN(const RemotePath path, directory.child(entry.name));
    batch.add("SIZE", path);
    batch.add("MDTM", path);
    asked.push_back(&entry.attributes);
  }
  FTPSFS_TRY_ASSIGN(const std::vector<ftp::Reply> replies, batch.send());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (size_value(replies[2 * i]) != asked[i]->size) return true;
    if (mdtm_value(replies[2 * i + 1]).value_or(asked[i]->mtime) != asked[i]->mtime) return true;
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
  auto listed = link_targets(conversation, directory);
  if (!listed && !conversation.session().usable()) return fail(listed.error());
  if (!listed) listed = LinkTargets();
  for (Entry& entry : entries) {
    Attributes& attributes = entry.attributes;
    const auto line = listed->find(entry.name);
    const bool named = line != listed->end();
    const bool is_link = named ? line->second.has_value()
                               : attributes.type != FileType::kFile && may_be_link(conversation.dialect(), attributes);
    if (!is_link) continue;
    attributes.type = FileType::kSymlink;
    attributes.size_told = true;
    if (named) attributes.link_target = *line->second;
    attributes.readable = true;
    attributes.writable = true;
    attributes.unique.clear();  // it may be the target's
  }
  return {};
}

Status settle_links(Conversation& conversation, const RemotePath& directory, std::vector<Entry>& entries) {
  const OpenLinks open = links_to_resolve(conversation.paths(), directory, entries);
  if (open.empty() || !conversation.dialect().has(Ability::kSize)) return {};
  return resolve_by_size(conversation, open);
}

}  // namespace ftpsfs::remote
