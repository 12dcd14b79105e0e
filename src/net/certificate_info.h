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

CertificateInfo describe(X509* certificate);

}  // namespace ftpsfs::net
