#include "fakes/fake_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace ftpsfs::test {
namespace {

using namespace std::string_literals;

bool send_all(const Socket& to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(to.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

/// Exactly `count` bytes; fewer when the client left.
std::string receive(const Socket& from, std::size_t count) {
  std::string bytes(count, '\0');
  const ssize_t got = ::recv(from.fd(), bytes.data(), bytes.size(), MSG_WAITALL);
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return bytes;
}

/// A text behind its length.
std::string receive_counted(const Socket& from) {
  const std::string length = receive(from, 1);
  return length.empty() ? std::string() : receive(from, static_cast<std::uint8_t>(length[0]));
}

std::uint16_t port_of(const std::string& bytes) {
  if (bytes.size() != 2) return 0;
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes[0]) << 8 | static_cast<std::uint8_t>(bytes[1]));
}

std::string base64(const std::string& text) {
  std::string encoded(4 * (text.size() / 3 + 1) + 1, '\0');
  encoded.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                                          reinterpret_cast<const unsigned char*>(text.data()),
                                                          static_cast<int>(text.size()))));
  return encoded;
}

}  // namespace

FakeProxy::FakeProxy(FakeProxyOptions options) : options_(std::move(options)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const name = reinterpret_cast<sockaddr*>(&address);
  listener_ = Socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::bind(listener_.fd(), name, length) != 0 || ::listen(listener_.fd(), 64) != 0 ||
      ::getsockname(listener_.fd(), name, &length) != 0) {
    throw std::runtime_error("fake proxy: cannot listen on loopback");
  }
  port_ = ntohs(address.sin_port);
  accept_thread_ = std::thread([this] { accept_loop(); });
}

FakeProxy::~FakeProxy() {
  stop_.raise();
  accept_thread_.join();
  for (std::thread& connection : connections_) connection.join();
}

std::vector<std::string> FakeProxy::targets() const {
  std::lock_guard lock(mutex_);
  return targets_;
}

void FakeProxy::accept_loop() {
  for (;;) {
    std::array<pollfd, 2> watched{pollfd{stop_.fd(), POLLIN, 0}, pollfd{listener_.fd(), POLLIN, 0}};
    ::poll(watched.data(), watched.size(), -1);
    if (watched[0].revents != 0) return;
    Socket client(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    const timeval limit{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(client.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (!client.valid()) continue;
    connections_.emplace_back(
        [this, moved = std::make_shared<Socket>(std::move(client))] { serve(std::move(*moved)); });
  }
}

void FakeProxy::serve(Socket client) {
  const Socket server = options_.http ? greet_http(client) : greet_socks(client);
  if (server.valid()) relay(client, server);
}

Socket FakeProxy::greet_socks(const Socket& client) {
  if (receive(client, 1) != "\x05") return {};
  const std::string methods = receive_counted(client);
  const char wanted = options_.user.empty() ? 0 : 2;
  if (methods.find(wanted) == std::string::npos) return send_all(client, "\x05\xff"), Socket();
  send_all(client, "\x05"s + wanted);
  if (wanted == 2) {
    receive(client, 1);
    const std::string user = receive_counted(client);
    const std::string password = receive_counted(client);
    const bool known = user == options_.user && password == options_.password;
    send_all(client, known ? "\x01\x00"s : "\x01\x01"s);
    if (!known) return {};
  }
  const std::string request = receive(client, 4);
  if (request.size() != 4) return {};
  std::string host;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (request[3] == 3) host = receive_counted(client);
  if (request[3] == 1) host = ::inet_ntop(AF_INET, receive(client, 4).data(), text.data(), text.size());
  if (request[3] == 4) host = ::inet_ntop(AF_INET6, receive(client, 16).data(), text.data(), text.size());
  const std::uint16_t port = port_of(receive(client, 2));
  if (options_.refuses) return send_all(client, "\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"s), Socket();
  Socket server = connect(host, port);
  send_all(client, "\x05"s + (server.valid() ? '\0' : '\5') + "\x00\x01\x00\x00\x00\x00\x00\x00"s);
  return server;
}

Socket FakeProxy::greet_http(const Socket& client) {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    const std::string byte = receive(client, 1);
    if (byte.empty()) return {};
    head += byte;
  }
  const std::string login = "Proxy-Authorization: Basic " + base64(options_.user + ":" + options_.password) + "\r\n";
  if (!options_.user.empty() && head.find(login) == std::string::npos) {
    return send_all(client, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"), Socket();
  }
  if (options_.refuses) return send_all(client, "HTTP/1.1 403 Forbidden\r\n\r\n"), Socket();
  const std::string target = head.substr(8, head.find(' ', 8) - 8);  // behind "CONNECT "
  const std::size_t colon = target.rfind(':');
  std::string host = target.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  Socket server = connect(host, static_cast<std::uint16_t>(std::stoi(target.substr(colon + 1))));
  send_all(client, server.valid() ? "HTTP/1.1 200 Connection established\r\nVia: 1.1 fake\r\n\r\n"
                                  : "HTTP/1.1 502 Bad Gateway\r\n\r\n");
  return server;
}

Socket FakeProxy::connect(const std::string& host, std::uint16_t port) {
  {
    std::lock_guard lock(mutex_);
    targets_.push_back(host + ":" + std::to_string(port));
  }
  const auto known = options_.names.find(host);
  const std::string address = known == options_.names.end() ? host : known->second;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  const bool ipv6 = ::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1;
  if (!ipv6 && ::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) != 1) return {};
  Socket server(::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto* const name = ipv6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
  return ::connect(server.fd(), name, ipv6 ? sizeof v6 : sizeof v4) == 0 ? std::move(server) : Socket();
}

void FakeProxy::relay(const Socket& client, const Socket& server) {
  std::array<pollfd, 3> watched{pollfd{stop_.fd(), POLLIN, 0}, pollfd{client.fd(), POLLIN, 0},
                                pollfd{server.fd(), POLLIN, 0}};
  std::array<char, 16 * 1024> bytes{};
  while (watched[1].fd >= 0 || watched[2].fd >= 0) {
    ::poll(watched.data(), watched.size(), -1);
    if (watched[0].revents != 0) return;
    for (const std::size_t from : {1U, 2U}) {
      if (watched[from].fd < 0 || watched[from].revents == 0) continue;
      const Socket& to = from == 1 ? server : client;
      const ssize_t count = ::recv(watched[from].fd, bytes.data(), bytes.size(), 0);
      if (count < 0) return;
      (from == 1 ? bytes_forth_ : bytes_back_) += static_cast<std::uint64_t>(count);
      if (count == 0) {
        ::shutdown(to.fd(), SHUT_WR);
        watched[from].fd = -1;
      } else if (!send_all(to, std::string_view(bytes.data(), static_cast<std::size_t>(count)))) {
        return;
      }
    }
  }
}

}  // namespace ftpsfs::test
