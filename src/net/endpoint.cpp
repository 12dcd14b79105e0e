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

Result<Endpoint> peer_of(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  if (::getpeername(fd, address, &length) != 0) {
    return fail(os_error(ErrorKind::kConnectionLost, "address of the peer", errno));
  }
  return Endpoint(address, length);
}

}  // namespace ftpsfs::net
