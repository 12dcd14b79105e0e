// KeyExchangeMemory: which key-exchange group the server insists on, so that it is offered first.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "net/openssl.h"

namespace ftpsfs::net {

/// A TLS 1.3 client guesses the group; a server that wants another one (vsftpd and Pure-FTPd: P-256) asks again with a
/// HelloRetryRequest (RFC 8446 section 4.1.4), one round trip for each connection. The guess is wrong only once.
/// Any thread may call any member.
class KeyExchangeMemory {
 public:
  /// Remembers the group of a completed handshake.
  void learn(SSL* ssl);
  /// Orders the groups that `ssl` will offer.
  void prefer_learnt(SSL* ssl) const;

  /// The group's name ("P-256") where it is not the first that OpenSSL offers; else empty.
  [[nodiscard]] std::string learnt() const;
  /// Takes what learnt() told another time; by other words it forgets.
  void expect(std::string_view name);

 private:
  std::atomic<int> group_{0};  ///< OpenSSL's number of the group; 0 when none is known
};

}  // namespace ftpsfs::net
