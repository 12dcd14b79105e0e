// FakeProxy: a SOCKS5 or HTTP proxy on loopback, inside the test program, that knows names nobody else does.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "fakes/fake_channel.h"

namespace ftpsfs::test {

struct FakeProxyOptions {
  bool http = false;                           ///< CONNECT; else SOCKS5
  std::string user = {};                       ///< who must log in; empty: nobody
  std::string password = {};                   ///< of that user
  std::map<std::string, std::string> names{};  ///< what the proxy looks up: name to numeric address
  bool refuses = false;                        ///< its rules forbid everything
};

/// Listens from construction to destruction. Any thread may call any member.
class FakeProxy {
 public:
  explicit FakeProxy(FakeProxyOptions options = {});
  ~FakeProxy();
  FakeProxy(const FakeProxy&) = delete;
  FakeProxy& operator=(const FakeProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// What it was asked for, "HOST:PORT", in the order of the connections.
  [[nodiscard]] std::vector<std::string> targets() const;
  /// Bytes that came back from all servers, and bytes that went to them.
  [[nodiscard]] std::uint64_t bytes_back() const { return bytes_back_; }
  [[nodiscard]] std::uint64_t bytes_forth() const { return bytes_forth_; }

 private:
  void accept_loop();
  void serve(Socket client);
  Socket greet_socks(const Socket& client);
  Socket greet_http(const Socket& client);
  Socket connect(const std::string& host, std::uint16_t port);
  void relay(const Socket& client, const Socket& server);

  const FakeProxyOptions options_;
  std::uint16_t port_ = 0;
  Socket listener_;
  Interrupt stop_;
  mutable std::mutex mutex_;
  std::vector<std::string> targets_;
  std::atomic<std::uint64_t> bytes_back_ = 0;
  std::atomic<std::uint64_t> bytes_forth_ = 0;
  std::list<std::thread> connections_;
  std::thread accept_thread_;
};

}  // namespace ftpsfs::test
