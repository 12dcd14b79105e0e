// TlsContext: the settings of all TLS connections to one server, on one SSL_CTX.
#include <openssl/err.h>

#include <algorithm>
#include <filesystem>
#include <new>
#include <system_error>
#include <utility>

#include "ftpsfs/net/tls.h"
#include "net/certificate_check.h"
#include "net/cipher_names.h"
#include "net/client_certificate.h"
#include "net/key_exchange.h"
#include "net/openssl.h"
#include "net/socket_bio.h"
#include "net/tls_session_store.h"
#include "net/tls_stream.h"

namespace ftpsfs::net {

namespace {

TlsConnection& connection_of(const SSL* ssl) { return *static_cast<TlsConnection*>(SSL_get_app_data(ssl)); }

int judge_certificate(X509_STORE_CTX* chain, void* options) {
  const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  TlsConnection& connection = connection_of(ssl);
  connection.refusal = refusal_of(chain, *static_cast<const TlsOptions*>(options), connection.host);
  return connection.refusal ? 0 : 1;
}

int number_of(TlsVersion version) {
  switch (version) {
    case TlsVersion::k10:
      return TLS1_VERSION;
    case TlsVersion::k11:
      return TLS1_1_VERSION;
    case TlsVersion::k12:
      return TLS1_2_VERSION;
    case TlsVersion::k13:
      break;
  }
  return TLS1_3_VERSION;
}

/// Called when the server asks for a certificate and we have none.
int note_question(SSL* ssl, X509** /*certificate*/, EVP_PKEY** /*key*/) {
  connection_of(ssl).asked_for_certificate = true;
  return 0;
}

tl::unexpected<Error> unreadable(const std::string& what) {
  return fail(ErrorKind::kInvalid, "cannot read " + what + ": " + drain_openssl_errors().text);
}

/// OpenSSL looks into the directory when it needs a certificate, and for that under its hash alone: "9d66eef0.0".
Status check_ca_directory(const std::string& directory) {
  const auto is_hashed = [](const std::filesystem::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    return name.size() >= 10 && name[8] == '.' && name.find_first_not_of("0123456789abcdef") == 8;
  };
  std::error_code error;
  const std::filesystem::directory_iterator entries(directory, error);
  if (error) return fail(ErrorKind::kInvalid, "cannot read " + directory + ": " + error.message());
  if (std::any_of(begin(entries), end(entries), is_hashed)) return {};
  return fail(ErrorKind::kInvalid,
              directory + " holds no certificates under their hashes; openssl rehash " + directory + " makes them");
}

int keep_session(SSL* ssl, SSL_SESSION* session) {
  if (const auto& sessions = connection_of(ssl).sessions) sessions->add(session);
  return 0;  // OpenSSL keeps its reference
}

class OpenSslContext final : public TlsContext, public std::enable_shared_from_this<OpenSslContext> {
 public:
  explicit OpenSslContext(TlsOptions options)
      : options_(std::move(options)),
        bio_method_(make_socket_bio_method()),
        context_(SSL_CTX_new(TLS_client_method())) {
    if (!bio_method_ || !context_) throw std::bad_alloc();
  }

  Status configure();
  using TlsContext::new_session_store;
  [[nodiscard]] bool allows(TlsVersion version) const override { return version >= options_.least; }
  [[nodiscard]] std::string key_exchange() const override { return key_exchange_.learnt(); }
  void expect_key_exchange(std::string_view group) override { key_exchange_.expect(group); }
  [[nodiscard]] std::shared_ptr<TlsSessionStore> new_session_store(TlsVersion most) const override;
  [[nodiscard]] std::unique_ptr<TlsStream> client(UniqueFd fd, const std::string& host,
                                                  std::shared_ptr<TlsSessionStore> sessions,
                                                  bool resume) const override;

 private:
  void demand_safety();
  Status load_trusted_certificates();

  TlsOptions options_;
  BioMethodPtr bio_method_;
  SslContextPtr context_;
  mutable KeyExchangeMemory key_exchange_;
};

Status OpenSslContext::load_trusted_certificates() {
  ERR_clear_error();
  const std::string& file = options_.ca_file;
  const std::string& directory = options_.ca_directory;
  SSL_CTX* const context = context_.get();
  if (file.empty() && directory.empty()) {
    // Where they are all in one file, reading them takes 30 ms.
    if (!options_.verify || !options_.pins.empty()) return {};
    if (SSL_CTX_set_default_verify_paths(context) != 1) return unreadable("the system's certificates");
  }
  if (!file.empty()) FTPSFS_TRY(check_readable(file));
  if (!file.empty() && SSL_CTX_load_verify_file(context, file.c_str()) != 1) return unreadable(file);
  if (directory.empty()) return {};
  FTPSFS_TRY(check_ca_directory(directory));
  if (SSL_CTX_load_verify_dir(context, directory.c_str()) != 1) return unreadable(directory);
  return {};
}

/// Whatever the system's own settings of OpenSSL say.
void OpenSslContext::demand_safety() {
  SSL_CTX* const context = context_.get();
  SSL_CTX_set_min_proto_version(context, number_of(options_.least));
  SSL_CTX_clear_options(context, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION | SSL_OP_LEGACY_SERVER_CONNECT);
  if (options_.least >= TlsVersion::k12) {
    constexpr int kLeastLevel = 2;  // 112 bits of security
    SSL_CTX_set_security_level(context, std::max(SSL_CTX_get_security_level(context), kLeastLevel));
  } else {
    SSL_CTX_set_security_level(context, 0);  // their handshakes are signed over MD5 and SHA-1
    SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
  }
}

Status OpenSslContext::configure() {
  SSL_CTX* const context = context_.get();
  demand_safety();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, judge_certificate, &options_);
  // A certificate named in the CA file is trusted even when it is no CA.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context, keep_session);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One recv(2) for a record instead of two. A larger buffer than OpenSSL's own (one record) only cost more in copies.
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_client_cert_cb(context, note_question);
  FTPSFS_TRY(use_ciphers(context, options_.ciphers));
  if (!options_.client.file.empty()) FTPSFS_TRY(use_client_certificate(context, options_.client));
  return load_trusted_certificates();
}

std::shared_ptr<TlsSessionStore> OpenSslContext::new_session_store(TlsVersion most) const {
  return std::make_shared<TlsSessionStore>(most);
}

std::unique_ptr<TlsStream> OpenSslContext::client(UniqueFd fd, const std::string& host,
                                                  std::shared_ptr<TlsSessionStore> sessions, bool resume) const {
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl) throw std::bad_alloc();
  TlsConnection connection{.host = host, .sessions = std::move(sessions), .key_exchange = &key_exchange_};
  if (connection.sessions) SSL_set_max_proto_version(ssl.get(), number_of(connection.sessions->most()));
  if (resume && connection.sessions) {
    const TlsSessionStore::Offer offer = connection.sessions->take();
    if (offer.session) SSL_set_session(ssl.get(), offer.session.get());
    connection.offers_nothing_fresh = !offer.fresh;
  }
  return std::make_unique<OpenSslStream>(shared_from_this(), std::move(ssl), bio_method_.get(), std::move(fd),
                                         std::move(connection));
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::create(TlsOptions options) {
  auto context = std::make_shared<OpenSslContext>(std::move(options));
  FTPSFS_TRY(context->configure());
  return context;
}

}  // namespace ftpsfs::net
