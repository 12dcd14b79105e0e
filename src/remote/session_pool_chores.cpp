// SessionPool: what its own threads do: with sessions nobody uses, for new ones, and at regular times.
#include <algorithm>
#include <utility>

#include "remote/session_pool_impl.h"

namespace ftpsfs::remote {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr milliseconds kKeepHouse{1'000};
constexpr milliseconds kNoopLimit{10'000};
constexpr milliseconds kSpareLimit{10'000};
constexpr milliseconds kDutyEvery{10'000};

}  // namespace

void SessionPool::Impl::keep_house() {
  for (;;) {
    while (do_a_chore()) {
    }
    await_chores();
    MutexLock lock(mutex_);
    if (stopping_) return;
  }
}

/// Waits until somebody rings, a session can go a step further, or it is time to look around.
void SessionPool::Impl::await_chores() {
  std::vector<net::Watch> watches{{notice_.fd(), net::Want::kRead, false}};
  std::vector<Steady::time_point> until{Steady::now() + kKeepHouse};
  {
    MutexLock lock(mutex_);
    for (const IdleSession& each : idle_) {
      if (!each.pending) continue;
      watches.push_back(each.pending->watch);
      until.push_back(each.pending->until);
    }
  }
  const auto left = std::chrono::ceil<milliseconds>(*std::min_element(until.begin(), until.end()) - Steady::now());
  (void)net::wait_any(watches, Context{std::max(left, milliseconds(0)), std::nullopt, nullptr});
  notice_.silence();
  for (std::size_t i = 1; i < watches.size(); ++i) {
    if (watches[i].ready || Steady::now() >= until[i]) advance(watches[i].fd);
  }
}

/// Lets the idle session that waits for `fd` go a step further, if it is still idle.
void SessionPool::Impl::advance(int fd) {
  std::optional<IdleSession> idle;
  {
    MutexLock lock(mutex_);
    const auto place = std::find_if(idle_.begin(), idle_.end(),
                                    [=](const auto& each) { return each.pending && each.pending->watch.fd == fd; });
    if (place == idle_.end()) return;
    idle = std::move(*place);
    idle_.erase(place);
    ++advancing_;
  }
  idle->pending = idle->session->advance();
  const bool usable = idle->session->usable();
  {
    MutexLock lock(mutex_);
    --advancing_;
    if (usable) put_idle(std::move(*idle));
    if (usable) wake_first();
  }
  if (!usable) give_back(std::move(idle->session), false);
}

/// False when there is nothing to do now.
bool SessionPool::Impl::do_a_chore() {
  ParkedTransfers overdue;
  std::unique_ptr<ftp::Session> surplus;
  std::optional<IdleSession> silent;
  {
    MutexLock lock(mutex_);
    if (stopping_) return false;
    overdue = overdue_transfer();
    if (overdue.empty()) surplus = surplus_session();
    if (overdue.empty() && !surplus) silent = silent_session();
  }
  if (!overdue.empty()) {
    ParkedTransfer& taken = overdue.front();
    taken.session->abandon(std::move(taken.transfer));
    give_back(std::move(taken.session), true);
  } else if (surplus) {
    give_back(std::move(surplus), false);
  } else if (silent) {
    if (say_noop(*silent->session)) {
      silent->pending = silent->session->advance();  // lets go of a data connection made too long ago
      MutexLock lock(mutex_);
      silent->heard = clock_.now();
      put_idle(std::move(*silent));
      wake_first();
    } else {
      give_back(std::move(silent->session), false);
      drop_idle();  // those that idled beside it are no better
    }
  } else {
    return false;
  }
  return true;
}

/// What no session at hand should have to wait for: logging in takes many round trips, and the duty may use the disk.
void SessionPool::Impl::work_slowly() {
  while (await_slow_work()) {
    if (take_place_for_spare()) open_spare();
    if (begin_duty()) duty_();
  }
  if (duty_) duty_();
}

/// False at the end.
bool SessionPool::Impl::await_slow_work() {
  MutexLock lock(mutex_);
  while (!stopping_ && !wants_spare() && !duty_due()) slow_work_.wait_until(mutex_, Steady::now() + kKeepHouse);
  return !stopping_;
}

bool SessionPool::Impl::begin_duty() {
  MutexLock lock(mutex_);
  if (!duty_due()) return false;
  duty_at_ = clock_.now() + kDutyEvery;
  return true;
}

bool SessionPool::Impl::take_place_for_spare() {
  MutexLock lock(mutex_);
  if (!wants_spare()) return false;
  if (!nobody_in()) ++spares_opened_;
  ++open_, ++opening_;
  more_wanted_ = reopen_wanted_ = false;
  return true;
}

void SessionPool::Impl::look_after(std::function<void()> duty) {
  duty_ = std::move(duty);
  MutexLock lock(mutex_);
  duty_at_ = clock_.now();
  slow_work_.notify_all();
}

bool SessionPool::Impl::wants_spare() const {
  const auto now = clock_.now();
  if (open_ >= limit_ || back_off_.blocking(now)) return false;
  if (nobody_in()) return reopen_wanted_ && opening_ == 0;
  const bool wanted = more_wanted_ || (spares_opened_ < options_.spare && !idle_.empty());
  return wanted && options_.spare > 0 && now >= login_doubted_until_;
}

/// Its place in `open_` is held. A server that has no room teaches the limit.
void SessionPool::Impl::open_spare() {
  auto session = open_session(Context{kSpareLimit, Deadline::after(kSpareLimit), stop_});
  if (session) {
    give_back(std::move(*session), true);
  } else {
    (void)take_failure(session.error(), 1);
  }
}

/// One at rest for so long that its session needs a NOOP more than its reader needs it.
ParkedTransfers SessionPool::Impl::overdue_transfer() {
  ParkedTransfers found;
  if (parked_.empty() || clock_.now() - parked_.front().since < options_.keep_alive) return found;
  found.splice(found.end(), parked_, parked_.begin());
  return found;
}

std::unique_ptr<ftp::Session> SessionPool::Impl::surplus_session() {
  if (idle_.empty() || open_ < 2 || clock_.now() - idle_.front().used < options_.idle_close) return nullptr;
  auto session = std::move(idle_.front().session);
  idle_.erase(idle_.begin());
  return session;
}

/// An idle session that must speak, taken out of the idle ones so that nobody waits for its NOOP.
std::optional<IdleSession> SessionPool::Impl::silent_session() {
  const auto now = clock_.now();
  const auto place = std::find_if(idle_.begin(), idle_.end(),
                                  [&](const IdleSession& each) { return now - each.heard >= options_.keep_alive; });
  if (place == idle_.end()) return std::nullopt;
  IdleSession silent = std::move(*place);
  idle_.erase(place);
  return silent;
}

bool SessionPool::Impl::say_noop(ftp::Session& session) const {
  session.notice_hangup();
  if (!session.usable()) return false;
  const auto noop = ftp::Command::make("NOOP");
  return noop && session.execute(*noop, Context{kNoopLimit, Deadline::after(kNoopLimit), stop_}) && session.usable();
}

}  // namespace ftpsfs::remote
