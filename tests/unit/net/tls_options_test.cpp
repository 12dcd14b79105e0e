// How safe a connection must be: versions, ciphers, keys, the directory of trusted certificates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/inotify.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "ftpsfs/net/tls.h"
#include "unit/net/tls_test_server.h"

namespace ftpsfs::net {
namespace {

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
using testing::StartsWith;

/// Shakes hands as "localhost" under `options`; yields version and cipher.
Result<std::string> meet(const TlsTestServer& server, const TlsOptions& options) {
  FTPSFS_TRY_ASSIGN(const std::shared_ptr<TlsContext> context, TlsContext::create(options));
  FTPSFS_TRY_ASSIGN(UniqueFd fd, connect_tcp(server.endpoint(), within()));
  const auto stream = context->client(std::move(fd), "localhost", context->new_session_store(), false);
  FTPSFS_TRY(handshake(*stream, within()));
  return stream->description();
}

TlsServerOptions speaking(int least, int highest) {
  TlsServerOptions options;
  options.least_version = least;
  options.highest_version = highest;
  options.ciphers = "ALL:@SECLEVEL=0";
  return options;
}

TEST(TlsLeast, OldVersionsAreTakenWhenAskedForAlone) {
  const TlsTestServer oldest(speaking(TLS1_VERSION, TLS1_VERSION));
  const TlsTestServer old(speaking(TLS1_1_VERSION, TLS1_1_VERSION));
  EXPECT_FALSE(meet(oldest, {.verify = false}));
  EXPECT_FALSE(meet(oldest, {.verify = false, .least = TlsVersion::k11}));
  EXPECT_THAT(meet(oldest, {.verify = false, .least = TlsVersion::k10}).value(), StartsWith("TLSv1 "));
  EXPECT_THAT(meet(old, {.verify = false, .least = TlsVersion::k11}).value(), StartsWith("TLSv1.1 "));
  const Error refused = meet(old, {.verify = false}).error();
  EXPECT_THAT(refused.message, HasSubstr("no TLS 1.2 or later"));
  EXPECT_THAT(refused.remedy, HasSubstr("-o tls_min=1.1"));
}

TEST(TlsLeast, TheNewestIsStillTakenFirst) {
  EXPECT_THAT(meet(TlsTestServer(), {.verify = false, .least = TlsVersion::k10}).value(), StartsWith("TLSv1.3 "));
}

TEST(TlsLeast, Tls12CanBeRuledOut) {
  const TlsTestServer server(speaking(TLS1_2_VERSION, TLS1_2_VERSION));
  const Error refused = meet(server, {.verify = false, .least = TlsVersion::k13}).error();
  EXPECT_THAT(refused.message, HasSubstr("no TLS 1.3"));
  EXPECT_THAT(refused.remedy, HasSubstr("-o tls_min=1.2"));
}

TEST(SecureRenegotiation, AServerWithoutItIsRefusedUntilOldVersionsAreAskedFor) {
  TlsServerOptions options = speaking(TLS1_2_VERSION, TLS1_2_VERSION);
  EXPECT_TRUE(meet(TlsTestServer(options), {.verify = false}));
  options.secure_renegotiation = false;
  const TlsTestServer server(options);
  const auto refused = meet(server, {.verify = false});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kTls);
  EXPECT_THAT(refused.error().message, HasSubstr("RFC 5746"));
  EXPECT_THAT(refused.error().remedy, HasSubstr("-o tls_min=1.1"));
  for (const TlsVersion least : {TlsVersion::k10, TlsVersion::k11}) {
    EXPECT_THAT(meet(server, {.verify = false, .least = least}).value(), StartsWith("TLSv1.2 "));
  }
}

TEST(TlsMost, AStoreMayBoundTheVersionOfItsConnections) {
  const TlsTestServer server;
  const auto context = TlsContext::create({.verify = false}).value();
  EXPECT_TRUE(context->allows(TlsVersion::k12));
  const auto stream = context->client(connect_tcp(server.endpoint(), within()).value(), "localhost",
                                      context->new_session_store(TlsVersion::k12), false);
  ASSERT_TRUE(handshake(*stream, within()));
  EXPECT_THAT(stream->description(), StartsWith("TLSv1.2 "));
}

TEST(TlsCiphers, EachVersionHasItsOwn) {
  const TlsOptions chosen{.verify = false, .ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384:TLS_CHACHA20_POLY1305_SHA256"};
  EXPECT_EQ(meet(TlsTestServer(), chosen).value(), "TLSv1.3 TLS_CHACHA20_POLY1305_SHA256");
  const TlsTestServer older(speaking(TLS1_2_VERSION, TLS1_2_VERSION));
  EXPECT_EQ(meet(older, chosen).value(), "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384");
}

TEST(TlsCiphers, UnknownOnesAreNamed) {
  for (const std::string ciphers : {"TLS_ROT13", "ROT13", "ECDHE-ECDSA-AES256-GCM-SHA384:ROT13",
                                    "TLS_CHACHA20_POLY1305_SHA256:TLS_ROT13", "HIGH:!aNULL:ROT13"}) {
    const auto context = TlsContext::create({.ciphers = ciphers});
    ASSERT_FALSE(context) << ciphers;
    EXPECT_EQ(context.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(context.error().message, HasSubstr("no such cipher: ")) << ciphers;
    EXPECT_THAT(context.error().message, HasSubstr("ROT13"));
  }
  EXPECT_TRUE(TlsContext::create({.ciphers = "HIGH:!aNULL:-SHA1:TLS_AES_256_GCM_SHA384"}));
}

TEST(TlsCiphers, DoNotLowerTheLevelOfSecurity) { EXPECT_FALSE(TlsContext::create({.ciphers = "ALL:@SECLEVEL=0"})); }

class WeakKey : public testing::Test {
 protected:
  WeakKey() {
    CertificateSpec spec = loopback_certificate_spec();
    spec.rsa_bits = 1024;
    options_.certificate = make_certificate(spec);
  }

  TlsServerOptions options_;
};

TEST_F(WeakKey, IsRefusedThoughTrustedOrPinned) {
  const TlsTestServer server(options_);
  const TemporaryFile trusted(server.certificate().certificate_pem);
  for (const TlsOptions& options :
       {TlsOptions{.ca_file = trusted.path()}, TlsOptions{.pins = {server.certificate().fingerprint_sha256}}}) {
    const auto met = meet(server, options);
    ASSERT_FALSE(met);
    EXPECT_EQ(met.error().kind, ErrorKind::kCertificate);
    EXPECT_THAT(met.error().message, HasSubstr("its key is too weak (RSA 1024)"));
    EXPECT_THAT(met.error().remedy, AllOf(HasSubstr("-o tls_min=1.1"), Not(HasSubstr("-o pin="))));
  }
}

TEST_F(WeakKey, IsTakenWhenAskedFor) {
  const TlsTestServer server(options_);
  EXPECT_TRUE(meet(server, {.verify = false}));
  EXPECT_TRUE(meet(server, {.pins = {server.certificate().fingerprint_sha256}, .least = TlsVersion::k11}));
}

/// Tells whether the system's certificates, in a file of the test's, are read.
class SystemCertificates : public testing::Test {
 protected:
  SystemCertificates() {
    if (const char* const before = std::getenv("SSL_CERT_FILE")) before_ = before;
    ::setenv("SSL_CERT_FILE", file_.path().c_str(), 1);
    ::inotify_add_watch(opened_.get(), file_.path().c_str(), IN_OPEN);
  }
  ~SystemCertificates() override {
    if (before_) {
      ::setenv("SSL_CERT_FILE", before_->c_str(), 1);
    } else {
      ::unsetenv("SSL_CERT_FILE");
    }
  }

  [[nodiscard]] bool are_read_for(const TlsOptions& options) const {
    EXPECT_TRUE(TlsContext::create(options));
    inotify_event event{};
    return ::read(opened_.get(), &event, sizeof event) > 0;
  }

  const TestCertificate certificate_ = make_certificate(loopback_certificate_spec());
  const TemporaryFile file_{certificate_.certificate_pem};
  const UniqueFd opened_{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
  std::optional<std::string> before_;
};

TEST_F(SystemCertificates, AreReadOnlyWhereTheyDecide) {
  EXPECT_TRUE(are_read_for({}));
  EXPECT_FALSE(are_read_for({.verify = false}));
  EXPECT_FALSE(are_read_for({.pins = {certificate_.fingerprint_sha256}}));
  EXPECT_FALSE(are_read_for({.ca_file = TemporaryFile(certificate_.certificate_pem).path()}));
}

TEST_F(SystemCertificates, AreTrusted) {
  TlsServerOptions options;
  options.certificate = certificate_;
  EXPECT_TRUE(meet(TlsTestServer(options), {}));
}

class CaDirectory : public testing::Test {
 protected:
  CaDirectory() : path_(std::filesystem::temp_directory_path() / ("ftpsfs-ca-" + std::to_string(::getpid()))) {
    std::filesystem::create_directory(path_);
  }
  ~CaDirectory() override { std::filesystem::remove_all(path_); }

  /// As openssl-rehash(1) names it.
  void add(const TestCertificate& certificate) const {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> text(
        BIO_new_mem_buf(certificate.certificate_pem.data(), static_cast<int>(certificate.certificate_pem.size())),
        &BIO_free_all);
    const std::unique_ptr<X509, decltype(&X509_free)> parsed(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr),
                                                             &X509_free);
    std::array<char, 16> name{};
    std::snprintf(name.data(), name.size(), "%08lx.0", X509_subject_name_hash(parsed.get()));
    std::ofstream(path_ / name.data()) << certificate.certificate_pem;
  }

  const std::filesystem::path path_;
};

TEST_F(CaDirectory, HoldsWhatIsTrusted) {
  const TlsTestServer server;
  add(server.certificate());
  EXPECT_TRUE(meet(server, {.ca_directory = path_.string()}));
  EXPECT_FALSE(meet(TlsTestServer(), {.ca_directory = path_.string()}));
}

TEST_F(CaDirectory, AddsToTheFile) {
  const TlsTestServer server;
  const TestCertificate other = make_certificate({.common_name = "Another", .certificate_authority = true});
  add(other);
  const TemporaryFile trusted(server.certificate().certificate_pem);
  EXPECT_TRUE(meet(server, {.ca_file = trusted.path(), .ca_directory = path_.string()}));
}

TEST_F(CaDirectory, WithoutHashesIsAnErrorWithARemedy) {
  std::ofstream(path_ / "ca.pem") << TlsTestServer().certificate().certificate_pem;
  EXPECT_THAT(TlsContext::create({.ca_directory = path_.string()}).error().message,
              HasSubstr("openssl rehash " + path_.string()));
  EXPECT_THAT(TlsContext::create({.ca_directory = "/nonexistent"}).error().message,
              HasSubstr("/nonexistent: No such file"));
}

}  // namespace
}  // namespace ftpsfs::net
