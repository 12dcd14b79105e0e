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

  /// Adds a copy of `session` as the newest; the oldest leaves when there are more than kMaxSessions.
  void add(SSL_SESSION* session) EXCLUDES(mutex_);

  /// A copy of the newest session that may be resumed, or null.
  SslSessionPtr take() EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  std::deque<SslSessionPtr> sessions_ GUARDED_BY(mutex_);  ///< newest last
};

}  // namespace ftpsfs::net
