// The ciphers that a user names.
#pragma once

#include <string>

#include "ftpsfs/base/result.h"
#include "net/openssl.h"

namespace ftpsfs::net {

/// Sets those of TLS 1.3, whose names begin with "TLS_", and those of older versions apart; where none of one kind is
/// named, OpenSSL's own choice stays. Errors: kInvalid when one of them is unknown.
Status use_ciphers(SSL_CTX* context, const std::string& names);

}  // namespace ftpsfs::net
