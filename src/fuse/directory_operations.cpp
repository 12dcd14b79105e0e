// Opening, reading and closing directories. fsyncdir is left out: its absence reads as success.
#include <optional>

#include "fuse/directory_buffer.h"
#include "fuse/operations.h"
#include "fuse/replies.h"

namespace ftpsfs::fuse {
namespace {

/// Costs no round trip, so it is answered here.
void open_directory(fuse_req_t request, fuse_ino_t node, fuse_file_info*) {
  Edge& edge = Edge::of(request);
  OpenReply reply(request, "opendir");
  const auto handle = edge.filesystem.open_directory(node, Context{edge.stall_limit, std::nullopt, nullptr});
  if (!handle) return reply.answer(fail(handle.error()));
  edge.handles.add_directory(*handle);
  reply.answer(vfs::Opened{*handle, false, false});
}

/// `lay_out` fills the buffer from a DirectoryView.
template <typename LayOut>
void read_entries(DirectoryReply reply, fuse_ino_t node, off_t offset, vfs::HandleId handle, LayOut lay_out) {
  Edge& edge = Edge::of(reply.request());
  const Snapshot snapshot = edge.handles.snapshot(handle);
  if (snapshot != nullptr && offset > 0) return reply.answer(lay_out(DirectoryView{node, *snapshot}));
  const bool rewind = snapshot != nullptr;
  edge.dispatcher.submit(
      std::move(reply), [&edge, node, handle, rewind, lay_out](const Context& context) -> Result<std::vector<char>> {
        FTPSFS_TRY_ASSIGN(const Snapshot entries, edge.filesystem.read_directory(handle, rewind, context));
        edge.handles.keep_snapshot(handle, entries);
        return lay_out(DirectoryView{node, *entries});
      });
}

void read_directory(fuse_req_t request, fuse_ino_t node, std::size_t size, off_t offset, fuse_file_info* info) {
  read_entries(DirectoryReply(request, "readdir"), node, offset, info->fh,
               [size, offset](const DirectoryView& directory) { return plain_entries(directory, offset, size); });
}

void read_directory_plus(fuse_req_t request, fuse_ino_t node, std::size_t size, off_t offset, fuse_file_info* info) {
  read_entries(DirectoryReply(request, "readdirplus"), node, offset, info->fh,
               [&filesystem = Edge::of(request).filesystem, size, offset](const DirectoryView& directory) {
                 return entries_with_attributes(filesystem, directory, offset, size);
               });
}

void release_directory(fuse_req_t request, fuse_ino_t, fuse_file_info* info) {
  Edge& edge = Edge::of(request);
  edge.handles.remove_directory(info->fh);
  edge.filesystem.release_directory(info->fh);
  StatusReply(request, "releasedir").answer({});
}

}  // namespace

void add_directory_operations(fuse_lowlevel_ops& table) {
  table.opendir = open_directory;
  table.readdir = read_directory;
  table.readdirplus = read_directory_plus;
  table.releasedir = release_directory;
}

}  // namespace ftpsfs::fuse
