// Endpoint: a numeric address with a port.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "ftpsfs/net/tcp.h"

namespace ftpsfs::net {

Endpoint::Endpoint(const sockaddr* address, socklen_t length) : length_(std::min<socklen_t>(length, sizeof storage_)) {
  std::memcpy(&storage_, address, length_);
}

std::optional<Endpoint> Endpoint::numeric(const std::string& host, std::uint16_t port) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  Endpoint endpoint;
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    endpoint = Endpoint(reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
  } else if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    endpoint = Endpoint(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
  } else {
    return std::nullopt;
  }
  return endpoint.with_port(port);
}

bool Endpoint::same_host(const Endpoint& other) const {
  if (storage_.ss_family != other.storage_.ss_family) return false;
  if (!is_ipv6()) {
    return reinterpret_cast<const sockaddr_in&>(storage_).sin_addr.s_addr ==
           reinterpret_cast<const sockaddr_in&>(other.storage_).sin_addr.s_addr;
  }
  return IN6_ARE_ADDR_EQUAL(&reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr,
                            &reinterpret_cast<const sockaddr_in6&>(other.storage_).sin6_addr) != 0;
}

std::uint16_t Endpoint::port() const {
  const in_port_t port = is_ipv6() ? reinterpret_cast<const sockaddr_in6&>(storage_).sin6_port
                                   : reinterpret_cast<const sockaddr_in&>(storage_).sin_port;
  return ntohs(port);
}

Endpoint Endpoint::with_port(std::uint16_t port) const {
  Endpoint other = *this;
  if (is_ipv6()) {
    reinterpret_cast<sockaddr_in6&>(other.storage_).sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in&>(other.storage_).sin_port = htons(port);
  }
  return other;
}

std::string Endpoint::host() const {
  const void* address = &reinterpret_cast<const sockaddr_in&>(storage_).sin_addr;
  if (is_ipv6()) address = &reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr;
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(storage_.ss_family, address, text.data(), text.size()) != nullptr ? text.data() : "?";
}

std::string Endpoint::to_string() const {
  const std::string port_text = ":" + std::to_string(port());
  return is_ipv6() ? "[" + host() + "]" + port_text : host() + port_text;
}

namespace {

/// What `ask`, getpeername(2) or getsockname(2), tells.
Result<Endpoint> side_of(int fd, int (*ask)(int, sockaddr*, socklen_t*), const char* what) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  if (ask(fd, address, &length) != 0) return fail(os_error(ErrorKind::kConnectionLost, what, errno));
  return Endpoint(address, length);
}

}  // namespace

Result<Endpoint> peer_of(int fd) { return side_of(fd, &::getpeername, "address of the peer"); }

Result<Endpoint> own_side_of(int fd) { return side_of(fd, &::getsockname, "address of a socket"); }

}  // namespace ftpsfs::net
