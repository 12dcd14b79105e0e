#include "vfs/attribute_memory.h"

#include <utility>

namespace ftpsfs::vfs {

using remote::Attributes;
using remote::RemotePath;

namespace {
constexpr std::size_t kCapacityBytes = 1024 * 1024;
}

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
  entries_.remove(to);
  if (Entry* known = entries_.tryGet(from)) {
    Entry moved = *known;
    entries_.remove(from);
    entries_.insert(to, moved, sizeof(Entry) + to.text().size());
  }
}

AttributeMemory::Entry& AttributeMemory::entry(const RemotePath& path) {
  if (entries_.tryGet(path) == nullptr) entries_.insert(path, Entry{}, sizeof(Entry) + path.text().size());
  return *entries_.tryGet(path);
}

}  // namespace ftpsfs::vfs
