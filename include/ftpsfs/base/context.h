// Context: how long an operation may take, and how it is given up before that.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>

#include "ftpsfs/base/result.h"
#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs {

/// The moment at which a wait ends in vain. Monotonic time.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;
  static Deadline after(std::chrono::milliseconds span) { return Deadline(Clock::now() + span); }

  explicit Deadline(Clock::time_point at) : at_(at) {}
  [[nodiscard]] Clock::time_point at() const { return at_; }
  [[nodiscard]] bool passed() const { return Clock::now() >= at_; }
  /// Milliseconds left for poll(2), rounded up; 0 when passed.
  [[nodiscard]] int poll_timeout_ms() const;

 private:
  Clock::time_point at_;
};

/// A one-way switch that ends waits from another thread. Its descriptor becomes readable, so poll(2) can watch it; when
/// the process has no descriptor left it is -1, which poll(2) ignores, and waits end at their deadline only.
/// Any thread may call any member.
class Cancellation {
 public:
  Cancellation();
  void cancel();
  [[nodiscard]] bool cancelled() const { return cancelled_.load(); }
  [[nodiscard]] int fd() const { return event_.get(); }

 private:
  std::atomic<bool> cancelled_ = false;
  UniqueFd event_;
};

/// Given to everything that may block. Two limits, because a transfer that moves on may take hours: each wait for the
/// next byte or reply ends after `stall_limit`, and the whole operation at `deadline` when there is one.
struct Context {
  std::chrono::milliseconds stall_limit{std::chrono::seconds(15)};
  std::optional<Deadline> deadline;
  std::shared_ptr<Cancellation> cancellation;

  /// When the wait that begins now must end: the nearer of the two limits.
  [[nodiscard]] Deadline next_wait() const;
  /// kInterrupted when cancelled, kTimeout when the deadline passed.
  [[nodiscard]] Status check() const;
  /// The same limits without a cancellation: for a step that must not be torn, such as a commit.
  [[nodiscard]] Context uncancellable() const { return Context{stall_limit, deadline, nullptr}; }
};

}  // namespace ftpsfs
