#include "vfs/attribute_memory.h"

#include <utility>
#include <vector>

namespace ftpsfs::vfs {

using remote::Attributes;
using remote::RemotePath;

namespace {
constexpr std::size_t kCapacityBytes = 1024 * 1024;

// The name that `path`, which is `from` or below it, has once `from` is called `to`.
Result<RemotePath> rebased(const RemotePath& path, const RemotePath& from, const RemotePath& to) {
  if (path == from) return to;
  FTPSFS_TRY_ASSIGN(const RemotePath parent, rebased(path.parent(), from, to));
  return parent.child(path.name());
}

// What `memory` holds against what the server tells now; void once the server tells something else than at first.
template <typename T>
T recall(std::optional<Remembered<T>>& memory, T told) {
  if (!memory) return told;
  if (!memory->told) memory->told = told;
  if (*memory->told == told) return memory->wanted;
  memory.reset();
  return told;
}

}  // namespace

AttributeMemory::AttributeMemory() : entries_(kCapacityBytes) {}

void AttributeMemory::remember_mtime(const RemotePath& path, std::int64_t mtime) {
  MutexLock lock(mutex_);
  entry(path).mtime = Remembered<std::int64_t>{mtime, std::nullopt};
}

void AttributeMemory::remember_mode(const RemotePath& path, std::uint32_t mode) {
  MutexLock lock(mutex_);
  entry(path).mode = Remembered<std::optional<std::uint32_t>>{mode, std::nullopt};
}

Attributes AttributeMemory::apply(const RemotePath& path, Attributes told) {
  MutexLock lock(mutex_);
  Entry* known = entries_.tryGet(path);
  if (known == nullptr) return told;
  told.mtime = recall(known->mtime, told.mtime);
  told.mode = recall(known->mode, told.mode);
  return told;
}

void AttributeMemory::forget_mtime(const RemotePath& path) {
  MutexLock lock(mutex_);
  if (Entry* known = entries_.tryGet(path)) known->mtime.reset();
}

void AttributeMemory::forget_mode(const RemotePath& path) {
  MutexLock lock(mutex_);
  if (Entry* known = entries_.tryGet(path)) known->mode.reset();
}

void AttributeMemory::forget(const RemotePath& path) {
  MutexLock lock(mutex_);
  entries_.remove(path);
}

void AttributeMemory::move(const RemotePath& from, const RemotePath& to) {
  MutexLock lock(mutex_);
  std::vector<RemotePath> replaced;
  std::vector<std::pair<RemotePath, Entry>> moved;
  entries_.cwalk([&](const RemotePath& path, const Entry& known) {
    if (path.is_within(to)) replaced.push_back(path);
    if (path.is_within(from)) moved.emplace_back(path, known);
  });
  for (const RemotePath& path : replaced) entries_.remove(path);
  for (const auto& [path, known] : moved) {
    entries_.remove(path);
    if (const auto renamed = rebased(path, from, to)) entry(*renamed) = known;
  }
}

AttributeMemory::Entry& AttributeMemory::entry(const RemotePath& path) {
  if (entries_.tryGet(path) == nullptr) entries_.insert(path, Entry{}, sizeof(Entry) + path.text().size());
  return *entries_.tryGet(path);
}

}  // namespace ftpsfs::vfs
