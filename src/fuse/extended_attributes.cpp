// Extended attributes: those of the root, through which a person speaks to the mount, and what the server itself tells
// of a file.
#include <unistd.h>

#include <string>
#include <string_view>

#include "fuse/operations.h"
#include "fuse/replies.h"
#include "fuse/status_text.h"

namespace ftpsfs::fuse {
namespace {

constexpr std::string_view kStatus = "user.ftpsfs.status";
constexpr std::string_view kSync = "user.ftpsfs.sync";
constexpr std::string_view kRetry = "user.ftpsfs.retry";
constexpr std::string_view kDiscard = "user.ftpsfs.discard";
constexpr std::string_view kFacts = "user.ftp.facts";
constexpr std::string_view kSha256 = "user.ftp.checksum.sha256";

// Others may look, where allow_other lets them in; what becomes of the files is for whom the mount belongs to.
bool may_command(fuse_req_t request) {
  const uid_t caller = fuse_req_ctx(request)->uid;
  return caller == 0 || caller == ::geteuid();
}

// Asked for much more often than answered with anything: the kernel asks for capabilities before each write, and
// `ls -l` for access control lists of each file, until it hears that there are none on this file system.
void get(fuse_req_t request, fuse_ino_t node, const char* name, std::size_t room) {
  const std::string_view wanted = name;
  Edge& edge = Edge::of(request);
  if (wanted == kFacts || wanted == kSha256) {
    const auto ask = wanted == kFacts ? &vfs::Filesystem::server_facts : &vfs::Filesystem::server_sha256;
    edge.dispatcher.submit(
        ExtendedAttributeReply(request, "getxattr", room),
        [&edge, ask, node](const Context& context) { return (edge.filesystem.*ask)(node, context); });
  } else if (node == vfs::kRootNode && wanted == kStatus) {
    edge.dispatcher.submit(ExtendedAttributeReply(request, "getxattr", room),
                           [&edge](const Context&) -> Result<std::optional<std::string>> {
                             return status_text(edge.description, edge.filesystem.status());
                           });
  } else {
    fuse_reply_err(request, wanted.starts_with("user.") ? ENODATA : EOPNOTSUPP);
  }
}

// None is listed, lest `cp -a` and `rsync -X` take them for something to copy, and the server compute all checksums.
void list(fuse_req_t request, fuse_ino_t, std::size_t room) {
  ExtendedAttributeReply(request, "listxattr", room).answer(std::string());
}

void set(fuse_req_t request, fuse_ino_t node, const char* name, const char* value, std::size_t size, int) {
  Edge& edge = Edge::of(request);
  const std::string_view command = name;
  const bool known = command == kSync || command == kRetry || command == kDiscard;
  if (node != vfs::kRootNode || !known) {
    fuse_reply_err(request, EOPNOTSUPP);
    return;
  }
  if (!may_command(request)) {
    fuse_reply_err(request, EPERM);
    return;
  }
  StatusReply reply(request, "setxattr");
  const std::string path(value, size);
  if (command == kSync) {
    edge.dispatcher.submit(std::move(reply),
                           [&edge](const Context& context) { return edge.filesystem.sync_all(context); });
    return;
  }
  const auto act = command == kRetry ? &vfs::Filesystem::retry : &vfs::Filesystem::discard;
  edge.dispatcher.submit(std::move(reply),
                         [&edge, act, path](const Context& context) { return (edge.filesystem.*act)(path, context); });
}

void remove(fuse_req_t request, fuse_ino_t, const char*) { fuse_reply_err(request, EOPNOTSUPP); }

}  // namespace

void add_extended_attribute_operations(fuse_lowlevel_ops& table) {
  table.getxattr = get;
  table.listxattr = list;
  table.setxattr = set;
  table.removexattr = remove;
}

}  // namespace ftpsfs::fuse
