// Loopback sockets, contexts and temporary files for the tests of this layer.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/net/stream.h"
#include "ftpsfs/net/tcp.h"

namespace ftpsfs::net::test {

inline Context within(std::chrono::milliseconds limit = std::chrono::seconds(10)) {
  Context context;
  context.stall_limit = limit;
  return context;
}

inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

/// A listening socket on 127.0.0.1 and a port of the system's choice.
class Listener {
 public:
  explicit Listener(int backlog = 16) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(fd_.get(), generic, length) != 0 || ::listen(fd_.get(), backlog) != 0 ||
        ::getsockname(fd_.get(), generic, &length) != 0) {
      throw std::runtime_error("no listening socket");
    }
    endpoint_ = Endpoint(generic, length);
  }

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  /// Blocks; an invalid descriptor after stop().
  [[nodiscard]] UniqueFd accept() const { return UniqueFd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }
  void stop() { ::shutdown(fd_.get(), SHUT_RDWR); }

 private:
  UniqueFd fd_;
  Endpoint endpoint_;
};

/// Two ends of one TCP connection over loopback: `ours` from connect_tcp, `theirs` blocking.
struct Connection {
  Connection() {
    Listener listener;
    Result<UniqueFd> connected = connect_tcp(listener.endpoint(), within());
    if (!connected) throw std::runtime_error(connected.error().message);
    ours = std::move(*connected);
    theirs = listener.accept();
  }
  UniqueFd ours;
  UniqueFd theirs;
};

/// Calls `cancel()` after `delay` from a thread of its own.
class CancelLater {
 public:
  CancelLater(std::shared_ptr<Cancellation> cancellation, std::chrono::milliseconds delay)
      : thread_([cancellation, delay] {
          std::this_thread::sleep_for(delay);
          cancellation->cancel();
        }) {}
  ~CancelLater() { thread_.join(); }

 private:
  std::thread thread_;
};

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& contents) : path_(testing::TempDir() + "/ftpsfs-net-XXXXXX") {
    const UniqueFd fd(::mkstemp(path_.data()));
    std::ofstream(path_) << contents;
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Runs `attempt` and expects it to fail with `kind` not before `least` and before `most`.
template <typename Attempt>
void expect_failure_in_time(Attempt attempt, ErrorKind kind, std::chrono::milliseconds least,
                            std::chrono::milliseconds most) {
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome = attempt();
  const auto took = std::chrono::steady_clock::now() - begin;
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().kind, kind) << outcome.error().message;
  EXPECT_GE(took, least);
  EXPECT_LT(took, most);
}

}  // namespace ftpsfs::net::test
