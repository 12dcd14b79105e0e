// The inside of SessionPool, shared by the files that implement it.
//
// Every session that is open, being opened, or being closed in order counts in `open_`; it is either with a lease,
// idle, parked, or in the hands of the thread that keeps house. Only the first in the queue of those who
// wait takes a step; whatever that step needs from the network happens without the lock.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/remote/session_pool.h"
#include "remote/back_off.h"
#include "remote/bell.h"

namespace ftpsfs::remote {

struct IdleSession {
  std::unique_ptr<ftp::Session> session;
  Clock::TimePoint used;                ///< when its last lease ended
  Clock::TimePoint heard;               ///< when it last said anything, NOOP included
  std::optional<ftp::Pending> pending;  ///< its next step towards being ready for a transfer
};

/// Kept in lists only: nodes are never moved, so the transfer always ends before its session.
struct ParkedTransfer {
  std::uint64_t ticket = 0;
  Clock::TimePoint since;
  std::unique_ptr<ftp::Session> session;
  std::unique_ptr<ftp::Transfer> transfer;
};
using ParkedTransfers = std::list<ParkedTransfer>;

struct Loan {
  std::unique_ptr<ftp::Session> session;
  bool reused = false;
  bool long_silent = false;
};

/// What the first in the queue may do next: try `idle`, or take back `parked`, or open a session.
struct Step {
  std::unique_ptr<ftp::Session> idle;
  ParkedTransfers parked;
  bool long_silent = false;  ///< either of them
};

class SessionPool::Impl {
 public:
  Impl(Opener opener, PoolOptions options, const Clock& clock);
  /// Ends the threads, which may call the pool until then. Nothing is called after it.
  void end() EXCLUDES(mutex_);

  Result<Loan> acquire(Purpose purpose, const Context& context) EXCLUDES(mutex_);
  void give_back(std::unique_ptr<ftp::Session> session, bool keep) EXCLUDES(mutex_);
  std::uint64_t park(Loan loan, std::unique_ptr<ftp::Transfer> transfer) EXCLUDES(mutex_);
  ParkedTransfers unpark(std::uint64_t ticket) EXCLUDES(mutex_);
  void look_after(std::function<void()> duty) EXCLUDES(mutex_);
  void drop_idle() EXCLUDES(mutex_);
  [[nodiscard]] bool must_yield(Clock::TimePoint since) const EXCLUDES(mutex_);
  [[nodiscard]] Clock::TimePoint now() const { return clock_.now(); }
  [[nodiscard]] std::size_t size() const EXCLUDES(mutex_);
  [[nodiscard]] std::size_t busy() const EXCLUDES(mutex_);
  [[nodiscard]] std::size_t limit() const EXCLUDES(mutex_);
  [[nodiscard]] std::optional<Outage> outage() const EXCLUDES(mutex_);
  [[nodiscard]] bool long_silent(Clock::TimePoint heard) const;
  [[nodiscard]] std::optional<std::size_t> taught_limit() const EXCLUDES(mutex_);
  void expect_limit(std::size_t sessions) EXCLUDES(mutex_);

 private:
  struct Waiter {
    ConditionVariable wake;
  };
  enum class Place { kBack, kFront };

  Result<Step> wait_for_step(Purpose purpose, const Context& context, Deadline until, Place place) EXCLUDES(mutex_);
  Result<std::optional<Step>> next_step(Purpose purpose) REQUIRES(mutex_);
  [[nodiscard]] bool has_room_for_background(Purpose purpose) const REQUIRES(mutex_);
  std::vector<IdleSession>::iterator best_idle(Purpose purpose) REQUIRES(mutex_);
  void wake_first() REQUIRES(mutex_);
  /// Nobody is logged in, as far as we know.
  [[nodiscard]] bool nobody_in() const REQUIRES(mutex_) { return open_ == opening_; }
  /// The caller was counted in `opening_`; take_failure() is told of an error.
  Result<std::unique_ptr<ftp::Session>> open_session(const Context& context) EXCLUDES(mutex_);
  /// True when the caller should queue again: the server had no room, but may have soon.
  bool take_failure(const Error& error, int refusals) EXCLUDES(mutex_);
  void back_off(const Error& error, Clock::TimePoint now) REQUIRES(mutex_);

  void keep_house() EXCLUDES(mutex_);
  void await_chores() EXCLUDES(mutex_);
  void advance(int fd) EXCLUDES(mutex_);
  bool do_a_chore() EXCLUDES(mutex_);
  ParkedTransfers overdue_transfer() REQUIRES(mutex_);
  std::unique_ptr<ftp::Session> surplus_session() REQUIRES(mutex_);
  std::optional<IdleSession> silent_session() REQUIRES(mutex_);
  void work_slowly() EXCLUDES(mutex_);
  bool await_slow_work() EXCLUDES(mutex_);
  bool take_place_for_spare() EXCLUDES(mutex_);
  bool begin_duty() EXCLUDES(mutex_);
  [[nodiscard]] bool wants_spare() const REQUIRES(mutex_);
  [[nodiscard]] bool duty_due() const REQUIRES(mutex_) { return duty_at_ && clock_.now() >= *duty_at_; }
  void open_spare() EXCLUDES(mutex_);
  bool say_noop(ftp::Session& session) const;
  void put_idle(IdleSession idle) REQUIRES(mutex_);

  const Opener opener_;
  const PoolOptions options_;
  const Clock& clock_;
  const std::shared_ptr<Cancellation> stop_ = std::make_shared<Cancellation>();

  mutable Mutex mutex_;
  std::deque<Waiter*> queue_ GUARDED_BY(mutex_);
  std::vector<IdleSession> idle_ GUARDED_BY(mutex_);  ///< most recently used last
  ParkedTransfers parked_ GUARDED_BY(mutex_);         ///< longest at rest first
  std::uint64_t last_ticket_ GUARDED_BY(mutex_) = 0;
  std::size_t open_ GUARDED_BY(mutex_) = 0;
  std::size_t opening_ GUARDED_BY(mutex_) = 0;  ///< those of them that are not logged in yet
  std::size_t limit_ GUARDED_BY(mutex_);
  Clock::TimePoint limit_learned_ GUARDED_BY(mutex_);
  bool limit_guessed_ GUARDED_BY(mutex_) = false;  ///< from a refusal that may have meant something else
  Clock::TimePoint room_expected_ GUARDED_BY(mutex_);
  Clock::TimePoint login_doubted_until_ GUARDED_BY(mutex_);  ///< one was refused while others were in
  BackOff back_off_ GUARDED_BY(mutex_);
  std::size_t spares_opened_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::size_t advancing_ GUARDED_BY(mutex_) = 0;   ///< idle sessions in the housekeeper's hands for a moment
  bool more_wanted_ GUARDED_BY(mutex_) = false;    ///< a transfer had to take a session that was not ready
  bool reopen_wanted_ GUARDED_BY(mutex_) = false;  ///< somebody was refused because no session could be had
  std::function<void()> duty_;                     ///< written once, before duty_at_
  std::optional<Clock::TimePoint> duty_at_ GUARDED_BY(mutex_);  ///< when it is due; empty: there is none
  ConditionVariable slow_work_;
  Bell notice_;
  std::thread housekeeper_;  ///< last: they use all of the above
  std::thread slow_worker_;
};

}  // namespace ftpsfs::remote
