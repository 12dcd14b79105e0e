// TLS: certificate checks, session resumption, and a Stream over OpenSSL. The only users of OpenSSL are in net/.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/net/stream.h"

namespace ftpsfs::net {

enum class TlsVersion { k10, k11, k12, k13 };

/// What we show to a server that asks who we are.
struct ClientCertificate {
  std::string file = {};      ///< PEM or PKCS#12, with the chain where there is one; empty: none
  std::string key_file = {};  ///< of its private key; empty: in `file`
  std::string password = {};  ///< of the key, or of the PKCS#12 file
};

/// How the server's certificate is judged, and how safe a connection must be.
struct TlsOptions {
  bool verify = true;             ///< false: any certificate is taken
  std::string ca_file = {};       ///< PEM file of trusted certificates
  std::string ca_directory = {};  ///< of trusted certificates under their hashes, see openssl-rehash(1); with neither
                                  ///< of the two the system's are trusted
  std::vector<std::string> pins = {};  ///< SHA-256 fingerprints (64 hexadecimal digits, lower case); any match replaces
                                       ///< the CA and host-name checks
  /// Below TLS 1.2 what is asked of keys, hashes and renegotiation (RFC 5746) goes down to what servers of that age
  /// have.
  TlsVersion least = TlsVersion::k12;
  std::string ciphers =
      {};  ///< as in openssl-ciphers(1), joined by ':', TLS_… being those of TLS 1.3; empty: OpenSSL's
  ClientCertificate client = {};
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
  /// TLS 1.3: it was to resume a session and had no ticket that the server had not seen before, which some servers do
  /// not take (RFC 8446 section C.4). Known after the handshake.
  [[nodiscard]] virtual bool tickets_spent() const = 0;
  /// "TLSv1.3 TLS_AES_256_GCM_SHA384".
  [[nodiscard]] virtual std::string description() const = 0;
};

/// Settings shared by all connections to one server. Thread-safe after creation.
class TlsContext {
 public:
  /// Errors: kInvalid when what the options name cannot be read or used (the message says which and why).
  static Result<std::shared_ptr<TlsContext>> create(TlsOptions options);
  virtual ~TlsContext() = default;

  [[nodiscard]] virtual bool allows(TlsVersion version) const = 0;

  /// By which group the server exchanged keys last ("P-256"), where others are offered before it unless that is known;
  /// else empty. A guess that is wrong costs a round trip (RFC 8446 section 4.1.4).
  [[nodiscard]] virtual std::string key_exchange() const = 0;
  /// Has that group offered first from now on; with other words, as if none had been learnt.
  virtual void expect_key_exchange(std::string_view group) = 0;

  /// A store for the sessions of one control connection, none of whose connections goes above `most`.
  [[nodiscard]] virtual std::shared_ptr<TlsSessionStore> new_session_store(TlsVersion most) const = 0;
  [[nodiscard]] std::shared_ptr<TlsSessionStore> new_session_store() const {
    return new_session_store(TlsVersion::k13);
  }

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
