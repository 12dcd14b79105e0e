// TlsSessionStore: the sessions and tickets of one control connection.
#include "net/tls_session_store.h"

#include <utility>

namespace ftpsfs::net {

void TlsSessionStore::add(SSL_SESSION* session) {
  SslSessionPtr copy(SSL_SESSION_dup(session));
  if (!copy) return;
  MutexLock lock(mutex_);
  sessions_.push_back({std::move(copy), true});
  if (sessions_.size() > kMaxSessions) sessions_.pop_front();
}

// RFC 8446 appendix C.4 wants a ticket used once, so a used one goes while another remains. The last one stays: vsftpd
// and ProFTPD take the same ticket again and again, several servers issue only one, and without any they refuse the
// data connection. A TLS 1.2 session is meant to be used many times.
TlsSessionStore::Offer TlsSessionStore::take() {
  MutexLock lock(mutex_);
  if (sessions_.empty()) return {};
  Offer& newest = sessions_.back();
  const bool single_use = SSL_SESSION_get_protocol_version(newest.session.get()) >= TLS1_3_VERSION;
  if (single_use && sessions_.size() > 1) {
    Offer last_seen = std::move(newest);
    sessions_.pop_back();
    return last_seen;
  }
  const bool fresh = single_use ? std::exchange(newest.fresh, false) : true;
  return {SslSessionPtr(SSL_SESSION_dup(newest.session.get())), fresh};
}

}  // namespace ftpsfs::net
