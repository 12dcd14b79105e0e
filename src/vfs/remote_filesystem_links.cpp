// RemoteFilesystem: symbolic links are made.
#include <algorithm>
#include <utility>

#include "ftpsfs/base/log.h"
#include "vfs/remote_filesystem.h"

namespace ftpsfs::vfs {

using remote::RemotePath;

Result<NodeAttributes> RemoteFilesystem::make_link(NodeId parent, std::string_view name, std::string_view target,
                                                   const Context& context) {
  FTPSFS_TRY_ASSIGN(const NewName link, claim_new_name(parent, name, context));
  const auto& [place, path, held] = link;
  metadata_.begin_change(path);
  const Status made = make_link_on_server(parent, path, std::string(target), context);
  metadata_.forget(path);
  FTPSFS_TRY(made);
  memory_.forget(path);
  filled_.note_name(path, false);
  touch(path.parent());
  FTPSFS_TRY_ASSIGN(const Known known, loader_.stat(path, {}, context.uncancellable()));
  return present_with_lookup(place, known);
}

// A server that makes links only to what exists (ProFTPD) has to have what waits here first. The rest is refused as on
// a file system without links.
Status RemoteFilesystem::make_link_on_server(NodeId parent, const RemotePath& link, const std::string& target,
                                             const Context& context) {
  Status made = remote_.make_link(link, target, context);
  const auto missing = [&] { return !made && made.error().kind == ErrorKind::kNotFound; };
  const auto waiting = missing() && drainer_ ? node_at(parent, target) : std::nullopt;
  if (waiting) {
    FTPSFS_TRY(drainer_->hurry({*waiting}, context));
    made = remote_.make_link(link, target, context);
  }
  if (missing()) made = fail(ErrorKind::kNotPermitted, "the server makes links to what exists there alone");
  if (!made && made.error().kind == ErrorKind::kNotPermitted) {
    spdlog::info("no link {} to {}: {}", log::printable(link.text()), log::printable(target),
                 log::printable(made.error().message));
  }
  return made;
}

// Of a relative path, by the names that are known here.
std::optional<NodeId> RemoteFilesystem::node_at(NodeId directory, std::string_view path) const {
  auto node = path.starts_with('/') ? std::nullopt : std::optional(directory);
  while (node && !path.empty()) {
    const std::string_view step = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(step.size() + 1, path.size()));
    if (step == "..") {
      const auto above = nodes_.parent(*node);
      node = above ? std::optional(*above) : std::nullopt;
    } else if (!step.empty() && step != ".") {
      node = nodes_.find(*node, step);
    }
  }
  return node;
}

}  // namespace ftpsfs::vfs
