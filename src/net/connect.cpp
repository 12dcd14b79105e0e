// TCP connections that keep to a deadline.
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>

#include "ftpsfs/net/tcp.h"

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
  return os_error(kind_of_connect_failure(error), "connecting to " + endpoint.to_string(), error);
}

/// Commands are small and each waits for its reply, so none is held back; a silent peer is found out in the end.
void tune(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

int pending_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

}  // namespace

Result<UniqueFd> connect_tcp(const Endpoint& endpoint, const Context& context) {
  FTPSFS_TRY(context.check());
  UniqueFd fd(::socket(endpoint.address()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return fail(connect_failure(endpoint, errno));
  tune(fd.get());
  if (::connect(fd.get(), endpoint.address(), endpoint.length()) == 0) return fd;
  if (errno != EINPROGRESS && errno != EINTR) return fail(connect_failure(endpoint, errno));

  if (const Status waited = wait_for(fd.get(), Want::kWrite, context); !waited) {
    return fail(waited.error().with_context("connecting to " + endpoint.to_string()));
  }
  if (const int error = pending_error(fd.get()); error != 0) return fail(connect_failure(endpoint, error));
  return fd;
}

Result<UniqueFd> connect_tcp(const std::vector<Endpoint>& endpoints, const Context& context) {
  Result<UniqueFd> outcome = fail(ErrorKind::kResolve, "no address to connect to");
  for (const Endpoint& endpoint : endpoints) {
    outcome = connect_tcp(endpoint, context);
    if (outcome || outcome.error().kind == ErrorKind::kInterrupted) break;
  }
  return outcome;
}

}  // namespace ftpsfs::net
