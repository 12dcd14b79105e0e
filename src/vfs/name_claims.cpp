#include "vfs/name_claims.h"

#include <algorithm>

#include "ftpsfs/base/waiting.h"

namespace ftpsfs::vfs {
namespace {

bool conflict(const Claim& a, const Claim& b) {
  return a.path == b.path || (a.subtree && b.path.is_within(a.path)) || (b.subtree && a.path.is_within(b.path));
}

bool conflict(const std::vector<Claim>& these, const std::vector<Claim>& those) {
  return std::any_of(these.begin(), these.end(), [&](const Claim& a) {
    return std::any_of(those.begin(), those.end(), [&](const Claim& b) { return conflict(a, b); });
  });
}

}  // namespace

Result<NameClaims::Held> NameClaims::acquire(std::vector<Claim> claims, const Context& context) {
  MutexLock lock(mutex_);
  const auto place = queue_.insert(queue_.end(), std::move(claims));
  while (!first_in_line(place)) {
    if (const Status waited = wait_briefly(released_, mutex_, context); !waited) {
      queue_.erase(place);
      released_.notify_all();
      return fail(waited.error().with_context("waiting for an earlier change to this name"));
    }
  }
  return Held(this, place);
}

bool NameClaims::first_in_line(Queue::const_iterator place) const {
  return std::none_of(queue_.begin(), place, [&](const auto& earlier) { return conflict(earlier, *place); });
}

void NameClaims::release(Queue::iterator place) {
  MutexLock lock(mutex_);
  queue_.erase(place);
  released_.notify_all();
}

}  // namespace ftpsfs::vfs
