// How connections come about: active mode, IPv6, proxies and compression, through the kernel on real servers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fakes/fake_proxy.h"
#include "integration/fake_mount_point.h"
#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

class Connections : public ::testing::TestWithParam<ServerKind> {
 protected:
  Connections() : scratch_(make_temporary_directory()) {}
  ~Connections() override { std::filesystem::remove_all(scratch_); }

  /// Writes, lists, reads, appends, renames and removes in a mount of `server` with `options`. `content` prints that of
  /// a large file.
  void expect_work(const FtpServer& server, const std::vector<std::string>& options,
                   const std::string& content = "head -c 3000000 /dev/urandom") {
    const std::vector<std::string> environment{"HOME_DIR=" + server.home().string(), "TMP=" + scratch_.string(),
                                               "LC_ALL=C.UTF-8"};
    (void)run_shell(content + R"sh( >"$TMP/big"; install -m 644 "$TMP/big" "$HOME_DIR/there")sh",
                    std::chrono::seconds(10), environment);
    const Mount mount(server, options);
    const CommandResult result = run_shell("set -euo pipefail\ncd " + mount.path().string() + R"sh(
      cmp "$TMP/big" there
      [ "$(dd if=there bs=1000 skip=2000 count=1 status=none | md5sum)" = \
        "$(dd if="$TMP/big" bs=1000 skip=2000 count=1 status=none | md5sum)" ]
      mkdir d
      cp "$TMP/big" d/big
      cmp "$TMP/big" "$HOME_DIR/d/big"
      for i in 1 2 3 4 5 6 7 8; do echo "file $i" >d/$i; done
      : >d/empty
      [ "$(ls d | wc -l)" = 10 ]
      echo more >>d/1
      [ "$(cat "$HOME_DIR/d/1")" = "$(printf 'file 1\nmore')" ]
      mv d/2 d/3
      [ "$(cat "$HOME_DIR/d/3")" = "file 2" ]
      rm -r d
      [ ! -e "$HOME_DIR/d" ])sh",
                                           std::chrono::seconds(60), environment);
    EXPECT_EQ(result.status, 0) << result.output << server.report();
  }

  std::filesystem::path scratch_;
};

TEST_P(Connections, ActiveModeServesAMountWherePassiveModeIsForbidden) {
  const bool may_forbid = GetParam() != ServerKind::kPureFtpd;
  const FtpServer server =
      FtpServer::start(GetParam(), may_forbid ? std::vector<std::string>{"passive=no"} : std::vector<std::string>{});
  expect_work(server, {"active"});
}

TEST_P(Connections, IPv6ServesBothWays) {
  const FtpServer server = FtpServer::start(GetParam(), {"listen=::1"});
  expect_work(server, {});
  expect_work(server, {"active=::1"});
}

TEST_P(Connections, AProxyCarriesThemAll) {
  const FtpServer server = FtpServer::start(GetParam());
  for (const bool http : {false, true}) {
    const FakeProxy proxy({.http = http, .names = {{"localhost", "127.0.0.1"}}});
    expect_work(server,
                {(http ? "proxy=http://127.0.0.1:" : "proxy=socks5://127.0.0.1:") + std::to_string(proxy.port())});
    EXPECT_THAT(proxy.targets(), SizeIs(::testing::Gt(10U)));
    EXPECT_THAT(proxy.targets(), Each(StartsWith("localhost:")));
  }
}

TEST_P(Connections, AskingForCompressionDoesNoHarm) {
  const bool offered = GetParam() == ServerKind::kProftpd;
  const FtpServer server =
      FtpServer::start(GetParam(), offered ? std::vector<std::string>{"deflate=yes"} : std::vector<std::string>{});
  // What compresses well is what ProFTPD's mod_deflate would break off.
  expect_work(server, {"compress"}, "yes 'one line of many' | head -c 3000000");
}

TEST_P(Connections, PasvMayBeTrusted) { expect_work(FtpServer::start(GetParam()), {"pasv_address=server"}); }

FTPSFS_ON_REAL_SERVERS(Connections);

// Failures, told at the mount.

TEST(ConnectionsRefused, AProxyThatCannotHelpIsNamed) {
  FakeServer server;
  const FakeProxy proxy({.refuses = true});
  const FakeMountPoint mount_point(server, "proxy=socks5://127.0.0.1:" + std::to_string(proxy.port()));
  const CommandResult result = mount_point.mount();
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, HasSubstr("proxy 127.0.0.1:" + std::to_string(proxy.port()) +
                                       ": the proxy's rules forbid this connection"));
  EXPECT_EQ(server.connections(), 0);
}

TEST(ConnectionsRefused, AServerThatCannotConnectSaysSo) {
  FakeServer server;
  const FakeMountPoint mount_point(server, "active=127.0.0.9");
  const CommandResult result = mount_point.mount();
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, HasSubstr("listing the directory to mount"));
}

}  // namespace
}  // namespace ftpsfs::test
