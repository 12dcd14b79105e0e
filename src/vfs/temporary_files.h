// TemporaryFiles: the files under names of ours that may be on the server, from the first byte to the last trace.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/mutex.h"
#include "ftpsfs/base/worker_pool.h"
#include "ftpsfs/remote/remote_fs.h"
#include "ftpsfs/remote/remote_path.h"
#include "vfs/temporary_notes.h"

namespace ftpsfs::vfs {

/// Nobody sees them through a mount, so nobody else would remove them. What a broken line leaves goes once the line is
/// there again; what a mount leaves that is killed, the next one of its source removes in the background, by the id in
/// the names: another mount's are never touched. Bounded. Any thread may call any member.
class TemporaryFiles {
 public:
  /// Both outlive it, but `workers`, whose threads end before it does.
  TemporaryFiles(remote::RemoteFs& remote, WorkerPool& workers, std::chrono::milliseconds stall_limit);
  /// Removes what is left, within seconds. What it cannot remove stays noted.
  ~TemporaryFiles();
  TemporaryFiles(const TemporaryFiles&) = delete;
  TemporaryFiles& operator=(const TemporaryFiles&) = delete;

  /// Once, before anything else: notes in `folder`, which no other mount uses as long as this one lives, where files
  /// may lie, and begins to remove those of the mounts that left notes there.
  void keep_in(const std::string& folder) EXCLUDES(noting_);
  /// What goes on in the background ends soon.
  void stop();

  /// A new name in `directory`, for a file that nobody misses. Errors: those of RemotePath::child().
  Result<remote::RemotePath> make(const remote::RemotePath& directory) EXCLUDES(noting_, mutex_);
  /// A new name for a file that a step to come may want back: it is never removed but by remove().
  Result<remote::RemotePath> make_aside(const remote::RemotePath& directory) EXCLUDES(noting_, mutex_);
  /// It has its last name now, or never was on the server.
  void gone(const remote::RemotePath& file) EXCLUDES(mutex_);
  /// Those below `from` moved with it.
  void moved(const remote::RemotePath& from, const remote::RemotePath& to) EXCLUDES(noting_, mutex_);
  /// Removes it. After a broken line, which is an error as all others of RemoteFs::remove() are, sweep() tries again.
  Status remove(const remote::RemotePath& file, const Context& context) EXCLUDES(mutex_);
  /// Nobody wants it any more; sweep() removes it.
  void give_up(const remote::RemotePath& file) EXCLUDES(mutex_);
  /// The server can be reached: what was given up is removed in the background.
  void sweep() EXCLUDES(mutex_);

 private:
  enum class Use { kWanted, kGivenUp };

  void note(const remote::RemotePath& directory) EXCLUDES(noting_, mutex_);
  void remember(const remote::RemotePath& file, Use use) REQUIRES(mutex_);
  [[nodiscard]] std::set<remote::RemotePath> directories() EXCLUDES(mutex_);
  [[nodiscard]] std::vector<remote::RemotePath> given_up() EXCLUDES(mutex_);
  void sweep_given_up() EXCLUDES(mutex_);
  void sweep_left(const std::vector<TemporaryNotes::Left>& left) EXCLUDES(noting_);
  Status sweep_directory(const remote::RemotePath& directory, const std::set<std::string>& mounts);
  Result<std::vector<remote::TemporaryFile>> list_patiently(const remote::RemotePath& directory) EXCLUDES(mutex_);

  remote::RemoteFs& remote_;
  WorkerPool& workers_;
  const std::chrono::milliseconds stall_limit_;
  const std::shared_ptr<Cancellation> stop_ = std::make_shared<Cancellation>();

  Mutex noting_;                                               ///< held over waits for the local disk; before mutex_
  std::unique_ptr<TemporaryNotes> notes_ GUARDED_BY(noting_);  ///< null: nothing outlives the mount
  std::set<remote::RemotePath> noted_ GUARDED_BY(noting_);     ///< directories
  std::size_t most_noted_ GUARDED_BY(noting_);                 ///< then those without a file are dropped
  bool told_note_failed_ GUARDED_BY(noting_) = false;

  Mutex mutex_;
  ConditionVariable never_;                                     ///< for waits that only a stop ends early
  std::map<remote::RemotePath, Use> files_ GUARDED_BY(mutex_);  ///< may be on the server
  bool overlooked_ GUARDED_BY(mutex_) = false;                  ///< there were more of them than are remembered
  bool sweeping_ GUARDED_BY(mutex_) = false;
};

}  // namespace ftpsfs::vfs
