// Dispatcher: requests that may wait for the server, each on a thread of its own.
#pragma once

#include <spdlog/spdlog.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/worker_pool.h"
#include "fuse/interrupts.h"
#include "fuse/libfuse.h"
#include "fuse/replies.h"

namespace ftpsfs::fuse {

/// Any thread may call any member. What is under way is bounded by the kernel: one request for each waiting thread of
/// the programs, and `max_background` for those nobody waits for; and by the threads of `lasting_`, for what goes on
/// when its caller gave up.
class Dispatcher {
 public:
  Dispatcher(std::chrono::milliseconds stall_limit, std::chrono::milliseconds interrupt_poll_interval);

  /// Runs `work`, which is given a Context that an interrupt of this request cancels, and answers with what it returns.
  /// `work` must own what it needs: libfuse's arguments are gone by then.
  template <typename ReplyKind, typename Work>
  void submit(ReplyKind reply, Work work);

  /// The same for work that goes on when its caller gives up, who is answered kInterrupted then: `work` is given a
  /// Context that nothing cancels.
  void submit_lasting(StatusReply reply, std::function<Status(const Context&)> work);

  /// Gives up the waits that may be given up and returns when all work has ended. Nothing may be submitted after it.
  void finish();

 private:
  /// Ties a wait to a request's interrupts. Ends before the request is answered, which ends the request.
  class Interruptible {
   public:
    Interruptible(Interrupts& interrupts, fuse_req_t request);
    ~Interruptible();
    Interruptible(const Interruptible&) = delete;
    Interruptible& operator=(const Interruptible&) = delete;

    [[nodiscard]] const std::shared_ptr<Cancellation>& cancellation() const { return wait_.cancellation(); }

   private:
    static void on_interrupt(fuse_req_t request, void* wait);

    fuse_req_t request_;
    Interrupts::Wait wait_;
  };

  static constexpr std::size_t kMaxThreads = 512;

  const std::chrono::milliseconds stall_limit_;
  Interrupts interrupts_;
  std::optional<WorkerPool> workers_{kMaxThreads};  ///< last: their threads end before what they use does
  std::optional<WorkerPool> lasting_{kMaxThreads};  ///< of its own: those who wait for it must not take its threads
};

template <typename ReplyKind, typename Work>
void Dispatcher::submit(ReplyKind reply, Work work) {
  const auto shared_reply = std::make_shared<ReplyKind>(std::move(reply));  // std::function wants copies
  try {
    workers_->submit([this, shared_reply, work = std::move(work)] {
      auto result = [&] {
        const Interruptible wait(interrupts_, shared_reply->request());
        return work(Context{stall_limit_, std::nullopt, wait.cancellation()});
      }();
      shared_reply->answer(std::move(result));
    });
  } catch (const std::system_error& error) {
    spdlog::error("no thread to answer a request: {}", error.what());
  }
}

}  // namespace ftpsfs::fuse
