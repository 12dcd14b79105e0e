// SocketBio: OpenSSL's way to a socket that raises no SIGPIPE and remembers why it failed.
#pragma once

#include "net/openssl.h"

namespace ftpsfs::net {

/// What one BIO works on; lives as long as the BIO. Not thread-safe.
struct SocketState {
  int fd = -1;
  int error = 0;        ///< errno of the last failed call other than "would block"; 0 when none failed
  bool at_end = false;  ///< the peer sent its FIN
};

/// The method for all socket BIOs; must outlive them.
BioMethodPtr make_socket_bio_method();

/// A BIO over `state`. Does not own the descriptor. Null only when memory is short.
BioPtr make_socket_bio(const BIO_METHOD* method, SocketState& state);

}  // namespace ftpsfs::net
