// UploadStream: sends a staged file to the server while it is still being written.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/mutex.h"
#include "ftpsfs/base/worker_pool.h"
#include "ftpsfs/remote/remote_fs.h"
#include "vfs/staged_file.h"

namespace ftpsfs::vfs {

/// A thread of the pool takes what was written in order and sends it under a temporary name, on a session nobody waits
/// for. It gives up, and removes what arrived, when a write changes what was sent already, when no session can be
/// spared, when the program pauses for long, or when the server fails it: a commit can always send all of it again. Any
/// thread may call any member.
class UploadStream : public std::enable_shared_from_this<UploadStream> {
 public:
  struct Services {
    remote::RemoteFs& remote;
    WorkerPool& workers;
    std::chrono::milliseconds stall_limit;
    std::shared_ptr<std::atomic<std::uint64_t>> sent;  ///< is told how many bytes were
  };

  static std::shared_ptr<UploadStream> begin(const Services& services, std::shared_ptr<StagedFile> staged,
                                             remote::RemotePath temporary);

  /// More was written.
  void go_on() EXCLUDES(mutex_);
  /// Sends the rest and returns what of the staged file is on the server then, under temporary(). After an error
  /// nothing of it is to be relied on.
  Result<StagedState> finish(const Context& context) EXCLUDES(mutex_);
  /// Nobody wants it. Returns at once.
  void give_up() EXCLUDES(mutex_);

  /// Why it ended before its time; nullopt while it goes on.
  [[nodiscard]] std::optional<Error> failure() const EXCLUDES(mutex_);
  [[nodiscard]] const remote::RemotePath& temporary() const { return temporary_; }
  [[nodiscard]] bool is_of(const std::shared_ptr<StagedFile>& staged) const { return staged_ == staged; }

 private:
  enum class Wish { kGoOn, kFinish, kGiveUp };

  UploadStream(const Services& services, std::shared_ptr<StagedFile> staged, remote::RemotePath temporary)
      : services_(services),
        staged_(std::move(staged)),
        ticket_(staged_->begin_taking()),
        temporary_(std::move(temporary)) {}

  void run() EXCLUDES(mutex_);
  Result<StagedState> send_all(remote::Writer& writer, const Context& context) EXCLUDES(mutex_);
  Result<std::optional<StagedState>> await_more() EXCLUDES(mutex_);

  const Services services_;
  const std::shared_ptr<StagedFile> staged_;
  const std::uint64_t ticket_;
  const remote::RemotePath temporary_;
  const std::shared_ptr<Cancellation> stop_ = std::make_shared<Cancellation>();
  mutable Mutex mutex_;
  ConditionVariable changed_;
  Wish wish_ GUARDED_BY(mutex_) = Wish::kGoOn;
  bool more_ GUARDED_BY(mutex_) = false;
  std::optional<Result<StagedState>> outcome_ GUARDED_BY(mutex_);
};

}  // namespace ftpsfs::vfs
