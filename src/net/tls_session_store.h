// TlsSessionStore: the sessions and tickets of one control connection.
#pragma once

#include <cstddef>
#include <deque>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/net/tls.h"
#include "net/openssl.h"

namespace ftpsfs::net {

/// Keeps copies of its own and hands out copies: OpenSSL marks a session unresumable when a connection that used it is
/// freed without close_notify, and that must not reach the other connections.
class TlsSessionStore {
 public:
  static constexpr std::size_t kMaxSessions = 8;

  /// What a new connection is to resume.
  struct Offer {
    SslSessionPtr session;  ///< null: nothing
    bool fresh = false;     ///< not a ticket that was offered before
  };

  /// `most`: the highest version of TLS for the connections that use this store.
  explicit TlsSessionStore(TlsVersion most = TlsVersion::k13) : most_(most) {}
  [[nodiscard]] TlsVersion most() const { return most_; }

  /// Adds a copy of `session` as the newest; the oldest leaves when there are more than kMaxSessions.
  void add(SSL_SESSION* session) EXCLUDES(mutex_);

  /// A copy of the newest session.
  Offer take() EXCLUDES(mutex_);

 private:
  const TlsVersion most_;
  Mutex mutex_;
  std::deque<Offer> sessions_ GUARDED_BY(mutex_);  ///< newest last
};

}  // namespace ftpsfs::net
