#include "ftpsfs/base/context.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cstdint>

namespace ftpsfs {

int Deadline::poll_timeout_ms() const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 24LL * 3600 * 1000));
}

Cancellation::Cancellation() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Cancellation::cancel() {
  cancelled_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
}

Deadline Context::next_wait() const {
  const Deadline stall = Deadline::after(stall_limit);
  return deadline && deadline->at() < stall.at() ? *deadline : stall;
}

Status Context::check() const {
  if (cancellation && cancellation->cancelled()) return fail(ErrorKind::kInterrupted, "interrupted");
  if (deadline && deadline->passed()) return fail(ErrorKind::kTimeout, "no answer in time");
  return {};
}

}  // namespace ftpsfs
