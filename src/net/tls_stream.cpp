// OpenSslStream: one TLS client connection.
#include "net/tls_stream.h"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <utility>

#include "net/certificate_check.h"
#include "net/certificate_info.h"

namespace ftpsfs::net {

OpenSslStream::OpenSslStream(std::shared_ptr<const TlsContext> context, SslPtr ssl, const BIO_METHOD* bio_method,
                             UniqueFd fd, TlsConnection connection)
    : context_(std::move(context)),
      fd_(std::move(fd)),
      socket_{fd_.get()},
      connection_(std::move(connection)),
      ssl_(std::move(ssl)) {
  BioPtr bio = make_socket_bio(bio_method, socket_);
  if (!bio) throw std::bad_alloc();
  BIO* const both_ways = bio.release();
  SSL_set_bio(ssl_.get(), both_ways, both_ways);
  SSL_set_app_data(ssl_.get(), &connection_);
  SSL_set_connect_state(ssl_.get());
  connection_.key_exchange->prefer_learnt(ssl_.get());
  if (!expect_host(ssl_.get(), connection_.host)) {
    drain_openssl_errors();
    failure_ = Error{ErrorKind::kInvalid, "'" + connection_.host + "' is no host name a certificate could have"};
  }
}

namespace {

Error tls_error(std::string message, std::string_view remedy) {
  return Error{ErrorKind::kTls, std::move(message)}.with_remedy(remedy);
}

/// The server's versions and ours do not meet.
Error no_common_version(SSL* ssl) {
  const bool only_newest = SSL_get_min_proto_version(ssl) == TLS1_3_VERSION;
  return only_newest ? tls_error("the server speaks no TLS 1.3", "-o tls_min=1.2 goes on with TLS 1.2")
                     : tls_error("the server speaks no TLS 1.2 or later",
                                 "-o tls_min=1.1 or 1.0 goes on with what is not safe");
}

/// What tls_min below 1.2 takes, such as short keys.
bool is_outdated(const OpenSslErrors& errors) {
  constexpr std::array kReasons = {SSL_R_DH_KEY_TOO_SMALL, SSL_R_WRONG_SIGNATURE_TYPE, SSL_R_NO_SHARED_CIPHER};
  return std::ranges::any_of(kReasons, [&](int reason) { return errors.is_ssl_reason(reason); });
}

bool is_about_our_certificate(const OpenSslErrors& errors) {
  constexpr std::array kAlerts = {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
                                  SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
                                  SSL_R_SSLV3_ALERT_NO_CERTIFICATE,
                                  SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
                                  SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
                                  SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
                                  SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
                                  SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
                                  SSL_R_TLSV1_ALERT_UNKNOWN_CA,
                                  SSL_R_TLSV1_ALERT_ACCESS_DENIED};
  return std::ranges::any_of(kAlerts, [&](int reason) { return errors.is_ssl_reason(reason); });
}

}  // namespace

Error OpenSslStream::describe_failure(int ssl_error, const char* doing) {
  const OpenSslErrors errors = drain_openssl_errors();
  if (connection_.refusal) return *connection_.refusal;
  if (ssl_error == SSL_ERROR_SYSCALL && socket_.error != 0) {
    return os_error(ErrorKind::kConnectionLost, doing, socket_.error);
  }
  if (socket_.at_end && (errors.first == 0 || errors.is_ssl_reason(SSL_R_UNEXPECTED_EOF_WHILE_READING))) {
    return Error{ErrorKind::kConnectionLost, std::string(doing) + ": the server closed the connection without notice"};
  }
  if (errors.is_ssl_reason(SSL_R_WRONG_VERSION_NUMBER)) {
    // A process of the server that dies may leave its last words in clear (vsftpd's "500 OOPS").
    if (established_) return Error{ErrorKind::kConnectionLost, "the server left TLS"};
    return Error{ErrorKind::kTls, "the server does not speak TLS here"};
  }
  if (errors.is_ssl_reason(SSL_R_TLSV1_ALERT_PROTOCOL_VERSION) || errors.is_ssl_reason(SSL_R_UNSUPPORTED_PROTOCOL)) {
    return no_common_version(ssl_.get());
  }
  if (errors.is_ssl_reason(SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED)) {
    return tls_error(
        "the server knows no secure renegotiation (RFC 5746), so that others could put commands of their own before "
        "ours",
        "-o tls_min=1.1 goes on with what is no longer safe");
  }
  if (is_about_our_certificate(errors) && connection_.asked_for_certificate) {
    return tls_error("the server wants a client certificate (" + errors.text + ")", "-o cert=FILE names one");
  }
  if (is_about_our_certificate(errors) && SSL_get_certificate(ssl_.get()) != nullptr) {
    return tls_error("the server does not take the certificate of -o cert= (" + errors.text + ")",
                     "whoever runs the server knows which ones it takes");
  }
  const std::string reason = errors.text.empty() ? "TLS failed" : errors.text;
  if (errors.is_ssl_reason(SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE) || is_outdated(errors)) {
    return tls_error(std::string(doing) + ": the server offers nothing that is safe and fits (" + reason + ")",
                     "-o tls_min=1.1 takes what is outdated; -o tls_ciphers= says what to use");
  }
  return tls_error(std::string(doing) + ": " + reason, "-o debug=tls shows more");
}

Result<Progress> OpenSslStream::outcome(int code, const char* doing) {
  const int ssl_error = SSL_get_error(ssl_.get(), code);
  switch (ssl_error) {
    case SSL_ERROR_WANT_READ:
      return Progress{0, Want::kRead, false};
    case SSL_ERROR_WANT_WRITE:
      return Progress{0, Want::kWrite, false};
    case SSL_ERROR_ZERO_RETURN:
      return Progress{0, Want::kNothing, true};
    default:
      failure_ = describe_failure(ssl_error, doing);
      return fail(*failure_);
  }
}

Result<Want> OpenSslStream::try_handshake() {
  if (failure_) return fail(*failure_);
  ERR_clear_error();
  const int code = SSL_do_handshake(ssl_.get());
  if (code == 1) {
    established_ = true;
    connection_.key_exchange->learn(ssl_.get());
    return Want::kNothing;
  }
  FTPSFS_TRY_ASSIGN(const Progress progress, outcome(code, "TLS handshake"));
  if (!progress.end) return progress.want;
  failure_ = Error{ErrorKind::kConnectionLost, "TLS handshake: the server closed the connection"};
  return fail(*failure_);
}

Result<Progress> OpenSslStream::try_read(std::span<std::byte> into) {
  if (failure_) return fail(*failure_);
  Progress total;
  while (total.bytes < into.size()) {
    ERR_clear_error();
    std::size_t count = 0;
    const std::span<std::byte> rest = into.subspan(total.bytes);
    const int code = SSL_read_ex(ssl_.get(), rest.data(), rest.size(), &count);
    starved_ = false;
    if (code != 1) {
      Result<Progress> stopped = outcome(code, "reading");
      starved_ = stopped && stopped->want != Want::kNothing;
      if (total.bytes == 0) return stopped;
      break;
    }
    total.bytes += count;
  }
  return total;
}

/// SSL_peek handles tickets, key updates and alerts, and leaves application data where it is.
Status OpenSslStream::take_in_what_arrived() {
  ERR_clear_error();
  std::byte first{};
  std::size_t count = 0;
  const int code = SSL_peek_ex(ssl_.get(), &first, 1, &count);
  starved_ = false;
  if (code == 1) return {};
  FTPSFS_TRY_ASSIGN(const Progress progress, outcome(code, "writing"));
  starved_ = progress.want != Want::kNothing;
  return {};
}

Result<Progress> OpenSslStream::try_write(std::span<const std::byte> from) {
  if (failure_) return fail(*failure_);
  FTPSFS_TRY(take_in_what_arrived());
  Progress total;
  while (total.bytes < from.size()) {
    ERR_clear_error();
    std::size_t count = 0;
    const std::span<const std::byte> rest = from.subspan(total.bytes);
    const int code = SSL_write_ex(ssl_.get(), rest.data(), rest.size(), &count);
    if (code != 1) {
      Result<Progress> stopped = outcome(code, "writing");
      if (stopped && stopped->end) {  // behind the peer's close_notify OpenSSL takes a broken pipe for the end
        failure_ = describe_failure(SSL_ERROR_SYSCALL, "writing");
        stopped = fail(*failure_);
      }
      if (total.bytes == 0) return stopped;
      break;
    }
    total.bytes += count;
  }
  return total;
}

Result<Want> OpenSslStream::try_shutdown() {
  if (close_notify_sent_) return Want::kNothing;
  if (failure_) return fail(*failure_);
  ERR_clear_error();
  if (const int code = SSL_shutdown(ssl_.get()); code < 0) {
    FTPSFS_TRY_ASSIGN(const Progress progress, outcome(code, "closing"));
    if (progress.want != Want::kNothing) return progress.want;
  }
  close_notify_sent_ = true;
  if (::shutdown(fd_.get(), SHUT_WR) != 0) return fail(os_error(ErrorKind::kConnectionLost, "closing", errno));
  return Want::kNothing;
}

bool OpenSslStream::has_buffered() const {
  return SSL_pending(ssl_.get()) > 0 || (!starved_ && SSL_has_pending(ssl_.get()) == 1);
}

std::string OpenSslStream::peer_fingerprint() const { return fingerprint_of(SSL_get0_peer_certificate(ssl_.get())); }

std::vector<CertificateInfo> OpenSslStream::peer_certificates() const {
  std::vector<CertificateInfo> all;
  const STACK_OF(X509)* const chain = SSL_get_peer_cert_chain(ssl_.get());
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) all.push_back(describe(sk_X509_value(chain, i)));
  return all;
}

bool OpenSslStream::resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

bool OpenSslStream::tickets_spent() const {
  return connection_.offers_nothing_fresh && SSL_version(ssl_.get()) >= TLS1_3_VERSION;
}

std::string OpenSslStream::description() const {
  return std::string(SSL_get_version(ssl_.get())) + " " + SSL_get_cipher_name(ssl_.get());
}

Status handshake(TlsStream& stream, const Context& context) {
  for (;;) {
    FTPSFS_TRY(context.check());
    FTPSFS_TRY_ASSIGN(const Want want, stream.try_handshake());
    if (want == Want::kNothing) return {};
    if (const Status waited = wait_for(stream.fd(), want, context); !waited) {
      return fail(waited.error().with_context("TLS handshake"));
    }
  }
}

}  // namespace ftpsfs::net
