// BackOff: the pauses, growing and jittered.
#include "remote/back_off.h"

#include <algorithm>

namespace ftpsfs::remote {
namespace {

using std::chrono::milliseconds;

struct Range {
  milliseconds first;
  milliseconds longest;
};
constexpr Range kAfterRefusedLogin{std::chrono::minutes(5), std::chrono::hours(1)};
constexpr Range kAfterCertificate{milliseconds(5'000), milliseconds(60'000)};
constexpr Range kAfterFailedConnection{milliseconds(250), milliseconds(2'000)};

const Range& range_after(ErrorKind kind) {
  const bool not_let_in = kind == ErrorKind::kLogin || kind == ErrorKind::kPermission;  // by the server, or a proxy
  if (not_let_in) return kAfterRefusedLogin;
  return kind == ErrorKind::kCertificate ? kAfterCertificate : kAfterFailedConnection;
}

}  // namespace

void BackOff::failed(const Error& error, Clock::TimePoint now) {
  if (error.kind == ErrorKind::kInterrupted) return;  // the caller gave up, not the server
  const Range& range = range_after(error.kind);
  const bool as_before = error_ && &range_after(error_->kind) == &range;
  pause_ = as_before ? std::clamp(pause_ * 2, range.first, range.longest) : range.first;
  milliseconds wait = pause_;
  if (&range == &kAfterFailedConnection) {
    wait = milliseconds(std::uniform_int_distribution<milliseconds::rep>(pause_.count() / 2, pause_.count())(random_));
  }
  until_ = now + wait;
  if (!error_) failing_since_ = now;
  error_ = error;
}

void BackOff::succeeded() {
  error_.reset();
  pause_ = milliseconds(0);
}

std::optional<Error> BackOff::blocking(Clock::TimePoint now) const { return now < until_ ? error_ : std::nullopt; }

}  // namespace ftpsfs::remote
