// How connections come about: active mode, IPv6, proxies and compression, through the kernel on real servers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "fakes/fake_proxy.h"
#include "integration/fake_mount_point.h"
#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

using ::testing::AllOf;
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
  // What compresses well is what ProFTPD's mod_deflate would break off on its way there.
  expect_work(server, {"compress"}, "yes 'one line of many' | head -c 3000000");
}

TEST_P(Connections, PasvMayBeTrusted) { expect_work(FtpServer::start(GetParam()), {"pasv_address=server"}); }

FTPSFS_ON_REAL_SERVERS(Connections);

class Compression : public ::testing::Test {
 protected:
  Compression() : scratch_(make_temporary_directory()) {}
  ~Compression() override { std::filesystem::remove_all(scratch_); }

  /// What comes from the server while `script` works in a mount with `options`, with $TMP/log, a text of 9 MB, there as
  /// `log`, too. The mount begins anew, with empty caches.
  std::uint64_t bytes_back(const std::string& script, const std::string& options = "compress") {
    const FakeProxy proxy({.names = {{"localhost", "127.0.0.1"}}});
    const Mount mount(server_, {options, "proxy=socks5://127.0.0.1:" + std::to_string(proxy.port())});
    const CommandResult result =
        run_shell("set -euo pipefail\ncd " + mount.path().string() + "\n" + script, std::chrono::seconds(60),
                  {"HOME_DIR=" + server_.home().string(), "TMP=" + scratch_.string(), "LC_ALL=C.UTF-8"});
    EXPECT_EQ(result.status, 0) << result.output << server_.report();
    return proxy.bytes_back();
  }

  void SetUp() override {
    const CommandResult made =
        run_shell(R"sh(
      seq -f 'line %.0f of a log, with some words in it' 200000 >"$TMP/log"
      install -m 644 "$TMP/log" "$HOME_DIR/log"
      mkdir "$HOME_DIR/many" && cd "$HOME_DIR/many" && seq -f 'a file with a number, %.0f' 2000 | xargs -d '\n' touch)sh",
                  std::chrono::seconds(30), {"HOME_DIR=" + server_.home().string(), "TMP=" + scratch_.string()});
    ASSERT_EQ(made.status, 0) << made.output;
  }

  const std::filesystem::path scratch_;
  FtpServer server_ = FtpServer::start(ServerKind::kProftpd, {"deflate=yes"});
};

TEST_F(Compression, OfProftpdServesDownloadsAndListings) {
  const std::string read = R"sh(cmp "$TMP/log" log)sh";
  const std::uint64_t plain = bytes_back(read, "sessions=8");
  const std::uint64_t compressed = bytes_back(read);
  std::cout << "bytes that come for a file of " << std::filesystem::file_size(scratch_ / "log") << ": " << compressed
            << ", " << plain << " without compress\n";
  EXPECT_LT(compressed, plain / 5);

  const std::string list = R"sh([ "$(ls many | sort | md5sum)" = "$(ls "$HOME_DIR/many" | sort | md5sum)" ])sh";
  EXPECT_LT(bytes_back(list), bytes_back(list, "sessions=8") / 2);
}

TEST_F(Compression, OfProftpdServesReadsFromAnywhereThatAreLeftEarly) {
  bytes_back(R"sh(
    for at in 1 70000 8000003 123457 4000001 5 7654321; do
      cmp <(tail -c +$at "$TMP/log" | head -c 300001) <(tail -c +$at log | head -c 300001)
      cmp <(tail -c +$at "$TMP/log" | head -c 100) <(dd if=log bs=100 skip=$((at - 1)) iflag=skip_bytes count=1 status=none)
    done
    cmp "$TMP/log" log)sh");
}

TEST_F(Compression, OfProftpdIsLeftOutOfUploads) {
  bytes_back(R"sh(
    for i in 1 2 3; do
      cp "$TMP/log" up$i
      cmp "$TMP/log" "$HOME_DIR/up$i"
      cmp log "$TMP/log"
      ls many >/dev/null
      echo "one line more" >>up$i
      cmp <(cat "$TMP/log"; echo "one line more") "$HOME_DIR/up$i"
    done)sh");
}

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

/// What a mount says that fails for its data connections.
std::string refusal(const FakeServer& server, const std::string& options) {
  const FakeMountPoint mount_point(server, options);
  const CommandResult result = mount_point.mount();
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, HasSubstr("listing the directory to mount"));
  return result.output;
}

TEST(ConnectionsRefused, AServerThatCannotConnectSaysSo) {
  FakeServer server;
  EXPECT_THAT(refusal(server, "active=127.0.0.9"),
              AllOf(HasSubstr("told to connect to 127.0.0.9:"), HasSubstr("-o active=ADDRESS")));
}

TEST(ConnectionsRefused, AServerWithoutActiveModeSaysSo) {
  FakeServer server;
  server.on("PORT", {.reply = "500 Illegal PORT command"});
  EXPECT_THAT(refusal(server, "active"),
              HasSubstr("refuses active mode: Illegal PORT command (425) (leave -o active away"));
}

TEST(ConnectionsRefused, PortsThatAreTakenAreNamed) {
  FakeServer server;
  const std::string port = std::to_string(server.port());  // where the server listens
  EXPECT_THAT(refusal(server, "active_ports=" + port),
              HasSubstr("none of the ports of active_ports=" + port + "-" + port + " is free here"));
}

}  // namespace
}  // namespace ftpsfs::test
