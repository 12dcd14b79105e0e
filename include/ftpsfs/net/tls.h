// TLS: certificate checks, session resumption, and a Stream over OpenSSL. The only users of OpenSSL are in net/.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/net/stream.h"

namespace ftpsfs::net {

/// How the server's certificate is judged.
struct TlsOptions {
  bool verify = true;                  ///< false: any certificate is taken
  std::string ca_file = {};            ///< PEM file of trusted certificates; empty: the system's
  std::vector<std::string> pins = {};  ///< SHA-256 fingerprints (64 hexadecimal digits, lower case); any match replaces
                                       ///< the CA and host-name checks
};

/// The TLS sessions one control connection and its data connections were given, newest last. Servers that demand
/// session reuse (vsftpd 522, ProFTPD 425) accept only a session that came from the same control connection.
/// Any thread may call any member.
class TlsSessionStore;

/// What a certificate says of itself, for people.
struct CertificateInfo {
  std::string subject;
  std::string issuer;
  std::vector<std::string> names;  ///< hosts and addresses it is for (subjectAltName, RFC 6125)
  std::string key;                 ///< "RSA 2048", "EC 256"
  std::int64_t not_after = 0;      ///< seconds since 1970
  std::string fingerprint;         ///< SHA-256, 64 lower-case hexadecimal digits

  bool operator==(const CertificateInfo&) const = default;
};

class TlsStream : public Stream {
 public:
  /// One step of the handshake; Want::kNothing means done. Errors: kCertificate (which check failed, the SHA-256
  /// fingerprint, and the option that would trust it), kTls, kConnectionLost, kInvalid (a `host` that no certificate
  /// can name).
  virtual Result<Want> try_handshake() = 0;

  /// SHA-256 over the peer's certificate, 64 lower-case hexadecimal digits; known after the handshake, also after a
  /// resumed one.
  [[nodiscard]] virtual std::string peer_fingerprint() const = 0;
  /// What the peer showed in a full handshake, its own certificate first.
  [[nodiscard]] virtual std::vector<CertificateInfo> peer_certificates() const = 0;
  [[nodiscard]] virtual bool resumed() const = 0;
  /// "TLSv1.3 TLS_AES_256_GCM_SHA384".
  [[nodiscard]] virtual std::string description() const = 0;
};

/// Settings shared by all connections to one server. TLS 1.2 is the least accepted. Thread-safe after creation.
class TlsContext {
 public:
  /// Errors: kInvalid when `ca_file` cannot be read (the message says why).
  static Result<std::shared_ptr<TlsContext>> create(TlsOptions options);
  virtual ~TlsContext() = default;

  /// A store for the sessions of one control connection.
  [[nodiscard]] virtual std::shared_ptr<TlsSessionStore> new_session_store() const = 0;

  /// A client stream over `fd`, not yet shaken hands. `host` (a name, or a numeric address) is matched against the
  /// certificate. New sessions go into `sessions`; with `resume` the newest of them is offered, as a duplicate, since
  /// freeing a stream that saw no close_notify would mark a shared one unresumable.
  [[nodiscard]] virtual std::unique_ptr<TlsStream> client(UniqueFd fd, const std::string& host,
                                                          std::shared_ptr<TlsSessionStore> sessions,
                                                          bool resume) const = 0;
};

/// Completes the handshake. Errors: as try_handshake, kTimeout, kInterrupted.
Status handshake(TlsStream& stream, const Context& context);

}  // namespace ftpsfs::net
