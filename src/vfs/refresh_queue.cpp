#include "vfs/refresh_queue.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

namespace ftpsfs::vfs {
namespace {

constexpr std::size_t kMostRefreshed = 64;  ///< listings, which the cache holds too unless it had to forget them

}  // namespace

RefreshQueue::RefreshQueue() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_.valid()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void RefreshQueue::add(Refreshed refreshed) {
  {
    MutexLock lock(mutex_);
    if (refreshed_.size() >= kMostRefreshed) refreshed_.pop_front();
    refreshed_.push_back(std::move(refreshed));
  }
  nudge();
}

void RefreshQueue::add_outdated(Invalidation outdated) {
  {
    MutexLock lock(mutex_);
    outdated_.push_back(std::move(outdated));
  }
  nudge();
}

std::vector<Invalidation> RefreshQueue::take_outdated() {
  MutexLock lock(mutex_);
  return std::exchange(outdated_, {});
}

void RefreshQueue::nudge() { [[maybe_unused]] const int rung = ::eventfd_write(event_.get(), 1); }

std::vector<Refreshed> RefreshQueue::take() {
  MutexLock lock(mutex_);
  std::vector<Refreshed> all(std::move_iterator(refreshed_.begin()), std::move_iterator(refreshed_.end()));
  refreshed_.clear();
  return all;
}

Status RefreshQueue::await(const Context& context) {
  FTPSFS_TRY(context.check());
  pollfd watched[] = {{event_.get(), POLLIN, 0}, {context.cancellation ? context.cancellation->fd() : -1, POLLIN, 0}};
  const int forever = -1;
  ::poll(watched, std::size(watched), context.deadline ? context.deadline->poll_timeout_ms() : forever);
  eventfd_t count = 0;
  [[maybe_unused]] const int silenced = ::eventfd_read(event_.get(), &count);
  return context.check();
}

}  // namespace ftpsfs::vfs
