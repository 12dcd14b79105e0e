// Greeting: what a server says and shows before anybody logs in.
#pragma once

#include <string>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/ftp/session.h"
#include "ftpsfs/net/tls.h"

namespace ftpsfs::ftp {

struct Greeting {
  std::string text;
  std::string tls;                                 ///< "TLSv1.3 TLS_AES_256_GCM_SHA384", or "no TLS"
  std::vector<net::CertificateInfo> certificates;  ///< the server's own first; empty without TLS
};

/// Connects and begins TLS as a session does, and leaves without a login. Errors: those of Session::open.
Result<Greeting> hear_greeting(const ServerOptions& options, const Context& context);

}  // namespace ftpsfs::ftp
