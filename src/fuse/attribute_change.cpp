// Decoding setattr.
#include "fuse/attribute_change.h"

#include "fuse/libfuse.h"

namespace ftpsfs::fuse {

vfs::AttributeChange to_change(const struct stat& attributes, int to_set, std::int64_t now) {
  vfs::AttributeChange change;
  if (to_set & FUSE_SET_ATTR_MODE) change.mode = attributes.st_mode & 07777U;
  if (to_set & FUSE_SET_ATTR_UID) change.uid = attributes.st_uid;
  if (to_set & FUSE_SET_ATTR_GID) change.gid = attributes.st_gid;
  if (to_set & FUSE_SET_ATTR_SIZE) change.size = static_cast<std::uint64_t>(attributes.st_size);
  if (to_set & FUSE_SET_ATTR_MTIME_NOW) {
    change.mtime = now;
  } else if (to_set & FUSE_SET_ATTR_MTIME) {
    change.mtime = attributes.st_mtim.tv_sec;
  }
  return change;
}

bool is_empty(const vfs::AttributeChange& change) {
  return !change.mode && !change.uid && !change.gid && !change.size && !change.mtime;
}

}  // namespace ftpsfs::fuse
