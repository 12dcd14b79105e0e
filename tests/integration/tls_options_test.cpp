// The options of TLS on real servers: client certificates, data in clear, the directory of certificates, ciphers.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "fakes/test_certificate.h"
#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

class TlsOptionsOn : public ::testing::TestWithParam<ServerKind> {
 protected:
  TlsOptionsOn() : scratch_(make_temporary_directory()) {
    std::filesystem::permissions(scratch_, std::filesystem::perms(0755));
  }
  ~TlsOptionsOn() override { std::filesystem::remove_all(scratch_); }

  /// The name of a new file with this content.
  [[nodiscard]] std::string file(const std::string& name, const std::string& content) const {
    write_file(scratch_ / name, content);
    return (scratch_ / name).string();
  }

  static void expect_files_go_both_ways(const Mount& mount, const FtpServer& server) {
    write_file(mount.path() / "there", "written");
    EXPECT_EQ(read_file(server.home() / "there"), "written");
    write_file(server.home() / "here", "to be read");
    EXPECT_EQ(read_file(mount.path() / "here"), "to be read");
  }

  const std::filesystem::path scratch_;
};

TEST_P(TlsOptionsOn, AClientCertificateIsShownWhereOneIsWanted) {
  if (GetParam() == ServerKind::kPureFtpd) GTEST_SKIP() << "Pure-FTPd is not told to want one";
  const fakes::TestCertificate authority =
      fakes::make_certificate({.common_name = "CA", .certificate_authority = true});
  const fakes::TestCertificate mine = fakes::make_certificate({.common_name = "demo", .issuer = &authority});
  const FtpServer server =
      FtpServer::start(GetParam(), {"client_ca=" + file("authority.pem", authority.certificate_pem)});
  const std::string key = file("key.pem", mine.private_key_pem);
  const std::string locked = (scratch_ / "locked.pem").string();
  ASSERT_EQ(run_command({"openssl", "pkcs8", "-topk8", "-in", key, "-out", locked, "-passout", "pass:secret"},
                        std::chrono::seconds(20))
                .status,
            0);
  try {
    const Mount without(server);
    FAIL() << "mounted without a certificate";
  } catch (const std::exception& error) {
    // With TLS 1.3 we hear of it after our handshake, and a server that closes at once may cut its own words off.
    EXPECT_THAT(error.what(), AnyOf(HasSubstr("the server wants a client certificate"), HasSubstr("Connection reset")));
  }
  const Mount mount(server, {"cert=" + file("certificate.pem", mine.certificate_pem), "key=" + locked,
                             "key_password_command=echo secret", "cache_ttl=0"});
  expect_files_go_both_ways(mount, server);
}

TEST_P(TlsOptionsOn, DataGoesInClearWhenAskedForAndAllowed) {
  const FtpServer server = FtpServer::start(GetParam(), {"clear_data=yes"});
  const Mount mount(server, {"data_tls=off", "cache_ttl=0"});
  expect_files_go_both_ways(mount, server);
}

TEST_P(TlsOptionsOn, ADirectoryOfCertificatesAndCiphersOfChoice) {
  const FtpServer server = FtpServer::start(GetParam());
  std::filesystem::create_directory(scratch_ / "trusted");
  std::filesystem::copy_file(server.ca(), scratch_ / "trusted" / "ca.pem");
  const std::string directory = (scratch_ / "trusted").string();
  ASSERT_EQ(run_command({"openssl", "rehash", directory}, std::chrono::seconds(20)).status, 0);
  const std::string nobody = file("nobody.pem", fakes::make_certificate({.common_name = "nobody"}).certificate_pem);
  const Mount mount(server, {"ca=" + nobody, "ca_path=" + directory, "tls_min=1.3", "cache_ttl=0",
                             "tls_ciphers=TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"});
  expect_files_go_both_ways(mount, server);
}

INSTANTIATE_TEST_SUITE_P(, TlsOptionsOn,
                         ::testing::Values(ServerKind::kVsftpd, ServerKind::kProftpd, ServerKind::kPureFtpd),
                         server_name);

}  // namespace
}  // namespace ftpsfs::test
