// SessionPool: getting in. What a refusal teaches, and how long the server is left alone after it.
#include <algorithm>

#include "ftpsfs/base/log.h"
#include "remote/session_pool_impl.h"

namespace ftpsfs::remote {
namespace {

constexpr int kPatienceWithFullServer = 4;
constexpr std::chrono::milliseconds kFullServerPause{500};
constexpr std::chrono::minutes kDoubtLoginFor{1};

}  // namespace

Result<std::unique_ptr<ftp::Session>> SessionPool::Impl::open_session(const Context& context) {
  auto session = opener_(context);
  // What broke the last session may have caught this one too.
  const bool broke = !session && session.error().kind == ErrorKind::kConnectionLost && context.check();
  if (broke) session = opener_(context);
  if (!session) return session;
  MutexLock lock(mutex_);
  if (nobody_in() && back_off_.error()) spdlog::info("the server is there again");
  --opening_;
  back_off_.succeeded();
  wake_first();
  return session;
}

bool SessionPool::Impl::take_failure(const Error& error, int refusals) {
  MutexLock lock(mutex_);
  --open_, --opening_;
  wake_first();
  const auto now = clock_.now();
  // A 530 while others are logged in with the same password speaks of room, not of the password; or else the password
  // was changed since.
  const bool doubtful = error.kind == ErrorKind::kLogin && !nobody_in();
  if (doubtful) login_doubted_until_ = now + kDoubtLoginFor;
  if (error.kind != ErrorKind::kTooManySessions && !doubtful) {
    back_off(error, now);
    return false;
  }
  if (open_ > 0) {
    limit_ = std::min(limit_, open_);
    limit_learned_ = now;
    limit_guessed_ = doubtful;
    spdlog::debug("the server allows {} sessions: {}", limit_, log::printable(error.message));
    return true;
  }
  // Nobody of ours is there: a session that was just closed may still count in the server's books.
  if (refusals >= kPatienceWithFullServer) {
    back_off(error, now);
    return false;
  }
  room_expected_ = now + kFullServerPause * refusals;
  return true;
}

void SessionPool::Impl::back_off(const Error& error, Clock::TimePoint now) {
  const bool news = !back_off_.error() || back_off_.error()->kind != error.kind;
  back_off_.failed(error, now);
  if (error.kind == ErrorKind::kLogin) {
    spdlog::error(
        "the server refuses the login: {}; it is left alone for {} minutes, lest it lock the account: mount "
        "again with the right password",
        log::printable(error.message), std::chrono::ceil<std::chrono::minutes>(back_off_.pause()).count());
  } else if (news && error.kind != ErrorKind::kInterrupted && nobody_in()) {
    spdlog::warn("the server cannot be reached: {}", log::printable(error.text()));
  }
}

std::optional<Outage> SessionPool::Impl::outage() const {
  MutexLock lock(mutex_);
  if (!nobody_in() || !back_off_.error()) return std::nullopt;
  const auto lasted = clock_.now() - back_off_.failing_since();
  return Outage{std::chrono::duration_cast<std::chrono::seconds>(lasted), *back_off_.error()};
}

}  // namespace ftpsfs::remote
