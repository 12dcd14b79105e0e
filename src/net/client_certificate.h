// Our own certificate, for servers that ask for one.
#pragma once

#include "ftpsfs/base/result.h"
#include "ftpsfs/net/tls.h"
#include "net/openssl.h"

namespace ftpsfs::net {

/// Reads certificate, chain and private key (PEM or PKCS#12) for all connections of `context`. Errors: kInvalid with
/// the name of the file and what is the matter with it.
Status use_client_certificate(SSL_CTX* context, const ClientCertificate& certificate);

}  // namespace ftpsfs::net
