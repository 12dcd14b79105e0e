// Owners for OpenSSL's objects, and its error queue as text.
#pragma once

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <span>
#include <string>

#include "ftpsfs/base/result.h"

namespace ftpsfs::net {

template <auto Free>
struct OpenSslDeleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

using SslContextPtr = std::unique_ptr<SSL_CTX, OpenSslDeleter<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, OpenSslDeleter<SSL_free>>;
using SslSessionPtr = std::unique_ptr<SSL_SESSION, OpenSslDeleter<SSL_SESSION_free>>;
using BioPtr = std::unique_ptr<BIO, OpenSslDeleter<BIO_free_all>>;
using BioMethodPtr = std::unique_ptr<BIO_METHOD, OpenSslDeleter<BIO_meth_free>>;

/// What the calling thread's OpenSSL error queue said.
struct OpenSslErrors {
  unsigned long first = 0;  ///< the code nearest to the cause; 0 when the queue was empty
  std::string text;         ///< every reason, joined by "; "

  [[nodiscard]] bool is_ssl_reason(int reason) const;
};

/// Empties the queue: what stays there would be taken for the failure of a later call.
OpenSslErrors drain_openssl_errors();

/// For a file that OpenSSL is to read, whose own words about it are hard to read. Errors: kInvalid.
Status check_readable(const std::string& file);

/// In lower case.
std::string hexadecimal(std::span<const unsigned char> bytes);

/// SHA-256 over the certificate, 64 lower-case hexadecimal digits; empty without a certificate.
std::string fingerprint_of(const X509* certificate);

}  // namespace ftpsfs::net
