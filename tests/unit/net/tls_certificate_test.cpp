// Which certificates are trusted, and what is said about those that are not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ftpsfs/net/tls.h"
#include "unit/net/tls_test_server.h"

namespace ftpsfs::net {
namespace {

using namespace std::chrono_literals;
using fakes::CertificateSpec;
using fakes::loopback_certificate_spec;
using fakes::make_certificate;
using fakes::TestCertificate;
using test::TemporaryFile;
using test::TlsServerOptions;
using test::TlsTestServer;
using test::within;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TlsOptions trusting(const TemporaryFile& file) { return {.ca_file = file.path()}; }

/// Shakes hands with `server` as `host` under `options`.
Result<std::unique_ptr<TlsStream>> meet(const TlsTestServer& server, const TlsOptions& options,
                                        const std::string& host = "localhost") {
  FTPSFS_TRY_ASSIGN(const std::shared_ptr<TlsContext> context, TlsContext::create(options));
  FTPSFS_TRY_ASSIGN(UniqueFd fd, connect_tcp(server.endpoint(), within()));
  auto stream = context->client(std::move(fd), host, context->new_session_store(), false);
  FTPSFS_TRY(handshake(*stream, within()));
  return stream;
}

TlsServerOptions serving(const TestCertificate& certificate) {
  TlsServerOptions options;
  options.certificate = certificate;
  return options;
}

void expect_refused(const TlsTestServer& server, const TlsOptions& options, const std::string& host,
                    const std::string& reason) {
  const auto met = meet(server, options, host);
  ASSERT_FALSE(met);
  EXPECT_EQ(met.error().kind, ErrorKind::kCertificate);
  EXPECT_THAT(met.error().message, AllOf(HasSubstr("the certificate of " + host + " (CN = "), HasSubstr(reason)));
  EXPECT_THAT(met.error().remedy, HasSubstr("-o pin=sha256:" + server.certificate().fingerprint_sha256));
}

TEST(Certificate, OneInTheCaFileIsTrusted) {
  const TlsTestServer server;
  const TemporaryFile trusted(server.certificate().certificate_pem);
  const auto met = meet(server, trusting(trusted));
  ASSERT_TRUE(met) << met.error().message;
  EXPECT_EQ((*met)->peer_fingerprint(), server.certificate().fingerprint_sha256);
  EXPECT_THAT((*met)->description(), HasSubstr("TLSv1.3 TLS_"));
}

TEST(Certificate, OneIssuedByTheCaFileIsTrusted) {
  const TestCertificate authority = make_certificate({.common_name = "Test CA", .certificate_authority = true});
  CertificateSpec spec = loopback_certificate_spec();
  spec.issuer = &authority;
  const TlsTestServer server(serving(make_certificate(spec)));
  const TemporaryFile trusted(authority.certificate_pem);
  EXPECT_TRUE(meet(server, trusting(trusted)));
}

TEST(Certificate, OneWhoseIssuerIsUnknownIsTrustedWhenItIsInTheCaFileItself) {
  const TestCertificate authority = make_certificate({.common_name = "Test CA", .certificate_authority = true});
  CertificateSpec spec = loopback_certificate_spec();
  spec.issuer = &authority;
  const TlsTestServer server(serving(make_certificate(spec)));
  const TemporaryFile trusted(server.certificate().certificate_pem);
  EXPECT_TRUE(meet(server, trusting(trusted)));
}

TEST(Certificate, ASelfSignedOneIsRefusedWithBothRemedies) {
  const TlsTestServer server;
  expect_refused(server, {}, "localhost", "it is self-signed");
  EXPECT_THAT(meet(server, {}).error().remedy, HasSubstr("-o ca=FILE"));
}

TEST(Certificate, OneOfAnUnknownAuthorityIsRefused) {
  const TestCertificate authority = make_certificate({.common_name = "Test CA", .certificate_authority = true});
  CertificateSpec spec = loopback_certificate_spec();
  spec.issuer = &authority;
  const TlsTestServer server(serving(make_certificate(spec)));
  expect_refused(server, {}, "localhost", "it is signed by CN = Test CA, which this computer does not know");
}

TEST(Certificate, AnExpiredOneIsRefused) {
  CertificateSpec spec = loopback_certificate_spec();
  spec.not_after = -60s;
  const TlsTestServer server(serving(make_certificate(spec)));
  const TemporaryFile trusted(server.certificate().certificate_pem);
  expect_refused(server, trusting(trusted), "localhost", "it ended on 20");
  EXPECT_THAT(meet(server, trusting(trusted)).error().remedy,
              AllOf(HasSubstr("has to renew it"), Not(HasSubstr("-o ca=FILE"))));
}

TEST(Certificate, OneThatIsNotYetValidIsRefused) {
  CertificateSpec spec = loopback_certificate_spec();
  spec.not_before = 3600s;
  const TlsTestServer server(serving(make_certificate(spec)));
  const TemporaryFile trusted(server.certificate().certificate_pem);
  expect_refused(server, trusting(trusted), "localhost", "it begins on 20");
  EXPECT_THAT(meet(server, trusting(trusted)).error().remedy, HasSubstr("clock"));
}

TEST(Certificate, TheHostMustBeNamedInIt) {
  struct Case {
    const char* dns_name;
    const char* ip_address;
    const char* host;
    bool trusted;
  };
  const Case cases[] = {
      {"ftp.example.org", "192.0.2.1", "ftp.example.org", true},
      {"ftp.example.org", "192.0.2.1", "FTP.example.ORG", true},
      {"ftp.example.org", "192.0.2.1", "ftp.example.org.", true},
      {"ftp.example.org", "192.0.2.1", "example.org", false},
      {"*.example.org", "192.0.2.1", "ftp.example.org", true},
      {"*.example.org", "192.0.2.1", "a.ftp.example.org", false},
      {"f*.example.org", "192.0.2.1", "ftp.example.org", false},
      {"ftp.example.org", "192.0.2.1", "192.0.2.1", true},
      {"ftp.example.org", "192.0.2.1", "192.0.2.2", false},
      {"192.0.2.2", "192.0.2.1", "192.0.2.2", false},
      {"ftp.example.org", "2001:db8::1", "2001:DB8:0::1", true},
      {"ftp.example.org", "fe80::1", "fe80::1%lo", true},
      {"ftp.example.org", "2001:db8::1", "2001:db8::2", false},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(std::string(one.dns_name) + ", " + one.ip_address + " as " + one.host);
    const CertificateSpec spec{.common_name = "x", .dns_names = {one.dns_name}, .ip_addresses = {one.ip_address}};
    const TlsTestServer server(serving(make_certificate(spec)));
    const TemporaryFile trusted(server.certificate().certificate_pem);
    const auto met = meet(server, trusting(trusted), one.host);
    EXPECT_EQ(met.has_value(), one.trusted) << (met ? "" : met.error().message);
    if (!met) {
      EXPECT_EQ(met.error().kind, ErrorKind::kCertificate);
      EXPECT_THAT(met.error().message, HasSubstr(std::string("it is for ") + one.dns_name));
      EXPECT_THAT(met.error().message, HasSubstr(std::string("not for ") + one.host));
    }
  }
}

TEST(Certificate, WithoutAHostNothingIsTrusted) {
  const TlsTestServer server;
  const TemporaryFile trusted(server.certificate().certificate_pem);
  for (const std::string host : {"", "."}) {
    const auto met = meet(server, trusting(trusted), host);
    ASSERT_FALSE(met);
    EXPECT_EQ(met.error().kind, ErrorKind::kInvalid);
  }
}

TEST(Certificate, AMatchingPinReplacesAllOtherChecks) {
  CertificateSpec spec{.common_name = "elsewhere.example"};
  spec.not_after = -60s;
  const TlsTestServer server(serving(make_certificate(spec)));
  const TlsOptions pinned{.pins = {std::string(64, '0'), server.certificate().fingerprint_sha256}};
  EXPECT_TRUE(meet(server, pinned));
}

TEST(Certificate, ANonMatchingPinRefusesEvenATrustedOne) {
  const TlsTestServer server;
  const TemporaryFile trusted(server.certificate().certificate_pem);
  TlsOptions options = trusting(trusted);
  options.pins = {std::string(64, '0')};
  expect_refused(server, options, "localhost", "matches none of the pins");
  options.verify = false;
  expect_refused(server, options, "localhost", "matches none of the pins");
}

TEST(Certificate, WithoutVerificationAnyIsTaken) {
  CertificateSpec spec{.common_name = "elsewhere.example"};
  spec.not_after = -60s;
  const TlsTestServer server(serving(make_certificate(spec)));
  const auto met = meet(server, {.verify = false});
  ASSERT_TRUE(met) << met.error().message;
  EXPECT_EQ((*met)->peer_fingerprint(), server.certificate().fingerprint_sha256);
}

TEST(Certificate, NamesAreIndicatedAndAddressesAreNot) {
  std::atomic<bool> served = false;
  const TlsTestServer server({}, [&](test::ServerSide& side) {
    served = true;
    side.send("x");
  });
  const TlsOptions any{.verify = false};
  std::array<std::byte, 4> buffer{};
  auto by_name = meet(server, any, "ftp.example.org");
  ASSERT_TRUE(by_name);
  ASSERT_TRUE(read_some(**by_name, buffer, within()));
  EXPECT_EQ(server.last_requested_name(), "ftp.example.org");
  auto by_address = meet(server, any, "127.0.0.1");
  ASSERT_TRUE(by_address);
  ASSERT_TRUE(read_some(**by_address, buffer, within()));
  EXPECT_EQ(server.last_requested_name(), "");
}

TEST(CaFile, AMissingOneIsNamed) {
  const auto context = TlsContext::create({.ca_file = "/nonexistent/ca.pem"});
  ASSERT_FALSE(context);
  EXPECT_EQ(context.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(context.error().message, "cannot read /nonexistent/ca.pem: No such file or directory");
}

TEST(CaFile, OneWithoutCertificatesIsAnError) {
  const TemporaryFile empty("not a certificate\n");
  const auto context = TlsContext::create(trusting(empty));
  ASSERT_FALSE(context);
  EXPECT_EQ(context.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(context.error().message, HasSubstr(empty.path()));
}

}  // namespace
}  // namespace ftpsfs::net
