// Files that hold secrets.
#include "app/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs::app {
namespace {

constexpr std::size_t kMaxSize = 64UL * 1024;

ErrorKind kind_of(int errno_value) {
  if (errno_value == ENOENT || errno_value == ENOTDIR) return ErrorKind::kNotFound;
  return errno_value == EACCES ? ErrorKind::kPermission : ErrorKind::kIo;
}

std::optional<Error> exposure(const std::string& path, const struct stat& status) {
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return Error{ErrorKind::kPermission, fmt::format("{} belongs to another user; it must be yours or root's", path)};
  }
  if ((status.st_mode & (S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH)) != 0) {
    return Error{ErrorKind::kPermission,
                 fmt::format("others can read or change {}; make it private: chmod 600 {}", path, path)};
  }
  return std::nullopt;
}

Result<std::string> read_all(int fd, const std::string& path) {
  // Reserved once, so that no reallocation leaves a copy behind.
  std::string text(kMaxSize + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(fd, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(os_error(ErrorKind::kIo, path, errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kMaxSize) {
    wipe(text);
    return fail(ErrorKind::kInvalid, fmt::format("{} is larger than 64 KiB", path));
  }
  text.resize(size);
  return text;
}

}  // namespace

void wipe(std::string& secret) {
  ::explicit_bzero(secret.data(), secret.size());
  secret.clear();
}

Result<PrivateFile> read_private_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) return fail(os_error(kind_of(errno), path, errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail(os_error(ErrorKind::kIo, path, errno));
  if (!S_ISREG(status.st_mode)) return fail(ErrorKind::kInvalid, fmt::format("{} is not a regular file", path));
  FTPSFS_TRY_ASSIGN(std::string text, read_all(fd.get(), path));
  return PrivateFile{Secret(std::move(text)), exposure(path, status)};
}

}  // namespace ftpsfs::app
