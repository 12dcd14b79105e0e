// Making private directories.
#include "app/private_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "ftpsfs/base/private_folder.h"
#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs::app {
namespace {

constexpr mode_t kPrivate = 0700;

/// Makes what is missing of `path`; what cannot be made shows when it is opened.
void make_directories(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    (void)make_private_folder(path.substr(0, end));
    if (end == path.npos) break;
  }
}

}  // namespace

Status prepare_private_directory(const std::string& path, std::string_view purpose, std::string_view option) {
  const std::string name = fmt::format("{} directory {}", purpose, path);
  const auto told = [&](ErrorKind kind, std::string_view what) {
    return fail(kind, fmt::format("{} {}; choose another with -o {}=DIR", name, what, option));
  };
  make_directories(path);
  const UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!directory.valid()) {
    const int saved_errno = errno;
    if (::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode)) {
      return told(ErrorKind::kPermission, "is a symbolic link");
    }
    if (saved_errno == ENOTDIR) return told(ErrorKind::kNotDirectory, "is not a directory");
    return fail(os_error(ErrorKind::kIo, name, saved_errno));
  }
  if (::fstat(directory.get(), &status) != 0) return fail(os_error(ErrorKind::kIo, name, errno));
  if (status.st_uid != ::geteuid()) return told(ErrorKind::kPermission, "belongs to somebody else");
  if ((status.st_mode & 07777) != kPrivate && ::fchmod(directory.get(), kPrivate) != 0) {
    return fail(os_error(ErrorKind::kIo, name, errno));
  }
  return {};
}

}  // namespace ftpsfs::app
