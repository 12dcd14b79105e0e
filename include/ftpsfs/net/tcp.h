// TCP: host names to addresses, and connections with a deadline.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/unique_fd.h"
#include "ftpsfs/net/stream.h"

namespace ftpsfs::net {

/// A numeric IPv4 or IPv6 address with a port.
class Endpoint {
 public:
  Endpoint() = default;
  Endpoint(const sockaddr* address, socklen_t length);
  /// Of an address without brackets; nothing when `host` is none.
  static std::optional<Endpoint> numeric(const std::string& host, std::uint16_t port);

  [[nodiscard]] const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  [[nodiscard]] socklen_t length() const { return length_; }
  [[nodiscard]] bool is_ipv6() const { return storage_.ss_family == AF_INET6; }
  [[nodiscard]] std::uint16_t port() const;
  /// The same host at another port: what EPSV names (RFC 2428 section 3).
  [[nodiscard]] Endpoint with_port(std::uint16_t port) const;
  /// "192.0.2.1:21" or "[2001:db8::1]:21".
  [[nodiscard]] std::string to_string() const;
  /// The address without its port, as certificates name it.
  [[nodiscard]] std::string host() const;
  [[nodiscard]] bool same_host(const Endpoint& other) const;

 private:
  sockaddr_storage storage_{};
  socklen_t length_ = 0;
};

/// Resolves in a thread of its own, because getaddrinfo(3) has no deadline. Errors: kResolve, kTimeout, kInterrupted.
Result<std::vector<Endpoint>> resolve(const std::string& host, std::uint16_t port, const Context& context);

/// Begins to connect, without waiting: finish_connect() tells the outcome. The descriptor is as connect_tcp() returns
/// it.
Result<UniqueFd> begin_connect(const Endpoint& endpoint);

/// True once the connection is made, false while it is under way (wait for Want::kWrite). Errors as connect_tcp().
Result<bool> finish_connect(int fd, const Endpoint& endpoint);

/// Connects; the descriptor is non-blocking, close-on-exec, TCP_NODELAY. Errors: kConnectionRefused, kConnectionLost,
/// kTimeout, kInterrupted; the message names the endpoint.
Result<UniqueFd> connect_tcp(const Endpoint& endpoint, const Context& context);

/// Tries each address in turn and returns the first that connects, else the last error. They share the stall limit.
Result<UniqueFd> connect_tcp(const std::vector<Endpoint>& endpoints, const Context& context);

/// True when the other side has neither sent anything nor closed.
bool is_silent(int fd);

/// The other side of a connected socket, and this one.
Result<Endpoint> peer_of(int fd);
Result<Endpoint> own_side_of(int fd);

/// Ports to choose from, both ends included; 0: whichever the system gives.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
};

/// Listens at the host of `address`, on a port of the range taken by chance, so that none comes again soon: a server
/// that always calls from the same port of its own could not use it for a minute. Errors: kBusy when none is free.
Result<UniqueFd> listen_at(const Endpoint& address, const PortRange& ports);

/// A stream without TLS. Takes the descriptor.
std::unique_ptr<Stream> plain_stream(UniqueFd fd);

}  // namespace ftpsfs::net
