// Opening, reading, writing and closing files.
#include <fcntl.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

#include "fuse/caller.h"
#include "fuse/invalidator.h"
#include "fuse/operations.h"
#include "fuse/replies.h"

namespace ftpsfs::fuse {
namespace {

vfs::OpenMode to_open_mode(int flags) {
  const int access = flags & O_ACCMODE;
  return {.read = access == O_RDONLY || access == O_RDWR,
          .write = access == O_WRONLY || access == O_RDWR,
          .append = (flags & O_APPEND) != 0,
          .truncate = (flags & O_TRUNC) != 0,
          .exclusive = (flags & O_EXCL) != 0};
}

/// Which process opens; that matters to writers alone.
pid_t opener(vfs::OpenMode mode, pid_t thread) { return mode.write ? process_of(thread) : thread; }

void open(fuse_req_t request, fuse_ino_t node, fuse_file_info* info) {
  Edge& edge = Edge::of(request);
  const vfs::OpenMode mode = to_open_mode(info->flags);
  edge.dispatcher.submit(
      OpenReply(request, "open"),
      [&edge, node, mode, thread = fuse_req_ctx(request)->pid](const Context& context) -> Result<vfs::Opened> {
        FTPSFS_TRY_ASSIGN(const vfs::Opened opened, edge.filesystem.open(node, mode, opener(mode, thread), context));
        edge.handles.add_file(opened.handle, mode.write);
        if (opened.attributes_outdated) invalidate_attributes(edge.session, node);  // first: a read stops at their size
        return opened;
      });
}

void create(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t permissions, fuse_file_info* info) {
  Edge& edge = Edge::of(request);
  log_name("create", parent, name);
  const vfs::OpenMode mode = to_open_mode(info->flags);
  edge.dispatcher.submit(CreateReply(request, "create"),
                         [&edge, parent, name = std::string(name), permissions, mode,
                          thread = fuse_req_ctx(request)->pid](const Context& context) -> Result<vfs::Created> {
                           FTPSFS_TRY_ASSIGN(const vfs::Created created,
                                             edge.filesystem.create(parent, name, permissions & 07777U, mode,
                                                                    opener(mode, thread), context));
                           edge.handles.add_file(created.opened.handle, mode.write);
                           return created;
                         });
}

void read(fuse_req_t request, fuse_ino_t, std::size_t length, off_t offset, fuse_file_info* info) {
  Edge& edge = Edge::of(request);
  ReadReply reply(request, "read");
  const auto from = static_cast<std::uint64_t>(offset);
  if (auto known = edge.filesystem.try_read(info->fh, from, length)) return reply.answer(*std::move(known));
  edge.dispatcher.submit(std::move(reply), [&edge, handle = info->fh, from, length](const Context& context) {
    return edge.filesystem.read(handle, from, length, context);
  });
}

void write(fuse_req_t request, fuse_ino_t, const char* data, std::size_t length, off_t offset, fuse_file_info* info) {
  Edge& edge = Edge::of(request);
  WriteReply reply(request, "write", length);
  const std::span from(reinterpret_cast<const std::byte*>(data), length);
  const auto to = static_cast<std::uint64_t>(offset);
  if (edge.filesystem.has_room(length)) return reply.answer(edge.filesystem.write(info->fh, to, from));
  edge.dispatcher.submit(std::move(reply), [&edge, handle = info->fh, to,
                                            copy = std::vector(from.begin(), from.end())](const Context& context) {
    return edge.filesystem.write_when_room(handle, to, copy, context);
  });
}

/// The answer has room for 32 bits, whatever was asked for; so a larger file is none to be copied whole.
constexpr std::size_t kMostCopied = 0xFFFF'F000;

void copy_file_range(fuse_req_t request, fuse_ino_t, off_t from_offset, fuse_file_info* from, fuse_ino_t,
                     off_t to_offset, fuse_file_info* to, std::size_t length, int) {
  Edge& edge = Edge::of(request);
  const vfs::CopyRange range{from->fh, static_cast<std::uint64_t>(from_offset), to->fh,
                             static_cast<std::uint64_t>(to_offset), std::min(length, kMostCopied)};
  edge.dispatcher.submit(CopyReply(request, "copy_file_range"),
                         [&edge, range](const Context& context) { return edge.filesystem.copy_range(range, context); });
}

void flush(fuse_req_t request, fuse_ino_t, fuse_file_info* info) {
  Edge& edge = Edge::of(request);
  StatusReply reply(request, "close");
  if (!edge.handles.writes(info->fh)) return reply.answer({});
  const pid_t thread = fuse_req_ctx(request)->pid;
  edge.dispatcher.submit_lasting(std::move(reply), [&edge, handle = info->fh, thread](const Context& context) {
    return edge.filesystem.flush(handle, process_of(thread), context);
  });
}

void synchronise(fuse_req_t request, fuse_ino_t, int, fuse_file_info* info) {
  Edge& edge = Edge::of(request);
  edge.dispatcher.submit_lasting(StatusReply(request, "fsync"), [&edge, handle = info->fh](const Context& context) {
    return edge.filesystem.sync(handle, context);
  });
}

void release(fuse_req_t request, fuse_ino_t, fuse_file_info* info) {
  Edge& edge = Edge::of(request);
  edge.dispatcher.submit(StatusReply(request, "release"), [&edge, handle = info->fh](const Context& context) -> Status {
    edge.handles.remove_file(handle);
    edge.filesystem.release(handle, context);
    return {};
  });
}

}  // namespace

void add_file_operations(fuse_lowlevel_ops& table) {
  table.open = open;
  table.create = create;
  table.read = read;
  table.write = write;
  table.copy_file_range = copy_file_range;
  table.flush = flush;
  table.fsync = synchronise;
  table.release = release;
}

}  // namespace ftpsfs::fuse
