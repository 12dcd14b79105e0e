// TCP connections that keep to a deadline.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <cerrno>

#include "ftpsfs/net/tcp.h"
#include "net/socket_settings.h"

namespace ftpsfs::net {

namespace {

ErrorKind kind_of_connect_failure(int error) {
  switch (error) {
    case ECONNREFUSED:
      return ErrorKind::kConnectionRefused;
    case ETIMEDOUT:
      return ErrorKind::kTimeout;
    default:
      return ErrorKind::kConnectionLost;
  }
}

Error connect_failure(const Endpoint& endpoint, int error) {
  const Error failure = os_error(kind_of_connect_failure(error), "connecting to " + endpoint.to_string(), error);
  if (failure.kind != ErrorKind::kConnectionLost) return failure;
  return failure.with_remedy("there is no way to it from this computer: check the network, and the address");
}

int pending_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

}  // namespace

void tune(int fd) {
  const auto set = [fd](int level, int option, int value) { ::setsockopt(fd, level, option, &value, sizeof value); };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

Result<UniqueFd> begin_connect(const Endpoint& endpoint) {
  UniqueFd fd(::socket(endpoint.address()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return fail(connect_failure(endpoint, errno));
  tune(fd.get());
  const bool decided = ::connect(fd.get(), endpoint.address(), endpoint.length()) == 0;
  if (!decided && errno != EINPROGRESS && errno != EINTR) return fail(connect_failure(endpoint, errno));
  return fd;
}

Result<bool> finish_connect(int fd, const Endpoint& endpoint) {
  pollfd polled{fd, POLLOUT, 0};
  if (::poll(&polled, 1, 0) <= 0) return false;
  if (const int error = pending_error(fd); error != 0) return fail(connect_failure(endpoint, error));
  return true;
}

Result<UniqueFd> connect_tcp(const Endpoint& endpoint, const Context& context) {
  FTPSFS_TRY(context.check());
  FTPSFS_TRY_ASSIGN(UniqueFd fd, begin_connect(endpoint));
  for (;;) {
    FTPSFS_TRY_ASSIGN(const bool connected, finish_connect(fd.get(), endpoint));
    if (connected) return fd;
    if (const Status waited = wait_for(fd.get(), Want::kWrite, context); !waited) {
      return fail(waited.error().with_context("connecting to " + endpoint.to_string()));
    }
  }
}

bool is_silent(int fd) {
  char byte = 0;
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

Result<UniqueFd> connect_tcp(const std::vector<Endpoint>& endpoints, const Context& context) {
  Result<UniqueFd> outcome = fail(ErrorKind::kResolve, "no address to connect to");
  Context share = context;
  if (endpoints.size() > 1) share.stall_limit /= endpoints.size();
  for (const Endpoint& endpoint : endpoints) {
    outcome = connect_tcp(endpoint, share);
    if (outcome || outcome.error().kind == ErrorKind::kInterrupted) break;
  }
  return outcome;
}

}  // namespace ftpsfs::net
