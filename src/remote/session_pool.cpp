// SessionPool: who gets which session, and who waits.
#include "ftpsfs/remote/session_pool.h"

#include <algorithm>
#include <utility>

#include "remote/session_pool_impl.h"

namespace ftpsfs::remote {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookForCancellation{100};
constexpr std::chrono::minutes kDoubtLimitAfter{5};
constexpr std::chrono::seconds kLongSilent{5};

/// It gives up at once, whether it is its turn or not.
bool is_background(Purpose purpose) { return purpose != Purpose::kCommands && purpose != Purpose::kTransfer; }

bool is_transfer(Purpose purpose) { return purpose != Purpose::kCommands && purpose != Purpose::kBackground; }

}  // namespace

SessionPool::Impl::Impl(Opener opener, PoolOptions options, const Clock& clock)
    : opener_(std::move(opener)),
      options_(options),
      clock_(clock),
      limit_(std::clamp<std::size_t>(options.max_sessions, 1, 64)),
      housekeeper_([this] { keep_house(); }),
      slow_worker_([this] { work_slowly(); }) {}

void SessionPool::Impl::end() {
  stop_->cancel();
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  notice_.ring();
  slow_work_.notify_all();
  housekeeper_.join();
  slow_worker_.join();
}

// --- acquiring -------------------------------------------------------------------------------------------------------

Result<Loan> SessionPool::Impl::acquire(Purpose purpose, const Context& context) {
  const Deadline patience = Deadline::after(options_.wait_limit);
  const Deadline until = context.deadline && context.deadline->at() < patience.at() ? *context.deadline : patience;
  Place place = Place::kBack;
  for (int refusals = 0;;) {
    FTPSFS_TRY_ASSIGN(Step step, wait_for_step(purpose, context, until, place));
    place = Place::kFront;  // its turn came; should this step fail, nobody overtakes

    if (step.idle) {
      step.idle->notice_hangup();
      if (step.idle->usable()) return Loan{std::move(step.idle), true, step.long_silent};
      give_back(std::move(step.idle), false);
      continue;
    }
    if (!step.parked.empty()) {
      ParkedTransfer& taken = step.parked.front();
      taken.session->abandon(std::move(taken.transfer));
      if (taken.session->usable()) return Loan{std::move(taken.session), true, step.long_silent};
      taken.session.reset();  // its place is the next one's
      MutexLock lock(mutex_);
      ++opening_;
    }
    auto opened = open_session(context);
    if (opened) return Loan{std::move(*opened), false};
    if (!take_failure(opened.error(), ++refusals)) return fail(std::move(opened).error());
  }
}

Result<Step> SessionPool::Impl::wait_for_step(Purpose purpose, const Context& context, Deadline until, Place place) {
  Waiter self;
  MutexLock lock(mutex_);
  if (place == Place::kFront) {
    queue_.push_front(&self);
  } else {
    queue_.push_back(&self);
  }
  Result<std::optional<Step>> step = std::nullopt;
  for (;;) {
    if (auto status = context.check(); !status) {
      step = fail(std::move(status).error());
    } else if (until.passed()) {
      step = fail(ErrorKind::kTimeout, "no session became free");
    } else if (queue_.front() == &self || is_background(purpose)) {
      step = next_step(purpose);
    }
    if (!step || *step) break;
    self.wake.wait_until(mutex_, std::min(until.at(), std::chrono::steady_clock::now() + kLookForCancellation));
  }
  queue_.erase(std::find(queue_.begin(), queue_.end(), &self));
  wake_first();
  if (!step) return fail(std::move(step).error());
  return std::move(**step);
}

/// nullopt: nothing to be had now.
Result<std::optional<Step>> SessionPool::Impl::next_step(Purpose purpose) {
  Step step;
  if (is_background(purpose) && !has_room_for_background(purpose)) {
    return fail(ErrorKind::kBusy, "no session to spare");
  }
  if (!idle_.empty()) {
    const auto chosen = best_idle(purpose);
    if (is_transfer(purpose) && chosen->pending && !std::exchange(more_wanted_, true)) slow_work_.notify_all();
    step.idle = std::move(chosen->session);
    step.long_silent = long_silent(chosen->heard);
    idle_.erase(chosen);
    return step;
  }
  if (advancing_ > 0) return std::nullopt;  // it will be back at once
  const auto now = clock_.now();
  const auto blocked = back_off_.blocking(now);
  if (nobody_in() && back_off_.error() && (blocked || options_.reopen_in_background)) {
    if (!blocked && !std::exchange(reopen_wanted_, true)) slow_work_.notify_all();
    return fail(*back_off_.error());
  }
  if (limit_ < options_.max_sessions && open_ >= limit_ && now - limit_learned_ >= kDoubtLimitAfter) {
    ++limit_;
    limit_learned_ = now;
  }
  const bool one_tries = nobody_in() && opening_ > 0;
  const bool login_doubted = !nobody_in() && now < login_doubted_until_;
  if (!blocked && !one_tries && !login_doubted && open_ < limit_ && now >= room_expected_) {
    ++open_, ++opening_;
    return step;
  }
  if (is_background(purpose)) return fail(ErrorKind::kBusy, "no session to spare");
  if (parked_.empty()) return std::nullopt;
  step.long_silent = long_silent(parked_.front().since);
  step.parked.splice(step.parked.end(), parked_, parked_.begin());
  return step;
}

/// Somebody else could have a session at once, or open one.
bool SessionPool::Impl::has_room_for_background(Purpose purpose) const {
  const std::size_t free = idle_.size() + advancing_ + (limit_ > open_ ? limit_ - open_ : 0);
  return queue_.size() == 1 && (free >= 2 || (limit_ == 1 && purpose != Purpose::kUploadAhead));
}

/// One that is ready for the purpose, the most recently used first; else the one that has been getting ready longest.
std::vector<IdleSession>::iterator SessionPool::Impl::best_idle(Purpose purpose) {
  const auto suits = [&](const IdleSession& each) {
    return !each.pending && (!is_transfer(purpose) || each.session->prepared());
  };
  const auto at_rest = [](const IdleSession& each) { return !each.pending.has_value(); };
  auto found = std::find_if(idle_.rbegin(), idle_.rend(), suits);
  if (found == idle_.rend()) found = std::find_if(idle_.rbegin(), idle_.rend(), at_rest);
  return found == idle_.rend() ? idle_.begin() : std::prev(found.base());
}

void SessionPool::Impl::wake_first() {
  if (!queue_.empty()) queue_.front()->wake.notify_one();
}

// --- giving back -----------------------------------------------------------------------------------------------------

void SessionPool::Impl::give_back(std::unique_ptr<ftp::Session> session, bool keep) {
  if (keep && session->usable()) {
    const auto now = clock_.now();
    IdleSession idle{std::move(session), now, now, std::nullopt};
    idle.pending = idle.session->advance();
    MutexLock lock(mutex_);
    if (idle.session->usable() && open_ <= limit_) {
      if (idle.pending) notice_.ring();
      put_idle(std::move(idle));
      wake_first();
      if (wants_spare() || duty_due()) slow_work_.notify_all();
      return;
    }
    session = std::move(idle.session);
  }
  session.reset();  // closed before its place is given to another, lest the server count both
  MutexLock lock(mutex_);
  --open_;
  wake_first();
}

void SessionPool::Impl::put_idle(IdleSession idle) {
  const auto place =
      std::upper_bound(idle_.begin(), idle_.end(), idle.used,
                       [](Clock::TimePoint used, const IdleSession& other) { return used < other.used; });
  idle_.insert(place, std::move(idle));
}

std::uint64_t SessionPool::Impl::park(Loan loan, std::unique_ptr<ftp::Transfer> transfer) {
  MutexLock lock(mutex_);
  parked_.push_back({++last_ticket_, clock_.now(), std::move(loan.session), std::move(transfer)});
  wake_first();
  return last_ticket_;
}

ParkedTransfers SessionPool::Impl::unpark(std::uint64_t ticket) {
  ParkedTransfers found;
  MutexLock lock(mutex_);
  const auto place =
      std::find_if(parked_.begin(), parked_.end(), [=](const ParkedTransfer& each) { return each.ticket == ticket; });
  if (place != parked_.end()) found.splice(found.end(), parked_, place);
  return found;
}

void SessionPool::Impl::drop_idle() {
  std::vector<IdleSession> dropped;
  {
    MutexLock lock(mutex_);
    dropped.swap(idle_);
  }
  for (IdleSession& each : dropped) give_back(std::move(each.session), false);
}

bool SessionPool::Impl::must_yield(Clock::TimePoint since) const {
  if (clock_.now() - since < options_.turn) return false;
  MutexLock lock(mutex_);
  return queue_.size() > idle_.size() + advancing_;
}

std::size_t SessionPool::Impl::size() const {
  MutexLock lock(mutex_);
  return open_;
}

std::size_t SessionPool::Impl::busy() const {
  MutexLock lock(mutex_);
  return open_ - std::min(open_, idle_.size() + parked_.size() + advancing_);
}

std::size_t SessionPool::Impl::limit() const {
  MutexLock lock(mutex_);
  return limit_;
}

bool SessionPool::Impl::long_silent(Clock::TimePoint heard) const { return clock_.now() - heard >= kLongSilent; }

std::optional<std::size_t> SessionPool::Impl::taught_limit() const {
  MutexLock lock(mutex_);
  if (limit_ >= options_.max_sessions || limit_guessed_) return std::nullopt;
  return limit_;
}

void SessionPool::Impl::expect_limit(std::size_t sessions) {
  MutexLock lock(mutex_);
  limit_ = std::clamp<std::size_t>(sessions, 1, limit_);
  limit_learned_ = clock_.now();
}

// --- the public face -------------------------------------------------------------------------------------------------

Lease::Lease(SessionPool* pool, Loan loan, Clock::TimePoint since)
    : pool_(pool),
      session_(std::move(loan.session)),
      reused_(loan.reused),
      long_silent_(loan.long_silent),
      since_(since) {}

Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      session_(std::move(other.session_)),
      reused_(other.reused_),
      long_silent_(other.long_silent_),
      since_(other.since_) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    give_back();
    pool_ = std::exchange(other.pool_, nullptr);
    session_ = std::move(other.session_);
    reused_ = other.reused_;
    long_silent_ = other.long_silent_;
    since_ = other.since_;
  }
  return *this;
}

Lease::~Lease() { give_back(); }

void Lease::give_back() {
  if (session_) pool_->impl_->give_back(std::move(session_), true);
}

void Lease::discard() {
  if (session_) pool_->impl_->give_back(std::move(session_), false);
}

SessionPool::SessionPool(Opener opener, PoolOptions options, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(opener), options, clock)) {}

SessionPool::~SessionPool() { impl_->end(); }

Result<Lease> SessionPool::acquire(Purpose purpose, const Context& context) {
  FTPSFS_TRY_ASSIGN(Loan loan, impl_->acquire(purpose, context));
  return Lease(this, std::move(loan), impl_->now());
}

bool SessionPool::must_yield(const Lease& lease) const { return impl_->must_yield(lease.since_); }

std::uint64_t SessionPool::park(Parked parked) {
  return impl_->park({std::move(parked.lease.session_)}, std::move(parked.transfer));
}

Parked SessionPool::unpark(std::uint64_t ticket) {
  ParkedTransfers found = impl_->unpark(ticket);
  if (found.empty()) return {};
  ParkedTransfer& taken = found.front();
  Loan loan{std::move(taken.session), true, impl_->long_silent(taken.since)};
  return {Lease(this, std::move(loan), impl_->now()), std::move(taken.transfer)};
}

void SessionPool::look_after(std::function<void()> duty) { impl_->look_after(std::move(duty)); }
void SessionPool::drop_idle() { impl_->drop_idle(); }
std::size_t SessionPool::size() const { return impl_->size(); }
std::size_t SessionPool::busy() const { return impl_->busy(); }
std::size_t SessionPool::limit() const { return impl_->limit(); }
std::optional<Outage> SessionPool::outage() const { return impl_->outage(); }
std::optional<std::size_t> SessionPool::taught_limit() const { return impl_->taught_limit(); }
void SessionPool::expect_limit(std::size_t sessions) { impl_->expect_limit(sessions); }

}  // namespace ftpsfs::remote
