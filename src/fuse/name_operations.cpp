// Making, removing and renaming names.
#include <sys/stat.h>

#include <cstdio>
#include <string>

#include "fuse/caller.h"
#include "fuse/operations.h"
#include "fuse/replies.h"

namespace ftpsfs::fuse {
namespace {

void make_directory(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode) {
  Edge& edge = Edge::of(request);
  log_name("mkdir", parent, name);
  edge.dispatcher.submit(EntryReply(request, "mkdir"),
                         [&edge, parent, mode, name = std::string(name)](const Context& context) {
                           return edge.filesystem.make_directory(parent, name, mode & 07777U, context);
                         });
}

/// A regular file made without opening it: as open(O_CREAT | O_EXCL) and close().
Result<vfs::NodeAttributes> make_file(vfs::Filesystem& filesystem, vfs::NodeId parent, const std::string& name,
                                      mode_t mode, pid_t thread, const Context& context) {
  const vfs::OpenMode open_mode{.write = true, .exclusive = true};
  FTPSFS_TRY_ASSIGN(const vfs::Created created,
                    filesystem.create(parent, name, mode & 07777U, open_mode, process_of(thread), context));
  filesystem.release(created.opened.handle, context);
  return created.attributes;
}

void make_node(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode, dev_t) {
  Edge& edge = Edge::of(request);
  log_name("mknod", parent, name);
  EntryReply reply(request, "mknod");
  if (!S_ISREG(mode)) return reply.answer(fail(ErrorKind::kNotPermitted, "FTP has no devices, pipes or sockets"));
  edge.dispatcher.submit(std::move(reply), [&edge, parent, mode, name = std::string(name),
                                            thread = fuse_req_ctx(request)->pid](const Context& context) {
    return make_file(edge.filesystem, parent, name, mode, thread, context);
  });
}

void make_symbolic_link(fuse_req_t request, const char* target, fuse_ino_t parent, const char* name) {
  Edge& edge = Edge::of(request);
  edge.dispatcher.submit(EntryReply(request, "symlink"), [&edge, target = std::string(target), parent,
                                                          name = std::string(name)](const Context& context) {
    return edge.filesystem.make_link(parent, name, target, context);
  });
}

void make_hard_link(fuse_req_t request, fuse_ino_t, fuse_ino_t, const char*) {
  EntryReply(request, "link").answer(fail(ErrorKind::kNotPermitted, "FTP cannot make hard links"));
}

void remove(fuse_req_t request, fuse_ino_t parent, const char* name) {
  Edge& edge = Edge::of(request);
  log_name("unlink", parent, name);
  edge.dispatcher.submit(StatusReply(request, "unlink"),
                         [&edge, parent, name = std::string(name)](const Context& context) {
                           return edge.filesystem.remove(parent, name, context);
                         });
}

void remove_directory(fuse_req_t request, fuse_ino_t parent, const char* name) {
  Edge& edge = Edge::of(request);
  log_name("rmdir", parent, name);
  edge.dispatcher.submit(StatusReply(request, "rmdir"),
                         [&edge, parent, name = std::string(name)](const Context& context) {
                           return edge.filesystem.remove_directory(parent, name, context);
                         });
}

void rename(fuse_req_t request, fuse_ino_t parent, const char* name, fuse_ino_t new_parent, const char* new_name,
            unsigned flags) {
  Edge& edge = Edge::of(request);
  log_name("rename", parent, name);
  log_name("  to", new_parent, new_name);
  StatusReply reply(request, "rename");
  if (flags != 0 && flags != RENAME_NOREPLACE) {
    return reply.answer(fail(ErrorKind::kInvalid, "FTP can neither exchange names nor leave white-outs"));
  }
  const auto mode = flags == RENAME_NOREPLACE ? vfs::RenameMode::kNoReplace : vfs::RenameMode::kReplace;
  edge.dispatcher.submit(std::move(reply), [&edge, parent, name = std::string(name), new_parent,
                                            new_name = std::string(new_name), mode](const Context& context) {
    return edge.filesystem.rename(parent, name, new_parent, new_name, mode, context);
  });
}

}  // namespace

void add_name_operations(fuse_lowlevel_ops& table) {
  table.mkdir = make_directory;
  table.mknod = make_node;
  table.symlink = make_symbolic_link;
  table.link = make_hard_link;
  table.unlink = remove;
  table.rmdir = remove_directory;
  table.rename = rename;
}

}  // namespace ftpsfs::fuse
