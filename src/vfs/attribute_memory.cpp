#include "vfs/attribute_memory.h"

#include <utility>
#include <vector>

#include "ftpsfs/base/log.h"

namespace ftpsfs::vfs {

using remote::Attributes;
using remote::RemotePath;

namespace {

constexpr std::size_t kCapacityBytes = 1024 * 1024;
/// Who makes more changes than these wait for the disk writes them.
constexpr std::size_t kMostUnwritten = 1024;

// The name that `path`, which is `from` or below it, has once `from` is called `to`.
Result<RemotePath> rebased(const RemotePath& path, const RemotePath& from, const RemotePath& to) {
  if (path == from) return to;
  FTPSFS_TRY_ASSIGN(const RemotePath parent, rebased(path.parent(), from, to));
  return parent.child(path.name());
}

// What `memory` holds against what the server tells now; void once the server tells something else than at first. That
// it tells nothing, as some ways to ask do not, is no difference.
template <typename T>
std::optional<T> recall(std::optional<Remembered<T>>& memory, std::optional<T> told) {
  if (!memory) return told;
  if (!told) return memory->wanted;
  if (!memory->told) memory->told = told;
  if (memory->told == told) return memory->wanted;
  memory.reset();
  return told;
}

std::optional<std::int64_t> told_mtime(const Attributes& told) {
  const bool rough = told.mtime == 0 || told.provisional;
  return rough ? std::nullopt : std::optional(told.mtime);
}

}  // namespace

AttributeMemory::OwnChange::OwnChange(AttributeMemory& memory, RemotePath directory)
    : memory_(memory), directory_(std::move(directory)) {
  MutexLock lock(memory_.mutex_);
  ++memory_.own_changes_[directory_];
}

// What the server tells from now on is to be learnt anew.
AttributeMemory::OwnChange::~OwnChange() {
  {
    MutexLock lock(memory_.mutex_);
    if (--memory_.own_changes_[directory_] == 0) memory_.own_changes_.erase(directory_);
    const RememberedAttributes* known = memory_.entries_.peek(directory_);
    if (known == nullptr || !known->mtime) return;
    RememberedAttributes now = *known;
    now.mtime->told.reset();
    memory_.set(directory_, now);
  }
  memory_.write_soon();
}

// The hook is called with mutex_ held, by the functions that insert.
AttributeMemory::AttributeMemory()
    : entries_(kCapacityBytes, [this](const RemotePath& path, RememberedAttributes&)
                                   NO_THREAD_SAFETY_ANALYSIS { note_unwritten(path); }) {}

AttributeMemory::~AttributeMemory() { write(); }

void AttributeMemory::keep_in(AttributeStore::Opened opened, WorkerPool& workers) {
  {
    MutexLock writing(writing_);
    store_ = std::move(opened.store);
    workers_ = &workers;
    MutexLock lock(mutex_);
    for (const auto& [path, known] : opened.entries) {
      entries_.insert(path, known, sizeof known + path.text().size());  // oldest first; those without room go on disk
    }
  }
  write_soon();
}

void AttributeMemory::remember_mtime(const RemotePath& path, std::int64_t mtime) {
  remember(path, &RememberedAttributes::mtime, mtime);
}

void AttributeMemory::remember_mode(const RemotePath& path, std::uint32_t mode) {
  remember(path, &RememberedAttributes::mode, mode);
}

template <typename T>
void AttributeMemory::remember(const RemotePath& path, std::optional<Remembered<T>> RememberedAttributes::*which,
                               T wanted) {
  {
    MutexLock lock(mutex_);
    const RememberedAttributes* known = entries_.peek(path);
    RememberedAttributes now = known != nullptr ? *known : RememberedAttributes{};
    now.*which = Remembered<T>{wanted, std::nullopt};
    set(path, now);
  }
  write_soon();
}

bool AttributeMemory::remembers_mtime(const RemotePath& path) {
  MutexLock lock(mutex_);
  const RememberedAttributes* known = entries_.peek(path);
  return known != nullptr && known->mtime;
}

Attributes AttributeMemory::apply(const RemotePath& path, Attributes told) {
  {
    MutexLock lock(mutex_);
    const RememberedAttributes* known = entries_.tryGet(path);
    if (known == nullptr) return told;
    RememberedAttributes now = *known;
    if (now.mtime && own_changes_.contains(path)) {
      told.mtime = now.mtime->wanted;
    } else {
      told.mtime = recall(now.mtime, told_mtime(told)).value_or(told.mtime);
    }
    told.mode = recall(now.mode, told.mode);
    if (now == *known) return told;
    set(path, now);
  }
  write_soon();
  return told;
}

void AttributeMemory::forget_mtime(const RemotePath& path) { forget_one(path, &RememberedAttributes::mtime); }

void AttributeMemory::forget_mode(const RemotePath& path) { forget_one(path, &RememberedAttributes::mode); }

template <typename T>
void AttributeMemory::forget_one(const RemotePath& path, std::optional<Remembered<T>> RememberedAttributes::*which) {
  {
    MutexLock lock(mutex_);
    const RememberedAttributes* known = entries_.peek(path);
    if (known == nullptr || !(known->*which)) return;
    RememberedAttributes now = *known;
    (now.*which).reset();
    set(path, now);
  }
  write_soon();
}

void AttributeMemory::forget(const RemotePath& path) {
  {
    MutexLock lock(mutex_);
    if (!entries_.contains(path)) return;
    set(path, {});
  }
  write_soon();
}

void AttributeMemory::move(const RemotePath& from, const RemotePath& to) {
  {
    MutexLock lock(mutex_);
    std::vector<RemotePath> replaced;
    std::vector<AttributeStore::Entry> moved;
    entries_.cwalk([&](const RemotePath& path, const RememberedAttributes& known) {
      if (path.is_within(to)) replaced.push_back(path);
      if (path.is_within(from)) moved.emplace_back(path, known);
    });
    for (const RemotePath& path : replaced) set(path, {});
    for (const auto& [path, known] : moved) {
      set(path, {});
      if (const auto renamed = rebased(path, from, to)) set(*renamed, known);
    }
  }
  write_soon();
}

void AttributeMemory::set(const RemotePath& path, const RememberedAttributes& now) {
  note_unwritten(path);
  if (now.empty()) {
    entries_.remove(path);
  } else {
    entries_.insert(path, now, sizeof now + path.text().size());
  }
}

void AttributeMemory::note_unwritten(const RemotePath& path) {
  if (workers_ != nullptr) unwritten_.insert(path);
}

// Not on this thread, which may be one that answers the kernel, unless the disk does not keep up.
void AttributeMemory::write_soon() {
  bool wait = false;
  {
    MutexLock lock(mutex_);
    if (unwritten_.empty()) return;
    wait = unwritten_.size() > kMostUnwritten;
    if (!wait && std::exchange(write_queued_, true)) return;
  }
  if (wait) return write();
  workers_->submit([this] { write(); });
}

void AttributeMemory::write() {
  MutexLock writing(writing_);
  std::vector<AttributeStore::Entry> changes;
  {
    MutexLock lock(mutex_);
    write_queued_ = false;
    for (const RemotePath& path : std::exchange(unwritten_, {})) {
      const RememberedAttributes* known = entries_.peek(path);
      changes.emplace_back(path, known != nullptr ? *known : RememberedAttributes{});
    }
  }
  if (changes.empty() || !store_) return;
  if (const Status written = store_->write(changes); !written) {
    spdlog::warn("times and modes that the server cannot hold are remembered for this mount alone: {}",
                 written.error().message);
    store_.reset();
  }
}

}  // namespace ftpsfs::vfs
