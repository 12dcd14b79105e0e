// Options about how connections come about: proxy=, active, active_ports=, pasv_address=, compress.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/credentials_file.h"
#include "app/option_table.h"
#include "app/remote_options.h"

namespace ftpsfs::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Options options_of(const std::vector<std::string>& words) {
  Options options;
  for (const std::string& word : words) {
    const Status set = set_option(options, word);
    EXPECT_TRUE(set) << set.error().message;
  }
  return options;
}

std::string refusal_of(const std::string& word) {
  Options options;
  const Status set = set_option(options, word);
  EXPECT_FALSE(set) << word;
  return set ? "" : set.error().message;
}

TEST(ConnectionOptions, DataConnectionsArePassiveToTheSameHostUnlessSaid) {
  const ftp::DataOptions data = options_of({}).data;
  EXPECT_FALSE(data.active);
  EXPECT_FALSE(data.trust_pasv_address);
  EXPECT_FALSE(data.compress);
  EXPECT_FALSE(options_of({}).proxy);
  EXPECT_TRUE(options_of({"pasv_address=server"}).data.trust_pasv_address);
  EXPECT_FALSE(options_of({"pasv_address=server", "pasv_address=control"}).data.trust_pasv_address);
  EXPECT_TRUE(options_of({"compress"}).data.compress);
}

TEST(ConnectionOptions, ActiveTakesAnAddressAndPortsInAnyOrder) {
  EXPECT_EQ(options_of({"active"}).data.active->address, "");
  EXPECT_EQ(options_of({"active=2001:db8::1"}).data.active->address, "2001:db8::1");
  for (const auto& words : {std::vector<std::string>{"active=192.0.2.1", "active_ports=40000-40099"},
                            std::vector<std::string>{"active_ports=40000-40099", "active=192.0.2.1"}}) {
    const auto active = options_of(words).data.active.value();
    EXPECT_EQ(active.address, "192.0.2.1");
    EXPECT_EQ(active.ports.first, 40000);
    EXPECT_EQ(active.ports.last, 40099);
  }
  EXPECT_EQ(options_of({"active_ports=7000"}).data.active->ports.last, 7000) << "brings active";
}

TEST(ConnectionOptions, WhatMakesNoSenseIsRefusedWithWhatWould) {
  for (const char* word : {"active_ports=0-9", "active_ports=9-5", "active_ports=1-65536", "active_ports=x",
                           "active_ports=-5", "active_ports=5-"}) {
    EXPECT_THAT(refusal_of(word), AllOf(HasSubstr(word), HasSubstr("two ports in 1..65535")));
  }
  EXPECT_THAT(refusal_of("active=ftp.example.org"), HasSubstr("a numeric IPv4 or IPv6 address"));
  EXPECT_THAT(refusal_of("active="), HasSubstr("needs a value"));
  EXPECT_THAT(refusal_of("pasv_address=yes"), HasSubstr("control or server"));
  EXPECT_THAT(refusal_of("compress=yes"), HasSubstr("takes no value"));
  for (const char* word : {"proxy=host", "proxy=https://host", "proxy=socks5://", "proxy=socks5://host:0",
                           "proxy=http://host:x", "proxy=http://ho st"}) {
    EXPECT_THAT(refusal_of(word), HasSubstr("socks5://[user@]host[:port]")) << word;
  }
}

TEST(ConnectionOptions, AProxyHasItsUsualPort) {
  const net::ProxyOptions socks = options_of({"proxy=socks5://alice@[2001:db8::1]"}).proxy.value();
  EXPECT_EQ(socks.kind, net::ProxyOptions::Kind::kSocks5);
  EXPECT_EQ(socks.host, "2001:db8::1");
  EXPECT_EQ(socks.port, 1080);
  EXPECT_EQ(socks.user, "alice");
  const net::ProxyOptions http = options_of({"proxy=http://proxy.example.org/"}).proxy.value();
  EXPECT_EQ(http.kind, net::ProxyOptions::Kind::kHttp);
  EXPECT_EQ(http.host, "proxy.example.org");
  EXPECT_EQ(http.port, 3128);
  EXPECT_EQ(options_of({"proxy=http://proxy:8080"}).proxy->port, 8080);
}

TEST(ConnectionOptions, AProxysPasswordComesFromTheFileOfCredentials) {
  const std::string refusal = refusal_of("proxy=socks5://alice:secret@proxy");
  EXPECT_THAT(refusal, AllOf(HasSubstr("proxy_password="), Not(HasSubstr("secret"))));
  EXPECT_EQ(parse_credentials("proxy_password=open sesame\n")->proxy_password, "open sesame");
  CommandLine line;
  line.source.tls = ftp::TlsMode::kOff;
  line.options = options_of({"proxy=socks5://alice@proxy"});
  const auto remote = remote_options(line, {.user = "bob", .password = "x", .proxy_password = "open sesame"});
  ASSERT_TRUE(remote) << remote.error().message;
  EXPECT_EQ(remote->server.proxy->password, "open sesame");
  EXPECT_THAT(remote->server.client_name, testing::StartsWith("ftpsfs "));
}

TEST(ConnectionOptions, NoMoreSessionsThanPortsForThem) {
  for (const auto& [word, sessions] :
       {std::pair("active", 8U), {"active_ports=40000-40002", 3U}, {"active_ports=40000-40099", 8U}}) {
    CommandLine line;
    line.source.tls = ftp::TlsMode::kOff;
    line.options = options_of({word});
    EXPECT_EQ(remote_options(line, {.user = "bob", .password = "x"})->pool.max_sessions, sessions) << word;
  }
}

TEST(ConnectionOptions, NobodyConnectsToUsThroughAProxy) {
  CommandLine line;
  line.source.tls = ftp::TlsMode::kOff;
  line.options = options_of({"proxy=socks5://proxy", "active"});
  const auto remote = remote_options(line, {.user = "bob", .password = "x"});
  ASSERT_FALSE(remote);
  EXPECT_THAT(remote.error().message, HasSubstr("active"));
}

}  // namespace
}  // namespace ftpsfs::app
