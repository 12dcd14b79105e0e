// The ledger of open handles.
#include "fuse/open_handles.h"

#include <utility>

namespace ftpsfs::fuse {

void OpenHandles::add_file(vfs::HandleId handle, bool writes) {
  MutexLock lock(mutex_);
  files_.emplace(handle, writes);
}

bool OpenHandles::writes(vfs::HandleId handle) const {
  MutexLock lock(mutex_);
  const auto file = files_.find(handle);
  return file != files_.end() && file->second;
}

void OpenHandles::remove_file(vfs::HandleId handle) {
  MutexLock lock(mutex_);
  files_.erase(handle);
}

void OpenHandles::add_directory(vfs::HandleId handle) {
  MutexLock lock(mutex_);
  directories_.insert(handle);
}

void OpenHandles::remove_directory(vfs::HandleId handle) {
  MutexLock lock(mutex_);
  directories_.erase(handle);
}

void OpenHandles::release_all(vfs::Filesystem& filesystem, const Context& context) {
  std::unordered_map<vfs::HandleId, bool> files;
  std::unordered_set<vfs::HandleId> directories;
  {
    MutexLock lock(mutex_);
    files.swap(files_);
    directories.swap(directories_);
  }
  for (const auto& [handle, writes] : files) filesystem.release(handle, context);
  for (const vfs::HandleId handle : directories) filesystem.release_directory(handle);
}

}  // namespace ftpsfs::fuse
