// AttributeMemory: times and modes that were set here but that the server cannot hold.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/base/worker_pool.h"
#include "ftpsfs/cache/lru_cache.h"
#include "ftpsfs/remote/attributes.h"
#include "ftpsfs/remote/remote_path.h"
#include "vfs/attribute_store.h"

namespace ftpsfs::vfs {

/// Lets rsync and make find what they set, on a server that refuses to set it (vsftpd: the time of a directory). A
/// remembered value holds while the server goes on telling the same (or nothing), and is forgotten once that changes.
/// Bounded at 1 MiB, oldest forgotten first. Any thread may call any member; none but keep_in() and the destructor
/// waits for the disk, unless changes come faster than it takes them.
class AttributeMemory {
 public:
  /// While one lives, what the server tells of that directory's time is our own doing, and is not learnt.
  class OwnChange {
   public:
    OwnChange(AttributeMemory& memory, remote::RemotePath directory);
    ~OwnChange();
    OwnChange(const OwnChange&) = delete;
    OwnChange& operator=(const OwnChange&) = delete;

   private:
    AttributeMemory& memory_;
    const remote::RemotePath directory_;
  };

  AttributeMemory();
  /// What is not written yet is.
  ~AttributeMemory();
  AttributeMemory(const AttributeMemory&) = delete;
  AttributeMemory& operator=(const AttributeMemory&) = delete;

  /// Once, before anything else: takes up what an earlier mount remembered, and keeps on disk what changes from now on.
  /// `workers` write; their pool ends before this does. A disk that fails later costs the next mount its memory, and
  /// the log one line.
  void keep_in(AttributeStore::Opened opened, WorkerPool& workers) EXCLUDES(writing_, mutex_);

  void remember_mtime(const remote::RemotePath& path, std::int64_t mtime) EXCLUDES(mutex_);
  void remember_mode(const remote::RemotePath& path, std::uint32_t mode) EXCLUDES(mutex_);
  [[nodiscard]] bool remembers_mtime(const remote::RemotePath& path) EXCLUDES(mutex_);
  /// The attributes with what is remembered in the place of what the server told.
  [[nodiscard]] remote::Attributes apply(const remote::RemotePath& path, remote::Attributes told) EXCLUDES(mutex_);
  void forget_mtime(const remote::RemotePath& path) EXCLUDES(mutex_);
  void forget_mode(const remote::RemotePath& path) EXCLUDES(mutex_);
  void forget(const remote::RemotePath& path) EXCLUDES(mutex_);
  /// With what is below it.
  void move(const remote::RemotePath& from, const remote::RemotePath& to) EXCLUDES(mutex_);

 private:
  template <typename T>
  void remember(const remote::RemotePath& path, std::optional<Remembered<T>> RememberedAttributes::*which, T wanted)
      EXCLUDES(mutex_);
  template <typename T>
  void forget_one(const remote::RemotePath& path, std::optional<Remembered<T>> RememberedAttributes::*which)
      EXCLUDES(mutex_);
  void set(const remote::RemotePath& path, const RememberedAttributes& now) REQUIRES(mutex_);
  void note_unwritten(const remote::RemotePath& path) REQUIRES(mutex_);
  void write_soon() EXCLUDES(writing_, mutex_);
  void write() EXCLUDES(writing_, mutex_);

  WorkerPool* workers_ = nullptr;  ///< null: nothing is kept on disk
  Mutex writing_;                  ///< taken before mutex_; changes reach the disk in their order
  std::unique_ptr<AttributeStore> store_ GUARDED_BY(writing_);
  Mutex mutex_;
  cache::LruCache<remote::RemotePath, RememberedAttributes> entries_ GUARDED_BY(mutex_);
  std::map<remote::RemotePath, int> own_changes_ GUARDED_BY(mutex_);  ///< how many go on in each directory
  std::set<remote::RemotePath> unwritten_ GUARDED_BY(mutex_);         ///< differ from what is on disk
  bool write_queued_ GUARDED_BY(mutex_) = false;
};

}  // namespace ftpsfs::vfs
