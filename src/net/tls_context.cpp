// TlsContext: the settings of all TLS connections to one server, on one SSL_CTX.
#include <openssl/err.h>

#include <new>
#include <utility>

#include "ftpsfs/net/tls.h"
#include "net/certificate_check.h"
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
  [[nodiscard]] std::shared_ptr<TlsSessionStore> new_session_store() const override;
  [[nodiscard]] std::unique_ptr<TlsStream> client(UniqueFd fd, const std::string& host,
                                                  std::shared_ptr<TlsSessionStore> sessions,
                                                  bool resume) const override;

 private:
  Status load_trusted_certificates();

  TlsOptions options_;
  BioMethodPtr bio_method_;
  SslContextPtr context_;
  mutable KeyExchangeMemory key_exchange_;
};

Status OpenSslContext::load_trusted_certificates() {
  ERR_clear_error();
  const bool system = options_.ca_file.empty();
  const int loaded = system ? SSL_CTX_set_default_verify_paths(context_.get())
                            : SSL_CTX_load_verify_file(context_.get(), options_.ca_file.c_str());
  const OpenSslErrors errors = drain_openssl_errors();
  if (loaded == 1) return {};
  return fail(ErrorKind::kInvalid,
              "cannot read " + (system ? "the system's certificates" : options_.ca_file) + ": " + errors.text);
}

Status OpenSslContext::configure() {
  SSL_CTX* const context = context_.get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, judge_certificate, &options_);
  // A certificate named in the CA file is trusted even when it is no CA.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context, keep_session);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One recv(2) for a record instead of two. A larger buffer than OpenSSL's own (one record) only cost more in copies.
  SSL_CTX_set_read_ahead(context, 1);
  return load_trusted_certificates();
}

std::shared_ptr<TlsSessionStore> OpenSslContext::new_session_store() const {
  return std::make_shared<TlsSessionStore>();
}

std::unique_ptr<TlsStream> OpenSslContext::client(UniqueFd fd, const std::string& host,
                                                  std::shared_ptr<TlsSessionStore> sessions, bool resume) const {
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl) throw std::bad_alloc();
  if (resume && sessions) {
    if (const SslSessionPtr session = sessions->take()) SSL_set_session(ssl.get(), session.get());
  }
  return std::make_unique<OpenSslStream>(shared_from_this(), std::move(ssl), bio_method_.get(), std::move(fd),
                                         TlsConnection{host, std::move(sessions), &key_exchange_});
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::create(TlsOptions options) {
  auto context = std::make_shared<OpenSslContext>(std::move(options));
  FTPSFS_TRY(context->configure());
  return context;
}

}  // namespace ftpsfs::net
