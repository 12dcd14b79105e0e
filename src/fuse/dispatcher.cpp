// Where libfuse's interrupts meet ours.
#include "fuse/dispatcher.h"

#include "fuse/caller.h"

namespace ftpsfs::fuse {

Dispatcher::Dispatcher(std::chrono::milliseconds stall_limit, std::chrono::milliseconds interrupt_poll_interval)
    : stall_limit_(stall_limit), interrupts_(has_given_up, interrupt_poll_interval) {}

void Dispatcher::finish() {
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
