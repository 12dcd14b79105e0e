// Where a path lies in a mount.
#include "app/mount_root.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <utility>

namespace ftpsfs::app {
namespace {

using Device = std::pair<unsigned, unsigned>;

tl::unexpected<Error> failed(const std::string& path, int saved_errno) {
  const auto kind = [saved_errno] {
    if (saved_errno == ENOENT) return ErrorKind::kNotFound;
    if (saved_errno == EACCES) return ErrorKind::kPermission;
    if (saved_errno == ENOTCONN) return ErrorKind::kConnectionLost;
    return ErrorKind::kIo;
  };
  return fail(os_error(kind(), path, saved_errno));
}

Result<Device> device_of(const std::string& path) {
  struct statx found {};
  if (::statx(AT_FDCWD, path.c_str(), AT_STATX_DONT_SYNC, 0, &found) != 0) return failed(path, errno);
  return Device{found.stx_dev_major, found.stx_dev_minor};
}

}  // namespace

Result<std::string> find_mount_root(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  if (resolved == nullptr) return failed(path, errno);
  std::filesystem::path root(resolved.get());
  FTPSFS_TRY_ASSIGN(const Device device, device_of(root));
  while (root != root.root_path()) {
    const auto above = device_of(root.parent_path());
    if (!above || *above != device) break;  // who sees the directory and not the one above stands at its root, too
    root = root.parent_path();
  }
  return root.string();
}

Result<std::string> path_within(const std::string& root, const std::string& path) {
  namespace fs = std::filesystem;
  const auto outside = [&root] { return fail(ErrorKind::kInvalid, fmt::format("not below {}", root)); };
  fs::path inside = path;
  if (inside.is_absolute()) {
    std::error_code failure;
    const fs::path given = inside.lexically_normal();
    inside = (fs::canonical(given.parent_path(), failure) / given.filename()).lexically_relative(root);
    if (failure || inside.empty()) return outside();
  }
  std::string result = inside.lexically_normal();
  if (result == ".." || result.starts_with("../")) return outside();
  while (result.ends_with('/')) result.pop_back();
  return result == "." ? "" : result;
}

}  // namespace ftpsfs::app
