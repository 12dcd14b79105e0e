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

/// Where to read, and how much of it may fit into the kernel's buffer.
struct Window {
  vfs::HandleId handle = 0;
  off_t offset = 0;
  std::size_t most = 0;  ///< entries
};

/// `lay_out` fills the buffer from a DirectoryView.
template <typename LayOut>
void read_entries(DirectoryReply reply, fuse_ino_t node, const Window& window, LayOut lay_out) {
  using Entries = Result<std::vector<vfs::DirectoryEntry>>;
  Edge& edge = Edge::of(reply.request());
  const std::size_t first = first_entry_at(window.offset);
  const auto to_buffer = [node, first, lay_out](const Entries& entries) -> Result<std::vector<char>> {
    if (!entries) return fail(entries.error());
    return lay_out(DirectoryView{node, first, *entries});
  };
  if (window.offset == 0) edge.filesystem.rewind_directory(window.handle);
  const auto known = edge.filesystem.try_read_directory(window.handle, first, window.most);
  if (known) return reply.answer(to_buffer(*known));
  edge.dispatcher.submit(std::move(reply), [&edge, window, first, to_buffer](const Context& context) {
    return to_buffer(edge.filesystem.read_directory(window.handle, first, window.most, context));
  });
}

void read_directory(fuse_req_t request, fuse_ino_t node, std::size_t size, off_t offset, fuse_file_info* info) {
  read_entries(DirectoryReply(request, "readdir"), node, {info->fh, offset, most_plain_entries(size)},
               [size, offset](const DirectoryView& directory) { return plain_entries(directory, offset, size); });
}

void read_directory_plus(fuse_req_t request, fuse_ino_t node, std::size_t size, off_t offset, fuse_file_info* info) {
  read_entries(DirectoryReply(request, "readdirplus"), node, {info->fh, offset, most_entries_with_attributes(size)},
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
