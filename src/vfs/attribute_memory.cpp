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

}  // namespace

AttributeMemory::AttributeMemory() : entries_(kCapacityBytes) {}

void AttributeMemory::remember_mtime(const RemotePath& path, std::int64_t mtime) {
  MutexLock lock(mutex_);
  entry(path).mtime = Memory<std::int64_t>{mtime, std::nullopt};
}

void AttributeMemory::remember_mode(const RemotePath& path, std::uint32_t mode) {
  MutexLock lock(mutex_);
  entry(path).mode = Memory<std::uint32_t>{mode, std::nullopt};
}

Attributes AttributeMemory::apply(const RemotePath& path, Attributes told) {
  MutexLock lock(mutex_);
  Entry* known = entries_.tryGet(path);
  if (known == nullptr) return told;
  if (known->mtime) {
    if (!known->mtime->told) known->mtime->told = told.mtime;
    if (*known->mtime->told == told.mtime) {
      told.mtime = known->mtime->wanted;
    } else {
      known->mtime.reset();
    }
  }
  if (known->mode) {
    const std::uint32_t mode = told.mode.value_or(0);
    if (!known->mode->told) known->mode->told = mode;
    if (*known->mode->told == mode) {
      told.mode = known->mode->wanted;
    } else {
      known->mode.reset();
    }
  }
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
