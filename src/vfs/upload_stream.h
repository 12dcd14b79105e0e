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
#include "vfs/partial_upload.h"
#include "vfs/staged_file.h"
#include "vfs/temporary_files.h"

namespace ftpsfs::vfs {

/// A thread of the pool takes what was written in order and sends it under a temporary name, on a session nobody waits
/// for; over a broken line it goes on where the server got to. It gives up, and removes what arrived, when a write
/// changes what was sent already, when no session can be spared, when the program pauses for long, or when the server
/// fails it: a commit can always send all of it again. Any thread may call any member.
class UploadStream : public std::enable_shared_from_this<UploadStream> {
 public:
  struct Services {
    remote::RemoteFs& remote;
    WorkerPool& workers;
    TemporaryFiles& temporaries;
    std::chrono::milliseconds stall_limit;
    std::shared_ptr<std::atomic<std::uint64_t>> sent;  ///< is told how many bytes were
    bool resumes = true;                               ///< appending is allowed
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

  /// After a failure by the line: what is on the server.
  [[nodiscard]] std::optional<PartialUpload> left_over() const EXCLUDES(mutex_);
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
  Result<StagedState> send(const Context& context, bool again) EXCLUDES(mutex_);
  [[nodiscard]] bool may_go_on(const Result<StagedState>& outcome) const;
  bool pause(int failures) EXCLUDES(mutex_);
  void clear_away(const Error& why);
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
  std::optional<PartialUpload> left_over_ GUARDED_BY(mutex_);
  bool began_ = false;  ///< something of it may be on the server; for the thread that sends
};

}  // namespace ftpsfs::vfs
