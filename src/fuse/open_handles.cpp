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
  directories_.emplace(handle, nullptr);
}

Snapshot OpenHandles::snapshot(vfs::HandleId handle) const {
  MutexLock lock(mutex_);
  const auto directory = directories_.find(handle);
  return directory != directories_.end() ? directory->second : nullptr;
}

void OpenHandles::keep_snapshot(vfs::HandleId handle, Snapshot snapshot) {
  MutexLock lock(mutex_);
  if (const auto directory = directories_.find(handle); directory != directories_.end()) {
    directory->second = std::move(snapshot);
  }
}

void OpenHandles::remove_directory(vfs::HandleId handle) {
  MutexLock lock(mutex_);
  directories_.erase(handle);
}

void OpenHandles::release_all(vfs::Filesystem& filesystem, const Context& context) {
  std::unordered_map<vfs::HandleId, bool> files;
  std::unordered_map<vfs::HandleId, Snapshot> directories;
  {
    MutexLock lock(mutex_);
    files.swap(files_);
    directories.swap(directories_);
  }
  for (const auto& [handle, writes] : files) filesystem.release(handle, context);
  for (const auto& [handle, snapshot] : directories) filesystem.release_directory(handle);
}

}  // namespace ftpsfs::fuse
