// Where libfuse's interrupts meet ours.
#include "fuse/dispatcher.h"

#include "fuse/caller.h"
#include "fuse/lasting_work.h"

namespace ftpsfs::fuse {

Dispatcher::Dispatcher(std::chrono::milliseconds stall_limit, std::chrono::milliseconds interrupt_poll_interval)
    : stall_limit_(stall_limit), interrupts_(has_given_up, interrupt_poll_interval) {}

void Dispatcher::submit_lasting(StatusReply reply, std::function<Status(const Context&)> work) {
  const auto lasting = std::make_shared<LastingWork>();
  try {
    lasting_->submit([this, lasting, work = std::move(work)] {
      lasting->end(work(Context{stall_limit_, std::nullopt, nullptr}));
    });
  } catch (const std::system_error& error) {
    spdlog::error("no thread to answer a request: {}", error.what());
    return;
  }
  // The kernel does not report the signal of which a caller is dying already. One that cannot be seen is there: it
  // asks.
  const pid_t caller = fuse_req_ctx(reply.request())->pid;
  submit(std::move(reply), [lasting, caller](const Context& context) -> Status {
    if (is_ending(caller)) return fail(ErrorKind::kInterrupted, "the program was ended");
    return lasting->await(context);
  });
}

void Dispatcher::finish() {
  lasting_.reset();  // first: those who wait for it hear how it ended
  interrupts_.cancel_all();
  workers_.reset();
}

Dispatcher::Interruptible::Interruptible(Interrupts& interrupts, fuse_req_t request)
    : request_(request), wait_(interrupts, fuse_req_ctx(request)->pid) {
  fuse_req_interrupt_func(request_, on_interrupt, &wait_);
}

/// Returns only when no call of on_interrupt is under way: libfuse makes them under the lock that this takes.
Dispatcher::Interruptible::~Interruptible() { fuse_req_interrupt_func(request_, nullptr, nullptr); }

void Dispatcher::Interruptible::on_interrupt(fuse_req_t, void* wait) {
  static_cast<Interrupts::Wait*>(wait)->interrupted();
}

}  // namespace ftpsfs::fuse
