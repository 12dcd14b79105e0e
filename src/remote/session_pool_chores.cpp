// SessionPool: what its own thread does to sessions nobody uses.
#include <algorithm>
#include <utility>

#include "remote/session_pool_impl.h"

namespace ftpsfs::remote {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kKeepHouse{1'000};
constexpr milliseconds kAbortLimit{5'000};
constexpr milliseconds kNoopLimit{10'000};
constexpr milliseconds kSpareLimit{10'000};

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
  {
    MutexLock lock(mutex_);
    for (const IdleSession& each : idle_) {
      if (each.pending) watches.push_back(*each.pending);
    }
  }
  const bool something = net::wait_any(watches, Context{kKeepHouse, std::nullopt, nullptr}).has_value();
  notice_.silence();
  for (auto watch = std::next(watches.begin()); something && watch != watches.end(); ++watch) {
    if (watch->ready) advance(watch->fd);
  }
}

/// Lets the idle session that waits for `fd` go a step further, if it is still idle.
void SessionPool::Impl::advance(int fd) {
  std::optional<IdleSession> idle;
  {
    MutexLock lock(mutex_);
    const auto place = std::find_if(idle_.begin(), idle_.end(),
                                    [=](const auto& each) { return each.pending && each.pending->fd == fd; });
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
  RestingTransfers resting;
  std::unique_ptr<ftp::Session> surplus;
  std::optional<IdleSession> silent;
  bool spare = false;
  {
    MutexLock lock(mutex_);
    if (stopping_) return false;
    resting = transfer_to_abort();
    if (resting.empty()) surplus = surplus_session();
    if (resting.empty() && !surplus) silent = silent_session();
    spare = resting.empty() && !surplus && !silent && wants_spare();
    if (spare) ++open_, ++spares_opened_;
  }
  if (!resting.empty()) {
    auto session = take_back(std::move(resting));
    if (session) {
      give_back(std::move(session), true);
    } else {
      MutexLock lock(mutex_);
      --open_;
      wake_first();
    }
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
    }
  } else if (spare) {
    open_spare();
  } else {
    return false;
  }
  return true;
}

bool SessionPool::Impl::wants_spare() const {
  return spares_opened_ < options_.spare && open_ < limit_ && !idle_.empty() && !idle_.front().pending &&
         !back_off_.blocking(clock_.now());
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

/// An abandoned transfer, or one at rest for so long that its session needs a NOOP more than its reader needs it.
RestingTransfers SessionPool::Impl::transfer_to_abort() {
  RestingTransfers found;
  if (!abandoned_.empty()) {
    found.splice(found.end(), abandoned_, abandoned_.begin());
  } else if (!parked_.empty() && clock_.now() - parked_.front().since >= options_.keep_alive) {
    found.splice(found.end(), parked_, parked_.begin());
  }
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

/// Null when the session did not survive the abort; its place in `open_` is then still held.
std::unique_ptr<ftp::Session> SessionPool::Impl::take_back(RestingTransfers resting) const {
  RestingTransfer& taken = resting.front();
  const Status aborted = taken.transfer->abort(Context{kAbortLimit, Deadline::after(kAbortLimit), stop_});
  taken.transfer.reset();
  if (!aborted || !taken.session->usable()) return nullptr;
  return std::move(taken.session);
}

}  // namespace ftpsfs::remote
