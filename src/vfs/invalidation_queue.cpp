#include "vfs/invalidation_queue.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

namespace ftpsfs::vfs {
namespace {

constexpr std::size_t kMostInvalidations = 4096;
constexpr std::size_t kMostRefreshed = 64;  ///< listings, which the cache holds too unless it had to forget them

template <typename T>
void push_bounded(std::deque<T>& queue, T item, std::size_t most) {
  if (queue.size() >= most) queue.pop_front();
  queue.push_back(std::move(item));
}

}  // namespace

InvalidationQueue::InvalidationQueue() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_.valid()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void InvalidationQueue::add(Invalidation invalidation) {
  {
    MutexLock lock(mutex_);
    push_bounded(invalidations_, std::move(invalidation), kMostInvalidations);
  }
  nudge();
}

void InvalidationQueue::add(Refreshed refreshed) {
  {
    MutexLock lock(mutex_);
    push_bounded(refreshed_, std::move(refreshed), kMostRefreshed);
  }
  nudge();
}

void InvalidationQueue::nudge() { [[maybe_unused]] const int rung = ::eventfd_write(event_.get(), 1); }

InvalidationQueue::Batch InvalidationQueue::take() {
  MutexLock lock(mutex_);
  Batch batch;
  batch.invalidations.assign(std::move_iterator(invalidations_.begin()), std::move_iterator(invalidations_.end()));
  batch.refreshed.assign(std::move_iterator(refreshed_.begin()), std::move_iterator(refreshed_.end()));
  invalidations_.clear();
  refreshed_.clear();
  return batch;
}

Status InvalidationQueue::await(const Context& context) {
  FTPSFS_TRY(context.check());
  pollfd watched[] = {{event_.get(), POLLIN, 0}, {context.cancellation ? context.cancellation->fd() : -1, POLLIN, 0}};
  const int forever = -1;
  ::poll(watched, std::size(watched), context.deadline ? context.deadline->poll_timeout_ms() : forever);
  eventfd_t count = 0;
  [[maybe_unused]] const int silenced = ::eventfd_read(event_.get(), &count);
  return context.check();
}

}  // namespace ftpsfs::vfs
