// Mutex, MutexLock and ConditionVariable with Clang thread-safety annotations.
//
// Lock order, outermost first; a thread holding one may take only those below it:
//
//   vfs::RemoteFilesystem  >  vfs::OpenFile  >  vfs::StagedFile, vfs::FileReader, vfs::SiblingReader, vfs::TreeWalker
//   >  vfs::MetadataLoader, vfs::ListingLoader, vfs::NodeTable  >  cache::MetadataCache, cache::BlockCache,
//   cache::DiskCache, vfs::AttributeMemory, vfs::TemporaryFiles  >  remote::SessionPool  >  WorkerPool  >  logging
//
// No mutex is held across network input or output, or while a kernel request is answered.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define FTPSFS_ANNOTATE(x) __attribute__((x))
#else
#define FTPSFS_ANNOTATE(x)
#endif

#define CAPABILITY(x) FTPSFS_ANNOTATE(capability(x))
#define SCOPED_CAPABILITY FTPSFS_ANNOTATE(scoped_lockable)
#define GUARDED_BY(x) FTPSFS_ANNOTATE(guarded_by(x))
#define PT_GUARDED_BY(x) FTPSFS_ANNOTATE(pt_guarded_by(x))
#define REQUIRES(...) FTPSFS_ANNOTATE(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) FTPSFS_ANNOTATE(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) FTPSFS_ANNOTATE(acquire_capability(__VA_ARGS__))
#define RELEASE(...) FTPSFS_ANNOTATE(release_capability(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS FTPSFS_ANNOTATE(no_thread_safety_analysis)

namespace ftpsfs {

class CAPABILITY("mutex") Mutex {
 public:
  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// A condition to wait for with a Mutex held. Every wait has an end: callers loop on their own predicate.
class ConditionVariable {
 public:
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }
  /// Returns false when `until` passed.
  bool wait_until(Mutex& mutex, std::chrono::steady_clock::time_point until) REQUIRES(mutex) NO_THREAD_SAFETY_ANALYSIS {
    return condition_.wait_until(mutex, until) == std::cv_status::no_timeout;
  }

 private:
  std::condition_variable_any condition_;
};

}  // namespace ftpsfs
