#include "netlab/tun.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <utility>

namespace ftpsfs::netlab {
namespace {

Result<UniqueFd> open_file(const std::string& path, int flags) {
  UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC));
  if (!fd.valid()) return fail(os_error(ErrorKind::kIo, path, errno));
  return fd;
}

Status enter(const UniqueFd& network, const std::string& name) {
  if (::setns(network.get(), CLONE_NEWNET) != 0)
    return fail(os_error(ErrorKind::kPermission, "entering " + name, errno));
  return {};
}

Result<UniqueFd> attach(const std::string& device) {
  FTPSFS_TRY_ASSIGN(UniqueFd tun, open_file("/dev/net/tun", O_RDWR | O_NONBLOCK));
  ifreq request{};
  if (device.size() >= sizeof(request.ifr_name)) return fail(ErrorKind::kInvalid, device + ": too long for a device");
  device.copy(request.ifr_name, sizeof(request.ifr_name) - 1);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (::ioctl(tun.get(), TUNSETIFF, &request) != 0)
    return fail(os_error(ErrorKind::kIo, "attaching to " + device, errno));
  return tun;
}

}  // namespace

Result<UniqueFd> open_tun(const std::string& network, const std::string& device) {
  FTPSFS_TRY_ASSIGN(const UniqueFd home, open_file("/proc/thread-self/ns/net", O_RDONLY));
  FTPSFS_TRY_ASSIGN(const UniqueFd there, open_file("/var/run/netns/" + network, O_RDONLY));
  FTPSFS_TRY(enter(there, network));
  Result<UniqueFd> tun = attach(device);
  FTPSFS_TRY(enter(home, "the namespace it came from"));
  return tun;
}

}  // namespace ftpsfs::netlab
