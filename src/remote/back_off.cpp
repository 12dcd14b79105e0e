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
constexpr Range kAfterRefusedLogin{milliseconds(5'000), milliseconds(60'000)};
constexpr Range kAfterFailedConnection{milliseconds(250), milliseconds(2'000)};

bool is_refused_login(const Error& error) {
  return error.kind == ErrorKind::kLogin || error.kind == ErrorKind::kCertificate;
}

}  // namespace

void BackOff::failed(const Error& error, Clock::TimePoint now) {
  if (error.kind == ErrorKind::kInterrupted) return;  // the caller gave up, not the server
  const Range range = is_refused_login(error) ? kAfterRefusedLogin : kAfterFailedConnection;
  pause_ = std::clamp(pause_ * 2, range.first, range.longest);
  milliseconds wait = pause_;
  if (!is_refused_login(error)) {
    wait = milliseconds(std::uniform_int_distribution<milliseconds::rep>(pause_.count() / 2, pause_.count())(random_));
  }
  until_ = now + wait;
  error_ = error;
}

void BackOff::succeeded() {
  error_.reset();
  pause_ = milliseconds(0);
}

std::optional<Error> BackOff::blocking(Clock::TimePoint now) const { return now < until_ ? error_ : std::nullopt; }

}  // namespace ftpsfs::remote
