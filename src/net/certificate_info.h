// What certificates say of themselves, as text.
#pragma once

#include <string>

#include "ftpsfs/net/tls.h"
#include "net/openssl.h"

namespace ftpsfs::net {

/// "CN = ftp.example.com, O = Example", in UTF-8.
std::string text_of(const X509_NAME* name);

/// "RSA 2048".
std::string key_of(const X509* certificate);

/// "2026-12-31 12:00 UTC"; empty when it is none.
std::string time_text(const ASN1_TIME* time);

CertificateInfo describe(X509* certificate);

}  // namespace ftpsfs::net
