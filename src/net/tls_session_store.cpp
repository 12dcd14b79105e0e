// TlsSessionStore: the sessions and tickets of one control connection.
#include "net/tls_session_store.h"

#include <utility>

namespace ftpsfs::net {

void TlsSessionStore::add(SSL_SESSION* session) {
  SslSessionPtr copy(SSL_SESSION_dup(session));
  if (!copy) return;
  MutexLock lock(mutex_);
  sessions_.push_back(std::move(copy));
  if (sessions_.size() > kMaxSessions) sessions_.pop_front();
}

// RFC 8446 appendix C.4 wants a ticket used once, so a used one goes while another remains. The last one stays: vsftpd
// and ProFTPD take the same ticket again and again, several servers issue only one, and without any they refuse the
// data connection. A TLS 1.2 session is meant to be used many times.
SslSessionPtr TlsSessionStore::take() {
  MutexLock lock(mutex_);
  if (sessions_.empty()) return nullptr;
  const bool single_use = SSL_SESSION_get_protocol_version(sessions_.back().get()) >= TLS1_3_VERSION;
  if (!single_use || sessions_.size() == 1) return SslSessionPtr(SSL_SESSION_dup(sessions_.back().get()));
  SslSessionPtr newest = std::move(sessions_.back());
  sessions_.pop_back();
  return newest;
}

}  // namespace ftpsfs::net
