// Extended attributes: those of the root, through which a person speaks to the mount. All other names have none.
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

// Others may look, where allow_other lets them in; what becomes of the files is for whom the mount belongs to.
bool may_command(fuse_req_t request) {
  const uid_t caller = fuse_req_ctx(request)->uid;
  return caller == 0 || caller == ::geteuid();
}

// Asked for much more often than answered with anything: the kernel asks for capabilities before each write, and
// `ls -l` for access control lists of each file, until it hears that there are none on this file system.
void get(fuse_req_t request, fuse_ino_t node, const char* name, std::size_t room) {
  if (node != vfs::kRootNode || name != kStatus) {
    fuse_reply_err(request, std::string_view(name).starts_with("user.") ? ENODATA : EOPNOTSUPP);
    return;
  }
  Edge& edge = Edge::of(request);
  edge.dispatcher.submit(ExtendedAttributeReply(request, "getxattr", room),
                         [&edge](const Context&) -> Result<std::string> {
                           return status_text(edge.description, edge.filesystem.status());
                         });
}

// The status is not listed, lest `cp -a` and `rsync -X` take it for something to copy.
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
