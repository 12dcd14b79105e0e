#include "vfs/staging_space.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <utility>

#include "ftpsfs/base/waiting.h"

namespace ftpsfs::vfs {
namespace {

constexpr std::uint64_t kLargestFloor = std::uint64_t{1} << 30U;
constexpr std::uint64_t kFloorShare = 50;
/// Others write to the disk, too, so that its word holds for this part of what it had free, and no more than that.
constexpr std::uint64_t kTrustedShare = 8;
constexpr std::uint64_t kMostTrusted = 64 * 1024 * 1024;

}  // namespace

StagingSpace::StagingSpace(std::string directory, std::optional<std::uint64_t> bound)
    : directory_(std::move(directory)), bound_(bound) {}

void StagingSpace::take(std::uint64_t bytes) {
  MutexLock lock(mutex_);
  used_ += bytes;
}

void StagingSpace::give_back(std::uint64_t bytes) {
  MutexLock lock(mutex_);
  used_ -= std::min(bytes, used_);
  good_until_ = 0;
  changed_.notify_all();
}

bool StagingSpace::has_room(std::uint64_t bytes) {
  MutexLock lock(mutex_);
  if (bound_ && used_ + bytes > *bound_) return false;
  if (used_ + bytes <= good_until_) return true;
  const std::uint64_t free = free_above_floor();
  good_until_ = used_ + std::min(free / kTrustedShare, kMostTrusted);
  return bytes <= free;
}

Status StagingSpace::await_change(const Context& context) {
  MutexLock lock(mutex_);
  return wait_briefly(changed_, mutex_, context);
}

std::uint64_t StagingSpace::used() const {
  MutexLock lock(mutex_);
  return used_;
}

/// A disk that cannot be asked tells by its own errors when it is full.
std::uint64_t StagingSpace::free_above_floor() const {
  struct statvfs disk {};
  if (::statvfs(directory_.c_str(), &disk) != 0) return UINT64_MAX;
  const std::uint64_t floor = std::min<std::uint64_t>(disk.f_blocks * disk.f_frsize / kFloorShare, kLargestFloor);
  const std::uint64_t available = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  return available - std::min(available, floor);
}

}  // namespace ftpsfs::vfs
