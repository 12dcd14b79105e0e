// Listening for connections that others make to us.
#include <sys/socket.h>

#include <cerrno>
#include <random>

#include "ftpsfs/net/tcp.h"

namespace ftpsfs::net {
namespace {

/// A connection or two: the one that is awaited, and a stranger's.
constexpr int kBacklog = 4;

Result<UniqueFd> listen_exactly_at(const Endpoint& address) {
  UniqueFd fd(::socket(address.address()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (!fd.valid() || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(fd.get(), address.address(), address.length()) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    const int saved_errno = errno;
    const ErrorKind kind = saved_errno == EADDRINUSE ? ErrorKind::kBusy : ErrorKind::kIo;
    return fail(os_error(kind, "listening at " + address.to_string(), saved_errno));
  }
  return fd;
}

}  // namespace

Result<UniqueFd> listen_at(const Endpoint& address, const PortRange& ports) {
  const unsigned count = static_cast<unsigned>(ports.last) - ports.first + 1;
  const unsigned begin = ports.first == 0 ? 0 : std::random_device()() % count;
  Result<UniqueFd> listener = fail(ErrorKind::kBusy, "no port to listen on");
  for (unsigned i = 0; i < count; ++i) {
    const auto port = static_cast<std::uint16_t>(ports.first + (begin + i) % count);
    listener = listen_exactly_at(address.with_port(port));
    if (listener || listener.error().kind != ErrorKind::kBusy) break;
  }
  return listener;
}

}  // namespace ftpsfs::net
