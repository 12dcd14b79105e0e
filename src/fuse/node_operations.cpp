// Looking up and forgetting nodes; their attributes, permissions and link targets.
#include <unistd.h>

#include <chrono>
#include <string>

#include "fuse/attribute_change.h"
#include "fuse/operations.h"
#include "fuse/replies.h"

namespace ftpsfs::fuse {
namespace {

void look_up(fuse_req_t request, fuse_ino_t parent, const char* name) {
  Edge& edge = Edge::of(request);
  log_name("lookup", parent, name);
  EntryReply reply(request, "lookup", edge.negative_entry_ttl);
  if (const auto known = edge.filesystem.try_look_up(parent, name)) return reply.answer(*known);
  edge.dispatcher.submit(std::move(reply), [&edge, parent, name = std::string(name)](const Context& context) {
    return edge.filesystem.look_up(parent, name, context);
  });
}

void forget(fuse_req_t request, fuse_ino_t node, std::uint64_t count) {
  Edge::of(request).filesystem.forget(node, count);
  fuse_reply_none(request);
}

void forget_many(fuse_req_t request, std::size_t length, fuse_forget_data* forgotten) {
  Edge& edge = Edge::of(request);
  for (std::size_t i = 0; i < length; ++i) edge.filesystem.forget(forgotten[i].ino, forgotten[i].nlookup);
  fuse_reply_none(request);
}

void tell_attributes(AttributesReply reply, fuse_ino_t node) {
  Edge& edge = Edge::of(reply.request());
  if (const auto known = edge.filesystem.try_attributes(node)) return reply.answer(*known);
  edge.dispatcher.submit(std::move(reply),
                         [&edge, node](const Context& context) { return edge.filesystem.attributes(node, context); });
}

void get_attributes(fuse_req_t request, fuse_ino_t node, fuse_file_info*) {
  tell_attributes(AttributesReply(request, "getattr"), node);
}

std::int64_t seconds_since_1970() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void set_attributes(fuse_req_t request, fuse_ino_t node, struct stat* attributes, int to_set, fuse_file_info* info) {
  Edge& edge = Edge::of(request);
  AttributesReply reply(request, "setattr");
  const vfs::AttributeChange change = to_change(*attributes, to_set, seconds_since_1970());
  if (is_empty(change)) return tell_attributes(std::move(reply), node);
  const vfs::HandleId handle = info != nullptr ? info->fh : 0;
  edge.dispatcher.submit(std::move(reply), [&edge, node, handle, change](const Context& context) {
    return edge.filesystem.change_attributes(node, handle, change, context);
  });
}

/// Asked only where the kernel does not check permissions itself (no default_permissions).
void access(fuse_req_t request, fuse_ino_t node, int mask) {
  Edge& edge = Edge::of(request);
  const vfs::AccessMode mode{(mask & R_OK) != 0, (mask & W_OK) != 0, (mask & X_OK) != 0};
  edge.dispatcher.submit(StatusReply(request, "access"), [&edge, node, mode](const Context& context) {
    return edge.filesystem.check_access(node, mode, context);
  });
}

void read_link(fuse_req_t request, fuse_ino_t node) {
  Edge& edge = Edge::of(request);
  edge.dispatcher.submit(LinkReply(request, "readlink"),
                         [&edge, node](const Context& context) { return edge.filesystem.read_link(node, context); });
}

}  // namespace

void add_node_operations(fuse_lowlevel_ops& table) {
  table.lookup = look_up;
  table.forget = forget;
  table.forget_multi = forget_many;
  table.getattr = get_attributes;
  table.setattr = set_attributes;
  table.access = access;
  table.readlink = read_link;
}

}  // namespace ftpsfs::fuse
