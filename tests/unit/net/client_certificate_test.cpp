// Our own certificate, shown to servers that ask for one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "ftpsfs/net/tls.h"
#include "unit/net/tls_test_server.h"

namespace ftpsfs::net {
namespace {

using fakes::make_certificate;
using fakes::TestCertificate;
using test::TemporaryFile;
using test::TlsServerOptions;
using test::TlsTestServer;
using test::within;
using testing::HasSubstr;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Bio readable(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free_all};
}

std::string contents(const Bio& memory) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(length)};
}

Certificate certificate_of(const TestCertificate& from) {
  return {PEM_read_bio_X509(readable(from.certificate_pem).get(), nullptr, nullptr, nullptr), &X509_free};
}

Key key_of(const TestCertificate& from) {
  return {PEM_read_bio_PrivateKey(readable(from.private_key_pem).get(), nullptr, nullptr, nullptr), &EVP_PKEY_free};
}

class ClientCertificateTest : public testing::TestWithParam<int> {
 protected:
  [[nodiscard]] TlsServerOptions server_options() const {
    TlsServerOptions options;
    options.highest_version = GetParam();
    options.client_ca = authority_.certificate_pem;
    return options;
  }

  /// What the server says to a client with this certificate.
  [[nodiscard]] Result<std::string> meet(const ClientCertificate& client) const {
    const TlsTestServer server(server_options(), [](test::ServerSide& side) { side.send("welcome"); });
    FTPSFS_TRY_ASSIGN(const auto context, TlsContext::create({.verify = false, .client = client}));
    FTPSFS_TRY_ASSIGN(UniqueFd fd, connect_tcp(server.endpoint(), within()));
    const auto stream = context->client(std::move(fd), "localhost", context->new_session_store(), false);
    FTPSFS_TRY(handshake(*stream, within()));
    std::array<std::byte, 16> buffer{};
    FTPSFS_TRY_ASSIGN(const std::size_t count, read_some(*stream, buffer, within()));
    return std::string(reinterpret_cast<const char*>(buffer.data()), count);
  }

  [[nodiscard]] std::string encrypted_key() const {
    const Bio text(BIO_new(BIO_s_mem()), &BIO_free_all);
    PEM_write_bio_PKCS8PrivateKey(text.get(), key_of(client_).get(), EVP_aes_128_cbc(), "secret", 6, nullptr, nullptr);
    return contents(text);
  }

  [[nodiscard]] std::string pkcs12() const {
    STACK_OF(X509)* const chain = sk_X509_new_null();
    const Certificate issuer = certificate_of(authority_);
    sk_X509_push(chain, issuer.get());
    PKCS12* const made =
        PKCS12_create("secret", "mine", key_of(client_).get(), certificate_of(client_).get(), chain, 0, 0, 1, 1, 0);
    const Bio bytes(BIO_new(BIO_s_mem()), &BIO_free_all);
    i2d_PKCS12_bio(bytes.get(), made);
    PKCS12_free(made);
    sk_X509_free(chain);
    return contents(bytes);
  }

  const TestCertificate authority_ = make_certificate({.common_name = "Clients", .certificate_authority = true});
  const TestCertificate client_ = make_certificate({.common_name = "anna", .issuer = &authority_});
};

TEST_P(ClientCertificateTest, IsShownWhenTheServerAsks) {
  const TemporaryFile certificate(client_.certificate_pem);
  const TemporaryFile key(client_.private_key_pem);
  const TemporaryFile both(client_.certificate_pem + client_.private_key_pem);
  EXPECT_EQ(meet({.file = certificate.path(), .key_file = key.path()}).value_or("refused"), "welcome");
  EXPECT_EQ(meet({.file = both.path()}).value_or("refused"), "welcome");
}

TEST_P(ClientCertificateTest, TheKeyMayBeEncrypted) {
  const TemporaryFile certificate(client_.certificate_pem);
  const TemporaryFile key(encrypted_key());
  EXPECT_EQ(meet({.file = certificate.path(), .key_file = key.path(), .password = "secret"}).value_or("refused"),
            "welcome");
}

TEST_P(ClientCertificateTest, MayBeInAPkcs12File) {
  const TemporaryFile all(pkcs12());
  EXPECT_EQ(meet({.file = all.path(), .password = "secret"}).value_or("refused"), "welcome");
}

TEST_P(ClientCertificateTest, IsAskedForInWords) {
  const auto met = meet({});
  ASSERT_FALSE(met);
  EXPECT_EQ(met.error().kind, ErrorKind::kTls);
  EXPECT_THAT(met.error().message, HasSubstr("wants a client certificate"));
  EXPECT_THAT(met.error().remedy, HasSubstr("-o cert=FILE"));
}

TEST_P(ClientCertificateTest, OneThatIsNotTakenIsNamed) {
  const TestCertificate stranger = make_certificate({.common_name = "stranger"});
  const TemporaryFile both(stranger.certificate_pem + stranger.private_key_pem);
  const auto met = meet({.file = both.path()});
  ASSERT_FALSE(met);
  EXPECT_THAT(met.error().message, HasSubstr("does not take the certificate of -o cert="));
}

TEST_P(ClientCertificateTest, WhatCannotBeUsedIsNamedWithItsFile) {
  const TestCertificate other = make_certificate({.common_name = "other"});
  const TemporaryFile certificate(client_.certificate_pem);
  const TemporaryFile wrong_key(other.private_key_pem);
  const TemporaryFile locked(encrypted_key());
  const TemporaryFile nonsense("nonsense");
  const TemporaryFile locked_store(pkcs12());
  struct Case {
    ClientCertificate client;
    std::string file;
    const char* words;
  };
  const Case cases[] = {
      {{.file = "/nonexistent"}, "/nonexistent", "No such file"},
      {{.file = nonsense.path()}, nonsense.path(), "neither PEM nor PKCS#12"},
      {{.file = certificate.path()}, certificate.path(), "no private key; -o key=FILE"},
      {{.file = wrong_key.path()}, wrong_key.path(), "holds no certificate"},
      {{.file = certificate.path(), .key_file = wrong_key.path()}, wrong_key.path(), "is not that of the certificate"},
      {{.file = certificate.path(), .key_file = locked.path()}, locked.path(), "-o key_password_command=CMD"},
      {{.file = certificate.path(), .key_file = locked.path(), .password = "x"}, locked.path(), "does not open it"},
      {{.file = locked_store.path(), .password = "x"}, locked_store.path(), "does not open it"},
      {{.file = locked_store.path()}, locked_store.path(), "-o key_password_command=CMD"},
  };
  for (const Case& one : cases) {
    const auto context = TlsContext::create({.client = one.client});
    ASSERT_FALSE(context) << one.words;
    EXPECT_EQ(context.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(context.error().message, HasSubstr(one.file + ": "));
    EXPECT_THAT(context.error().message, HasSubstr(one.words));
  }
}

INSTANTIATE_TEST_SUITE_P(Tls, ClientCertificateTest, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& instance) {
                           return std::string(instance.param == TLS1_2_VERSION ? "Version12" : "Version13");
                         });

}  // namespace
}  // namespace ftpsfs::net
