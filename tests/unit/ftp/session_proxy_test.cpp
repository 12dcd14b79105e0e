// Through a proxy, which alone looks up the name of the server.
#include <gmock/gmock.h>

#include "fakes/fake_proxy.h"
#include "session_fixture.h"

namespace ftpsfs::ftp {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class SessionProxy : public SessionTest, public ::testing::WithParamInterface<bool> {
 protected:
  /// localhost, by which the certificate goes, is looked up by the proxy as everything is.
  Result<std::unique_ptr<Session>> open_through(const test::FakeProxyOptions& proxy, std::string user = {},
                                                std::string password = {}) {
    proxy_ = std::make_unique<test::FakeProxy>(proxy);
    ServerOptions how = options();
    how.host = "localhost";
    how.proxy =
        net::ProxyOptions{.kind = GetParam() ? net::ProxyOptions::Kind::kHttp : net::ProxyOptions::Kind::kSocks5,
                          .host = "127.0.0.1",
                          .port = proxy_->port(),
                          .user = std::move(user),
                          .password = std::move(password)};
    return Session::open(how, context_);
  }

  std::unique_ptr<test::FakeProxy> proxy_;
};

TEST_P(SessionProxy, AllConnectionsGoThroughItByName) {
  for (const bool ipv6 : {false, true}) {
    for (const bool epsv : {true, false}) {
      if (ipv6 && !epsv) continue;
      session_.reset();
      serve({.ipv6 = ipv6, .epsv = epsv});
      session_ = open_through({.http = GetParam(), .names = {{"localhost", ipv6 ? "::1" : "127.0.0.1"}}}).value();
      const std::string content = sample(500'000);
      for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(upload("STOR", "/a", content)->code, 226);
        EXPECT_EQ(download("RETR", "/a").value_or("failed"), content);
        rest();
        EXPECT_TRUE(session_->prepared());
      }
      EXPECT_EQ(proxy_->targets().size(), 6U) << "control, and each data connection, one of them made ahead";
      EXPECT_THAT(proxy_->targets(), ::testing::Each(StartsWith("localhost:")));
      EXPECT_EQ(server_->resumed_data_connections(), server_->data_connections());
    }
  }
}

TEST_P(SessionProxy, LogsInWhereItMust) {
  serve({});
  const test::FakeProxyOptions proxy{
      .http = GetParam(), .user = "alice", .password = "secret", .names = {{"localhost", "127.0.0.1"}}};
  EXPECT_TRUE(open_through(proxy, "alice", "secret"));
  EXPECT_EQ(open_through(proxy).error().kind, ErrorKind::kPermission);
  const auto refused = open_through(proxy, "alice", "wrong");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kPermission);
  EXPECT_THAT(refused.error().message, HasSubstr("proxy 127.0.0.1:" + std::to_string(proxy_->port())));
}

TEST_P(SessionProxy, ItsRefusalsAreTold) {
  serve({});
  EXPECT_EQ(open_through({.http = GetParam(), .refuses = true}).error().kind, ErrorKind::kPermission);
  const auto unknown = open_through({.http = GetParam()});
  ASSERT_FALSE(unknown) << "it knows no localhost";
  EXPECT_THAT(unknown.error().message, HasSubstr("proxy"));
  EXPECT_EQ(server_->connections(), 0);
}

TEST_P(SessionProxy, ADataConnectionThatItRefusesLeavesTheSession) {
  serve({});
  session_ = open_through({.http = GetParam(), .names = {{"localhost", "127.0.0.1"}}}).value();
  server_->tree().add_file("/a", "a");
  server_->on("EPSV", {.nth = 1, .reply = "229 Entering Extended Passive Mode (|||1|)"});
  EXPECT_FALSE(download("RETR", "/a"));
}

INSTANTIATE_TEST_SUITE_P(, SessionProxy, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Http" : "Socks5"; });

}  // namespace
}  // namespace ftpsfs::ftp
