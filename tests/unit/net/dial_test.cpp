// Connections that come, ports to listen on, and what is said to proxies.
#include "ftpsfs/net/dial.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>

#include <map>

#include "net/proxy_talk.h"
#include "unit/net/loopback.h"

namespace ftpsfs::net {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using test::within;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Endpoint loopback(const std::string& host = "127.0.0.1", std::uint16_t port = 0) {
  return Endpoint::numeric(host, port).value();
}

TEST(NumericEndpoint, KnowsBothFamiliesAndNothingElse) {
  EXPECT_EQ(Endpoint::numeric("192.0.2.1", 21)->to_string(), "192.0.2.1:21");
  EXPECT_EQ(Endpoint::numeric("2001:db8::1", 21)->to_string(), "[2001:db8::1]:21");
  EXPECT_FALSE(Endpoint::numeric("localhost", 21));
  EXPECT_FALSE(Endpoint::numeric("", 21));
}

TEST(SameHost, LooksAtTheAddressAlone) {
  EXPECT_TRUE(loopback("192.0.2.1", 20).same_host(loopback("192.0.2.1", 21)));
  EXPECT_FALSE(loopback("192.0.2.1", 20).same_host(loopback("192.0.2.2", 20)));
  EXPECT_TRUE(loopback("::1", 20).same_host(loopback("::1", 21)));
  EXPECT_FALSE(loopback("::1", 20).same_host(loopback("2001:db8::1", 20)));
  EXPECT_FALSE(loopback("::1").same_host(loopback("127.0.0.1")));
}

TEST(ListenAt, TakesEachPortOfTheRangeAndNoOther) {
  // Nobody is known to keep these free, so that a range in which some are taken will do.
  const std::uint16_t first = own_side_of(listen_at(loopback(), {})->get())->port();
  const PortRange range{first, static_cast<std::uint16_t>(std::min(first + 3, 65535))};
  std::vector<UniqueFd> listeners;
  for (int i = 0; i < 4; ++i) {
    auto listener = listen_at(loopback(), range);
    if (!listener) break;
    const std::uint16_t port = own_side_of(listener->get())->port();
    EXPECT_TRUE(port >= range.first && port <= range.last) << port;
    listeners.push_back(std::move(*listener));
  }
  ASSERT_FALSE(listeners.empty());
  const auto full = listen_at(loopback(), range);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind, ErrorKind::kBusy);
}

/// Connects to `listener` from the address `from`.
UniqueFd call(const UniqueFd& listener, const std::string& from) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Endpoint own = loopback(from);
  const Endpoint there = own_side_of(listener.get()).value();
  EXPECT_EQ(::bind(fd.get(), own.address(), own.length()), 0);
  EXPECT_EQ(::connect(fd.get(), there.address(), there.length()), 0);
  return fd;
}

TEST(AwaitCall, SendsStrangersAwayAndWaitsOn) {
  UniqueFd listener = listen_at(loopback(), {}).value();
  const UniqueFd stranger = call(listener, "127.0.0.2");
  const UniqueFd other = call(listener, "127.0.0.3");
  const UniqueFd awaited(::dup(listener.get()));
  const auto dial = await_call(std::move(listener), loopback("127.0.0.1", 21));
  EXPECT_EQ(dial->try_connect().value(), Want::kRead);
  char byte = 0;
  EXPECT_EQ(::recv(stranger.get(), &byte, 1, 0), 0) << "hung up on";
  EXPECT_EQ(::recv(other.get(), &byte, 1, 0), 0);

  const UniqueFd server = call(awaited, "127.0.0.1");
  EXPECT_EQ(dial->try_connect().value(), Want::kNothing);
  const UniqueFd accepted = dial->take();
  EXPECT_EQ(peer_of(accepted.get())->to_string(), own_side_of(server.get())->to_string());
}

// What is said to proxies.

class SocksTalkTest : public ::testing::Test {
 protected:
  void begin(const std::string& host, const ProxyOptions& proxy = {}) {
    talk_ = talk_to_proxy(proxy, host, 2121).value();
    turn_ = talk_->begin();
  }
  void hear(const std::string& heard) { turn_ = talk_->answer(heard).value(); }
  Error fails(const std::string& heard) { return talk_->answer(heard).error(); }

  std::unique_ptr<ProxyTalk> talk_;
  ProxyTalk::Turn turn_;
};

TEST_F(SocksTalkTest, AsksForANameThatTheProxyLooksUp) {
  begin("files.example.org");
  EXPECT_EQ(turn_.say, "\x05\x01\x00"s);
  EXPECT_EQ(turn_.hear, 2U);
  hear("\x05\x00"s);
  EXPECT_EQ(turn_.say, "\x05\x01\x00\x03\x11"s + "files.example.org" + "\x08\x49"s);
  EXPECT_EQ(turn_.hear, 5U);
  hear("\x05\x00\x00\x01\x7f"s);
  EXPECT_EQ(turn_.say, "");
  EXPECT_EQ(turn_.hear, 5U);
  hear("\x05\x00\x00\x01\x7f\x00\x00\x01\x10\x20"s);
  EXPECT_EQ(turn_.hear, 0U) << "over";
}

TEST_F(SocksTalkTest, AsksForNumericAddressesAsSuch) {
  begin("192.0.2.1");
  hear("\x05\x00"s);
  EXPECT_EQ(turn_.say, "\x05\x01\x00\x01\xc0\x00\x02\x01\x08\x49"s);
  begin("::1");
  hear("\x05\x00"s);
  EXPECT_EQ(turn_.say, "\x05\x01\x00\x04"s + std::string(15, '\0') + "\x01\x08\x49"s);
}

TEST_F(SocksTalkTest, HearsAddressesOfEveryLength) {
  const std::map<std::string, std::size_t> rest{{"\x05\x00\x00\x04\x00"s, 17U}, {"\x05\x00\x00\x03\x09"s, 11U}};
  for (const auto& [start, length] : rest) {
    begin("files.example.org");
    hear("\x05\x00"s);
    hear(start);
    EXPECT_EQ(turn_.hear, length);
  }
}

TEST_F(SocksTalkTest, LogsInOnlyWhereAsked) {
  const ProxyOptions proxy{.user = "alice", .password = "secret"};
  begin("files.example.org", proxy);
  EXPECT_EQ(turn_.say, "\x05\x02\x00\x02"s);
  hear("\x05\x02"s);
  EXPECT_EQ(turn_.say, "\x01\x05"s + "alice" + "\x06" + "secret");
  EXPECT_EQ(turn_.hear, 2U);
  hear("\x01\x00"s);
  EXPECT_THAT(turn_.say, StartsWith("\x05\x01\x00\x03"s));
}

TEST_F(SocksTalkTest, TellsWhatTheProxyRefuses) {
  begin("files.example.org");
  EXPECT_EQ(fails("\x05\xff"s).kind, ErrorKind::kPermission);
  EXPECT_EQ(fails("\x05\x02"s).kind, ErrorKind::kPermission) << "a login we have not";
  EXPECT_EQ(fails("HT").kind, ErrorKind::kProtocol);
  begin("files.example.org", {.user = "alice", .password = "wrong"});
  hear("\x05\x02"s);
  EXPECT_EQ(fails("\x01\x01"s).kind, ErrorKind::kPermission);
  const std::map<char, ErrorKind> codes{{1, ErrorKind::kConnectionLost},
                                        {2, ErrorKind::kPermission},
                                        {4, ErrorKind::kConnectionLost},
                                        {5, ErrorKind::kConnectionRefused},
                                        {9, ErrorKind::kConnectionLost}};
  for (const auto& [code, kind] : codes) {
    begin("files.example.org");
    hear("\x05\x00"s);
    EXPECT_EQ(fails("\x05"s + code + "\x00\x01\x00"s).kind, kind) << int{code};
  }
}

TEST_F(SocksTalkTest, WhatDoesNotFitIsNotSent) {
  EXPECT_EQ(talk_to_proxy({}, std::string(256, 'x'), 21).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(talk_to_proxy({.user = std::string(256, 'x')}, "host", 21).error().kind, ErrorKind::kInvalid);
}

/// Hears `text` byte by byte, as a stream is read; what follows its head stays unheard.
Result<std::size_t> hear_head(ProxyTalk& talk, const std::string& text) {
  for (std::size_t length = 1; length <= text.size(); ++length) {
    FTPSFS_TRY_ASSIGN(const ProxyTalk::Turn turn, talk.answer(text.substr(0, length)));
    if (turn.hear == 0) return length;
    EXPECT_EQ(turn.hear, 1U);
  }
  return fail(ErrorKind::kInvalid, "no end");
}

ProxyOptions http(const std::string& user = {}) {
  return {.kind = ProxyOptions::Kind::kHttp, .host = "proxy", .port = 3128, .user = user, .password = "open sesame"};
}

TEST(ConnectTalk, AsksForHostAndPort) {
  const auto talk = talk_to_proxy(http(), "files.example.org", 2121).value();
  EXPECT_EQ(talk->begin().say, "CONNECT files.example.org:2121 HTTP/1.1\r\nHost: files.example.org:2121\r\n\r\n");
  EXPECT_THAT(talk_to_proxy(http(), "2001:db8::1", 21).value()->begin().say, StartsWith("CONNECT [2001:db8::1]:21 "));
  EXPECT_THAT(talk_to_proxy(http("Aladdin"), "host", 21).value()->begin().say,
              HasSubstr("Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
}

TEST(ConnectTalk, LeavesTheServersBytesAlone) {
  const std::string head = "HTTP/1.1 200 Connection established\r\nVia: nobody\r\n\r\n";
  const auto talk = talk_to_proxy(http(), "host", 21).value();
  EXPECT_EQ(hear_head(*talk, head + "220 Ready\r\n").value(), head.size());
}

TEST(ConnectTalk, TellsWhatTheProxyRefuses) {
  const std::map<std::string, ErrorKind> heads{{"HTTP/1.1 407 Proxy Authentication Required", ErrorKind::kPermission},
                                               {"HTTP/1.1 403 Forbidden", ErrorKind::kPermission},
                                               {"HTTP/1.0 502 Bad Gateway", ErrorKind::kConnectionLost},
                                               {"HTTP/1.1", ErrorKind::kConnectionLost}};
  for (const auto& [head, kind] : heads) {
    const auto heard = hear_head(*talk_to_proxy(http(), "host", 21).value(), head + "\r\n\r\n");
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().kind, kind) << head;
    EXPECT_THAT(heard.error().message, HasSubstr(head));
  }
}

TEST(ConnectTalk, AnotherProtocolIsFoundOutAtOnce) {
  const auto heard = hear_head(*talk_to_proxy(http(), "host", 21).value(), "220 Ready\r\n");
  EXPECT_EQ(heard.error().kind, ErrorKind::kProtocol);
  const auto endless =
      hear_head(*talk_to_proxy(http(), "host", 21).value(), "HTTP/1.1 200 " + std::string(20'000, 'x'));
  EXPECT_EQ(endless.error().kind, ErrorKind::kProtocol);
}

TEST(ConnectToHost, TheErrorsOfAProxyLeadToItsOption) {
  const test::Listener silent;
  ProxyOptions proxy{.kind = ProxyOptions::Kind::kSocks5, .host = "127.0.0.1", .port = silent.endpoint().port()};
  const auto unanswered = connect_to_host("ftp.example.org", 21, proxy, test::within(std::chrono::milliseconds(20)));
  ASSERT_FALSE(unanswered);
  EXPECT_EQ(unanswered.error().kind, ErrorKind::kTimeout);
  EXPECT_THAT(unanswered.error().remedy, HasSubstr("-o proxy="));
  {
    const test::Listener gone;
    proxy.port = gone.endpoint().port();
  }
  const auto refused = connect_to_host("ftp.example.org", 21, proxy, test::within());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConnectionRefused);
  EXPECT_THAT(refused.error().remedy, HasSubstr("-o proxy="));
}

}  // namespace
}  // namespace ftpsfs::net
