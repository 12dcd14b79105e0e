// NameClaims: changes to one name wait for one another, in the order they came.
#pragma once

#include <list>
#include <utility>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/mutex.h"
#include "ftpsfs/remote/remote_path.h"

namespace ftpsfs::vfs {

/// One name that a change is about; with `subtree`, everything below it too.
struct Claim {
  remote::RemotePath path;
  bool subtree = false;
};

/// A queue, not a lock: claims are held across requests to the server, so waiting for one can be interrupted and ends
/// at a deadline. Any thread may call any member. A thread holds at most one set of claims at a time.
class NameClaims {
  using Queue = std::list<std::vector<Claim>>;

 public:
  /// Claims in hand; given back when destroyed.
  class Held {
   public:
    Held(Held&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), place_(other.place_) {}
    Held& operator=(Held&&) = delete;
    ~Held() {
      if (owner_ != nullptr) owner_->release(place_);
    }

   private:
    friend class NameClaims;
    Held(NameClaims* owner, Queue::iterator place) : owner_(owner), place_(place) {}
    NameClaims* owner_;
    Queue::iterator place_;
  };

  /// Waits until no earlier claim touches these. Errors: kTimeout, kInterrupted.
  Result<Held> acquire(std::vector<Claim> claims, const Context& context) EXCLUDES(mutex_);

 private:
  void release(Queue::iterator place) EXCLUDES(mutex_);
  [[nodiscard]] bool first_in_line(Queue::const_iterator place) const REQUIRES(mutex_);

  Mutex mutex_;
  ConditionVariable released_;
  Queue queue_ GUARDED_BY(mutex_);
};

}  // namespace ftpsfs::vfs
