// PromptAnswer: a question about the whole server that keeps nobody waiting.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/mutex.h"
#include "ftpsfs/base/waiting.h"
#include "ftpsfs/base/worker_pool.h"
#include "ftpsfs/remote/broken_line.h"

namespace ftpsfs::vfs {

/// For what df(1), and ls(1) of the directory above a mount, ask: these must not hang with the server. It is asked on
/// another thread, once at a time for all who want to know. Any thread may call any member.
template <typename T>
class PromptAnswer {
 public:
  using Question = std::function<Result<T>(const Context&)>;

  struct Patience {
    std::chrono::milliseconds moment;       ///< of those who ask
    std::chrono::milliseconds stall_limit;  ///< of the question
  };

  /// `workers` and what `question` needs live until stop() and the end of the workers' threads.
  PromptAnswer(WorkerPool& workers, Patience patience, Question question)
      : workers_(workers), patience_(patience), question_(std::move(question)) {}
  PromptAnswer(const PromptAnswer&) = delete;
  PromptAnswer& operator=(const PromptAnswer&) = delete;

  /// What the server says, when it says so within a moment. While it cannot be reached, what it said last, or
  /// `otherwise` when it never did. Errors: kInterrupted, and what the server refuses.
  Result<T> get(const T& otherwise, const Context& context) EXCLUDES(mutex_);
  /// Gives up the question under way; nothing may be asked any more.
  void stop() { stop_->cancel(); }

 private:
  void ask() EXCLUDES(mutex_);

  WorkerPool& workers_;
  const Patience patience_;
  const Question question_;
  const std::shared_ptr<Cancellation> stop_ = std::make_shared<Cancellation>();

  Mutex mutex_;
  ConditionVariable answered_;
  std::optional<Deadline> moment_ GUARDED_BY(mutex_);  ///< of the question under way
  std::optional<T> last_ GUARDED_BY(mutex_);
  std::optional<Error> error_ GUARDED_BY(mutex_);  ///< of the last question; absent: answered
};

template <typename T>
Result<T> PromptAnswer<T>::get(const T& otherwise, const Context& context) {
  MutexLock lock(mutex_);
  if (!moment_) {
    moment_ = Deadline::after(patience_.moment);
    try {
      workers_.submit([this] { ask(); });
    } catch (const std::system_error&) {
      moment_.reset();
    }
  }
  while (moment_ && !moment_->passed()) FTPSFS_TRY(wait_briefly(answered_, mutex_, context));
  const bool refused = !moment_ && error_ && !remote::out_of_reach(*error_);
  if (refused) return fail(*error_);
  return last_.value_or(otherwise);
}

template <typename T>
void PromptAnswer<T>::ask() {
  auto answer = question_(Context{patience_.stall_limit, std::nullopt, stop_});
  MutexLock lock(mutex_);
  moment_.reset();
  error_ = answer ? std::nullopt : std::optional(std::move(answer).error());
  if (answer) last_.emplace(*std::move(answer));
  answered_.notify_all();
}

}  // namespace ftpsfs::vfs
