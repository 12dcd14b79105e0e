// Certificate checks: is the server's certificate trusted, and if not, in which words is that told?
#pragma once

#include <optional>
#include <string>

#include "ftpsfs/net/tls.h"
#include "net/openssl.h"

namespace ftpsfs::net {

/// Makes `ssl` ask for `host` (SNI, RFC 6066 section 3: names only) and expect it in the certificate (RFC 6125).
/// False when there is no name, or one that no certificate can hold.
bool expect_host(SSL* ssl, const std::string& host);

/// Judges the certificate that `chain` was set up with. Returns why it is not trusted, as kCertificate: which check
/// failed, the certificate's subject, and as a remedy the option that would trust it, with the fingerprint where that
/// is one; nullopt when it is trusted. A key that is too weak is refused even when pinned.
std::optional<Error> refusal_of(X509_STORE_CTX* chain, const TlsOptions& options, const std::string& host);

}  // namespace ftpsfs::net
