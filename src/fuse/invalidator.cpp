#include "fuse/invalidator.h"

namespace ftpsfs::fuse {

Invalidator::Invalidator(vfs::Filesystem& filesystem, fuse_session* session)
    : filesystem_(filesystem), session_(session), thread_([this] { run(); }) {}

Invalidator::~Invalidator() {
  stop();
  thread_.join();
}

void Invalidator::stop() { stop_->cancel(); }

void Invalidator::run() {
  Context context;
  context.cancellation = stop_;
  while (!stop_->cancelled()) {
    for (const vfs::Invalidation& each : filesystem_.next_invalidations(context)) {
      if (stop_->cancelled()) break;
      tell(each);
    }
  }
  ended_ = true;
}

/// That the kernel does not know the node or the name any more is no failure.
void Invalidator::tell(const vfs::Invalidation& invalidation) {
  if (invalidation.parent != 0) {
    const std::string& name = invalidation.name;
    fuse_lowlevel_notify_inval_entry(session_, invalidation.parent, name.c_str(), name.size());
  } else {
    invalidate_attributes(session_, invalidation.node);
  }
}

void invalidate_attributes(fuse_session* session, vfs::NodeId node) {
  constexpr off_t kAttributesOnly = -1;
  fuse_lowlevel_notify_inval_inode(session, node, kAttributesOnly, 0);
}

}  // namespace ftpsfs::fuse
