#include "vfs/tree_walker.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "ftpsfs/base/log.h"

namespace ftpsfs::vfs {

using remote::FileType;
using remote::RemotePath;

namespace {

/// Two listings further apart than this are no walk.
constexpr std::chrono::seconds kMoment{5};
constexpr std::size_t kMostRemembered = 256;
constexpr std::size_t kMostQueued = 20'000;
/// Where the server tells how large a directory itself is: one above this holds thousands of names, and would keep the
/// others waiting.
constexpr std::uint64_t kLargestDirectory = 96U << 10U;
/// Directories that a walk may look into before anybody used one, and how many more each use allows.
constexpr std::size_t kFirstAllowance = 256;
constexpr std::size_t kAllowanceForUse = 32;
constexpr std::size_t kDirectoriesAtOnce = 64;
constexpr std::size_t kDirectoriesToComplete = 16;
constexpr std::size_t kEnoughWanted = 2;

}  // namespace

void TreeWalker::note_listed(const RemotePath& directory, const cache::Listing& listing) {
  if (!enabled_) return;
  MutexLock lock(mutex_);
  const auto now = clock_.now();
  forget_old_walks(now);
  const bool in_walk = queued_.contains(directory);
  const bool descent = !directory.is_root() && listed_.contains(directory.parent());
  listed_[directory] = now;
  if (in_walk) {
    queued_.erase(directory);
    allowance_ += kAllowanceForUse;
  } else if (descent) {
    begin_walk(directory.parent());
  }
  if (in_walk || descent) queue_children(directory, listing, below_);
  start();
}

void TreeWalker::note_attributes_wanted(const RemotePath& directory) {
  if (!enabled_) return;
  MutexLock lock(mutex_);
  const bool in_walk = queued_.contains(directory) || (!queued_.empty() && listed_.contains(directory));
  if (!in_walk) return;
  if (attributes_wanted_.size() < kEnoughWanted) attributes_wanted_.insert(directory);
  start();
}

void TreeWalker::begin_walk(const RemotePath& top) {
  if (queued_.empty()) allowance_ = kFirstAllowance;
  queued_.insert(top);
  if (const auto listing = loader_.try_list(top)) queue_children(top, *listing, beside_);
}

void TreeWalker::queue_children(const RemotePath& directory, const cache::Listing& listing, Queue& queue) {
  const cache::EntryList& entries = listing.entries;
  for (std::size_t place = 0; place < entries.size() && queued_.size() < kMostQueued; ++place) {
    if (entries.type(place) != FileType::kDirectory || entries.attributes(place).size > kLargestDirectory) continue;
    auto child = directory.child(entries.name(place));
    if (child && queued_.insert(*child).second) queue.push_back(*std::move(child));
  }
}

void TreeWalker::forget_old_walks(Clock::TimePoint now) {
  std::erase_if(listed_, [=](const auto& item) { return now - item.second > kMoment; });
  const auto earlier = [](const auto& one, const auto& other) { return one.second < other.second; };
  if (listed_.size() >= kMostRemembered) listed_.erase(std::min_element(listed_.begin(), listed_.end(), earlier));
  if (!listed_.empty() || running_) return;
  queued_.clear();
  below_.clear();
  beside_.clear();
  rough_.clear();
  allowance_ = 0;
  attributes_wanted_.clear();
}

void TreeWalker::start() {
  const bool something = (!(below_.empty() && beside_.empty()) && allowance_ > 0) ||
                         (!rough_.empty() && attributes_wanted_.size() >= kEnoughWanted);
  if (running_) again_ = true;
  if (running_ || !something) return;
  running_ = true;
  workers_.submit([this] { run(); });
}

void TreeWalker::run() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      again_ = false;
    }
    const bool looked = look_ahead();
    const bool completed = complete_ahead();
    if (looked || completed) continue;
    MutexLock lock(mutex_);
    if (again_) continue;
    running_ = false;
    return;
  }
}

// False when there was nothing to do, or no session for it.
bool TreeWalker::look_ahead() {
  std::vector<remote::GlanceRequest> requests;
  {
    MutexLock lock(mutex_);
    Queue& queue = below_.empty() ? beside_ : below_;
    for (; allowance_ > 0 && !queue.empty() && requests.size() < kDirectoriesAtOnce; --allowance_) {
      requests.push_back({std::move(queue.front()), true});
      queue.pop_front();
    }
  }
  if (requests.empty()) return false;
  const auto found = loader_.glance(requests, context());
  MutexLock lock(mutex_);
  if (!found) {
    spdlog::debug("looking ahead: {}", log::printable(found.error().message));
    if (found.error().kind != ErrorKind::kBusy) return false;
    allowance_ += requests.size();
    std::transform(requests.rbegin(), requests.rend(), std::front_inserter(below_),
                   [](remote::GlanceRequest& request) { return std::move(request.directory); });
    return false;
  }
  for (const auto& [directory, listing] : *found) {
    queue_children(directory, *listing, below_);
    rough_.push_back(directory);
  }
  return true;
}

bool TreeWalker::complete_ahead() {
  Paths directories;
  {
    MutexLock lock(mutex_);
    if (attributes_wanted_.size() < kEnoughWanted) return false;
    for (; !rough_.empty() && directories.size() < kDirectoriesToComplete; rough_.pop_front()) {
      directories.push_back(std::move(rough_.front()));
    }
  }
  if (directories.empty()) return false;
  const Status completed = loader_.complete(directories, context());
  if (completed) return true;
  spdlog::debug("completing ahead: {}", log::printable(completed.error().message));
  if (completed.error().kind != ErrorKind::kBusy) return false;
  MutexLock lock(mutex_);
  rough_.insert(rough_.begin(), directories.begin(), directories.end());
  return false;
}

}  // namespace ftpsfs::vfs
