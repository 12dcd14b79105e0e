#include "ftpsfs/base/private_folder.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

namespace ftpsfs {
namespace {
constexpr mode_t kPrivate = 0700;
}

Error disk_error(const std::string& what, int saved_errno) {
  const bool full = saved_errno == ENOSPC || saved_errno == EDQUOT || saved_errno == EFBIG;
  return os_error(full ? ErrorKind::kNoSpace : ErrorKind::kIo, what, saved_errno);
}

// What lies in it is only as safe as its name. A parent that may not be read cannot be synced.
Status make_private_folder(const std::string& path) {
  if (::mkdir(path.c_str(), kPrivate) != 0) return errno == EEXIST ? Status{} : fail(disk_error(path, errno));
  const std::string above = std::filesystem::path(path).parent_path();
  const UniqueFd parent(::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.valid() && ::fsync(parent.get()) != 0) return fail(disk_error(above, errno));
  return {};
}

Result<UniqueFd> open_private_folder(const std::string& path) {
  FTPSFS_TRY(make_private_folder(path));
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0) return fail(disk_error(path, errno));
  if (status.st_uid != ::geteuid()) {
    return fail(ErrorKind::kPermission, fmt::format("{} belongs to somebody else", path));
  }
  const bool open_to_others = (status.st_mode & (S_IRWXG | S_IRWXO)) != 0;
  if (open_to_others && ::fchmod(fd.get(), kPrivate) != 0) return fail(disk_error(path, errno));
  return fd;
}

Result<UniqueFd> lock_folder(int folder, const std::string& path, const Deadline& patience) {
  constexpr std::chrono::milliseconds kBetweenTries{20};
  const std::string name = path + "/lock";
  UniqueFd lock(::openat(folder, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock.valid()) return fail(disk_error(name, errno));
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(disk_error(name, errno));
    if (patience.passed()) return fail(ErrorKind::kBusy, fmt::format("{} is in use by another mount", path));
    std::this_thread::sleep_for(kBetweenTries);
  }
  return lock;
}

}  // namespace ftpsfs
