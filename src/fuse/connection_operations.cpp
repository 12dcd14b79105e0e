// The terms agreed on with the kernel, and questions about the file system as a whole.
#include "fuse/operations.h"
#include "fuse/replies.h"
#include "fuse/transfer_limits.h"

namespace ftpsfs::fuse {
namespace {

void want(fuse_conn_info& connection, unsigned capability) { connection.want |= connection.capable & capability; }

void init(void*, fuse_conn_info* connection) {
  want(*connection, FUSE_CAP_ASYNC_READ | FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_PARALLEL_DIROPS);
  want(*connection, FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO);
  want(*connection, FUSE_CAP_AUTO_INVAL_DATA);  // files change on the server too
  want(*connection, FUSE_CAP_HANDLE_KILLPRIV);  // every mount is nosuid: nothing to ask before each write
  connection->want &= ~static_cast<unsigned>(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
  connection->max_write = kMaxTransfer;
  connection->max_read = kMaxTransfer;
  connection->max_background = kMaxBackground;
  connection->congestion_threshold = kMaxBackground / 4 * 3;
  connection->time_gran = 1'000'000'000;  // whole seconds
}

void statfs(fuse_req_t request, fuse_ino_t) {
  Edge& edge = Edge::of(request);
  edge.dispatcher.submit(SpaceReply(request, "statfs"),
                         [&edge](const Context& context) { return edge.filesystem.space(context); });
}

}  // namespace

void add_connection_operations(fuse_lowlevel_ops& table) {
  table.init = init;
  table.statfs = statfs;
}

fuse_lowlevel_ops all_operations() {
  fuse_lowlevel_ops table{};
  add_connection_operations(table);
  add_node_operations(table);
  add_name_operations(table);
  add_directory_operations(table);
  add_file_operations(table);
  add_extended_attribute_operations(table);
  return table;
}

}  // namespace ftpsfs::fuse
