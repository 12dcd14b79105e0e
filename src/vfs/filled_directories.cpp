#include "vfs/filled_directories.h"

#include <functional>
#include <string_view>

namespace ftpsfs::vfs {

using remote::RemotePath;

namespace {

constexpr std::size_t kCapacityBytes = 512 * 1024;
constexpr std::size_t kNameBytes = 40;

std::size_t hash_of(const RemotePath& path) { return std::hash<std::string_view>()(path.name()); }

}  // namespace

FilledDirectories::FilledDirectories(std::chrono::milliseconds pause, const Clock& clock)
    : pause_(pause), clock_(clock), directories_(kCapacityBytes) {}

void FilledDirectories::note_made(const RemotePath& directory) {
  MutexLock lock(mutex_);
  directories_.insert(directory, {}, sizeof(Filling) + directory.text().size());
}

void FilledDirectories::note_name(const RemotePath& path, bool created) {
  const RemotePath directory = path.parent();
  MutexLock lock(mutex_);
  Filling* const filling = directories_.tryGet(directory);
  if (filling == nullptr) return;
  filling->names.insert(hash_of(path));
  filling->begun = filling->begun || created;
  if (created) filling->last = clock_.now();
  const std::size_t names = filling->names.size();
  directories_.reweigh(directory, sizeof(Filling) + directory.text().size() + names * kNameBytes);
}

void FilledDirectories::forget(const RemotePath& directory) {
  MutexLock lock(mutex_);
  directories_.remove(directory);
}

bool FilledDirectories::lacks(const RemotePath& path) {
  MutexLock lock(mutex_);
  const Filling* const filling = directories_.peek(path.parent());
  if (filling == nullptr || !filling->begun || clock_.now() - filling->last >= pause_) return false;
  return !filling->names.contains(hash_of(path));
}

}  // namespace ftpsfs::vfs
