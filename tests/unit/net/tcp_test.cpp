// Addresses, name resolution and connecting.
#include "ftpsfs/net/tcp.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "unit/net/loopback.h"

namespace ftpsfs::net {
namespace {

using namespace std::chrono_literals;
using test::expect_failure_in_time;
using test::Listener;
using test::within;

Endpoint numeric(const std::string& host, std::uint16_t port) { return resolve(host, port, within()).value().at(0); }

TEST(Endpoint, NamesAddressAndPort) {
  EXPECT_EQ(numeric("192.0.2.1", 21).to_string(), "192.0.2.1:21");
  EXPECT_EQ(numeric("192.0.2.1", 21).host(), "192.0.2.1");
  EXPECT_EQ(numeric("2001:db8::1", 990).to_string(), "[2001:db8::1]:990");
  EXPECT_EQ(numeric("2001:db8::1", 990).host(), "2001:db8::1");
  EXPECT_TRUE(numeric("2001:db8::1", 990).is_ipv6());
  EXPECT_FALSE(numeric("192.0.2.1", 21).is_ipv6());
}

TEST(Endpoint, TakesAnotherPort) {
  const Endpoint control = numeric("2001:db8::1", 21);
  EXPECT_EQ(control.with_port(50000).to_string(), "[2001:db8::1]:50000");
  EXPECT_EQ(numeric("192.0.2.1", 21).with_port(50000).port(), 50000);
  EXPECT_EQ(control.port(), 21);
}

TEST(Connect, ALineNobodySpeaksOnIsProbed) {
  const Listener listener;
  const auto fd = connect_tcp(listener.endpoint(), within());
  ASSERT_TRUE(fd) << fd.error().message;
  const auto value_of = [&](int level, int option) {
    int value = 0;
    socklen_t length = sizeof value;
    EXPECT_EQ(::getsockopt(fd->get(), level, option, &value, &length), 0);
    return value;
  };
  EXPECT_EQ(value_of(SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(value_of(IPPROTO_TCP, TCP_KEEPIDLE), 30);
  EXPECT_EQ(value_of(IPPROTO_TCP, TCP_KEEPINTVL) * value_of(IPPROTO_TCP, TCP_KEEPCNT), 15);
}

TEST(Resolve, FindsLocalhost) {
  const auto endpoints = resolve("localhost", 2121, within());
  ASSERT_TRUE(endpoints) << endpoints.error().message;
  ASSERT_FALSE(endpoints->empty());
  EXPECT_EQ(endpoints->front().port(), 2121);
  EXPECT_TRUE(endpoints->front().host() == "127.0.0.1" || endpoints->front().host() == "::1");
}

TEST(Resolve, ANameThatCannotExistHasNoAddress) {
  const std::string label(70, 'a');
  const auto endpoints = resolve(label + ".invalid", 21, within());
  ASSERT_FALSE(endpoints);
  EXPECT_EQ(endpoints.error().kind, ErrorKind::kResolve);
  EXPECT_NE(endpoints.error().message.find(label), std::string::npos);
}

TEST(Resolve, KeepsTheDeadlineWhateverTheNameServersDo) {
  const auto begin = std::chrono::steady_clock::now();
  const auto endpoints = resolve("no-such-host.invalid", 21, within(300ms));
  ASSERT_FALSE(endpoints);
  EXPECT_TRUE(endpoints.error().kind == ErrorKind::kResolve || endpoints.error().kind == ErrorKind::kTimeout);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(Resolve, ACancelledCallerGetsNoAnswer) {
  Context context = within();
  context.cancellation = std::make_shared<Cancellation>();
  context.cancellation->cancel();
  const auto endpoints = resolve("localhost", 21, context);
  ASSERT_FALSE(endpoints);
  EXPECT_EQ(endpoints.error().kind, ErrorKind::kInterrupted);
}

TEST(ConnectTcp, GivesATunedNonBlockingDescriptor) {
  const Listener listener;
  const auto fd = connect_tcp(listener.endpoint(), within());
  ASSERT_TRUE(fd) << fd.error().message;
  EXPECT_NE(::fcntl(fd->get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, 0);
  int no_delay = 0;
  socklen_t length = sizeof no_delay;
  ASSERT_EQ(::getsockopt(fd->get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &length), 0);
  EXPECT_NE(no_delay, 0);
  EXPECT_EQ(peer_of(fd->get()).value().to_string(), listener.endpoint().to_string());
}

Endpoint unused_port() { return Listener().endpoint(); }

TEST(ConnectTcp, ARefusedPortIsNamed) {
  const Endpoint nobody = unused_port();
  const auto fd = connect_tcp(nobody, within());
  ASSERT_FALSE(fd);
  EXPECT_EQ(fd.error().kind, ErrorKind::kConnectionRefused);
  EXPECT_NE(fd.error().message.find(nobody.to_string()), std::string::npos) << fd.error().message;
}

/// A port that answers no SYN any more: its queue of one is full.
class FullListener {
 public:
  FullListener() : listener_(0) {
    while (Result<UniqueFd> waiting = connect_tcp(listener_.endpoint(), within(100ms))) {
      queue_.push_back(std::move(*waiting));
    }
  }
  [[nodiscard]] const Endpoint& endpoint() const { return listener_.endpoint(); }

 private:
  Listener listener_;
  std::vector<UniqueFd> queue_;
};

TEST(ConnectTcp, EndsAtTheStallLimit) {
  const FullListener listener;
  expect_failure_in_time([&] { return connect_tcp(listener.endpoint(), within(100ms)); }, ErrorKind::kTimeout, 100ms,
                         900ms);
}

TEST(ConnectTcp, EndsWhenCancelled) {
  const FullListener listener;
  Context context = within();
  context.cancellation = std::make_shared<Cancellation>();
  const test::CancelLater later(context.cancellation, 50ms);
  expect_failure_in_time([&] { return connect_tcp(listener.endpoint(), context); }, ErrorKind::kInterrupted, 0ms,
                         900ms);
}

TEST(ConnectTcp, GoesOnToTheNextAddress) {
  const Listener listener;
  const auto fd = connect_tcp(std::vector<Endpoint>{unused_port(), listener.endpoint()}, within());
  ASSERT_TRUE(fd) << fd.error().message;
  EXPECT_EQ(peer_of(fd->get()).value().port(), listener.endpoint().port());
}

TEST(ConnectTcp, TellsTheLastErrorWhenNoAddressConnects) {
  const Endpoint last = unused_port();
  const auto fd = connect_tcp(std::vector<Endpoint>{unused_port(), last}, within());
  ASSERT_FALSE(fd);
  EXPECT_EQ(fd.error().kind, ErrorKind::kConnectionRefused);
  EXPECT_NE(fd.error().message.find(last.to_string()), std::string::npos) << fd.error().message;
}

TEST(ConnectTcp, WithoutAnyAddressThereIsNothingToConnectTo) {
  const auto fd = connect_tcp(std::vector<Endpoint>{}, within());
  ASSERT_FALSE(fd);
  EXPECT_EQ(fd.error().kind, ErrorKind::kResolve);
}

TEST(PeerOf, AnUnconnectedSocketHasNone) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_FALSE(peer_of(fd.get()));
}

}  // namespace
}  // namespace ftpsfs::net
