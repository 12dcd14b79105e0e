// MountControl by getxattr(2) and setxattr(2).
#include "app/mount_control.h"

#include <sys/xattr.h>

#include <cerrno>
#include <system_error>

namespace ftpsfs::app {
namespace {

constexpr std::size_t kMostStatus = 65536;  // XATTR_SIZE_MAX

ErrorKind kind_of(int code) {
  switch (code) {
    case ENODATA:
    case ENOTSUP:
      return ErrorKind::kUnsupported;
    case ENOENT:
      return ErrorKind::kNotFound;
    case EACCES:
    case EPERM:
      return ErrorKind::kPermission;
    case ENOSPC:
      return ErrorKind::kNoSpace;
    case EDQUOT:
      return ErrorKind::kQuota;
    case EINTR:
      return ErrorKind::kInterrupted;
    case ENOTCONN:
    case ECONNABORTED:
      return ErrorKind::kConnectionLost;
    default:
      return ErrorKind::kIo;
  }
}

tl::unexpected<Error> failed(int code) { return fail(kind_of(code), std::generic_category().message(code)); }

class XattrControl final : public MountControl {
 public:
  explicit XattrControl(std::string root) : root_(std::move(root)) {}

  Result<std::string> status() override {
    std::string text(kMostStatus, '\0');
    const ssize_t length = ::getxattr(root_.c_str(), "user.ftpsfs.status", text.data(), text.size());
    if (length < 0) return failed(errno);
    text.resize(static_cast<std::size_t>(length));
    return text;
  }

  Status sync() override { return set("user.ftpsfs.sync", "1"); }
  Status retry(const std::string& path) override { return set("user.ftpsfs.retry", path); }
  Status discard(const std::string& path) override { return set("user.ftpsfs.discard", path); }

 private:
  Status set(const char* name, const std::string& value) {
    if (::setxattr(root_.c_str(), name, value.data(), value.size(), 0) != 0) return failed(errno);
    return {};
  }

  std::string root_;
};

}  // namespace

std::unique_ptr<MountControl> control_mount(std::string root) {
  return std::make_unique<XattrControl>(std::move(root));
}

}  // namespace ftpsfs::app
