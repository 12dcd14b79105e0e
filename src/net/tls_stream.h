// OpenSslStream: one TLS client connection.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ftpsfs/net/tls.h"
#include "net/key_exchange.h"
#include "net/openssl.h"
#include "net/socket_bio.h"
#include "net/tls_session_store.h"

namespace ftpsfs::net {

/// What OpenSSL's callbacks need to know about a connection; found through SSL_get_app_data.
struct TlsConnection {
  std::string host = {};
  std::shared_ptr<TlsSessionStore> sessions = nullptr;  ///< may be null
  bool offers_nothing_fresh = false;                    ///< though it is to resume a session
  KeyExchangeMemory* key_exchange = nullptr;            ///< outlives the connection
  std::optional<Error> refusal = std::nullopt;          ///< why the certificate was not trusted
  bool asked_for_certificate = false;                   ///< and we have none
};

class OpenSslStream final : public TlsStream {
 public:
  /// `context` owns what `ssl`, `bio_method` and `connection` refer to.
  OpenSslStream(std::shared_ptr<const TlsContext> context, SslPtr ssl, const BIO_METHOD* bio_method, UniqueFd fd,
                TlsConnection connection);

  Result<Want> try_handshake() override;
  Result<Progress> try_read(std::span<std::byte> into) override;
  Result<Progress> try_write(std::span<const std::byte> from) override;
  Result<Want> try_shutdown() override;
  [[nodiscard]] int fd() const override { return fd_.get(); }
  [[nodiscard]] bool has_buffered() const override;
  [[nodiscard]] std::string peer_fingerprint() const override;
  [[nodiscard]] std::vector<CertificateInfo> peer_certificates() const override;
  [[nodiscard]] bool resumed() const override;
  [[nodiscard]] bool tickets_spent() const override;
  [[nodiscard]] std::string description() const override;

 private:
  /// Readiness to wait for, or the end, after an SSL call returned `code`; a failure is remembered in `failure_`.
  Result<Progress> outcome(int code, const char* doing);
  Error describe_failure(int ssl_error, const char* doing);
  Status take_in_what_arrived();

  std::shared_ptr<const TlsContext> context_;
  UniqueFd fd_;
  SocketState socket_;
  TlsConnection connection_;
  SslPtr ssl_;
  bool established_ = false;      ///< the handshake is over
  std::optional<Error> failure_;  ///< the first failure, repeated by all later attempts
  bool starved_ = false;          ///< the last read wanted more from the socket: no whole record is buffered
  bool close_notify_sent_ = false;
};

}  // namespace ftpsfs::net
