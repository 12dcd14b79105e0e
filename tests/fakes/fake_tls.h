// TlsServer: the fake server's certificate and session tickets; tells from which control connection a ticket came.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <set>

#include "fakes/fake_dialect.h"
#include "fakes/test_certificate.h"

namespace ftpsfs::test {

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

/// Written into each ticket, and found again when the ticket is used.
struct TicketUse {
  int connection = 0;  ///< the control connection the channel belongs to
  int origin = 0;      ///< the control connection whose ticket was taken; 0: none
};

/// One TLS context. Only tickets resume, never session ids. Any thread may call new_ssl().
class TlsServer {
 public:
  /// Throws std::runtime_error when OpenSSL refuses.
  TlsServer(const fakes::TestCertificate& certificate, const FakeDialect& dialect);
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  /// `use` must outlive the SSL.
  SSL* new_ssl(TicketUse& use);
  /// No ticket given out so far resumes a session any more.
  void forget_sessions();
  /// A HelloRetryRequest makes it two for one handshake.
  [[nodiscard]] int client_hellos() const { return client_hellos_; }

 private:
  struct ContextFree {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  struct Stamp;

  static void count_hello(int sent, int version, int type, const void* bytes, std::size_t length, SSL* ssl,
                          void* server);
  static int stamp_ticket(SSL* ssl, void* server);
  static SSL_TICKET_RETURN judge_ticket(SSL* ssl, SSL_SESSION* session, const unsigned char* key_name,
                                        std::size_t key_name_length, SSL_TICKET_STATUS status, void* server);

  const bool single_use_tickets_;
  const bool tickets_renewed_;
  std::unique_ptr<SSL_CTX, ContextFree> context_;
  std::atomic<int> client_hellos_ = 0;
  std::mutex mutex_;
  int last_serial_ = 0;
  int forgotten_serial_ = 0;  ///< the last that resumes no session any more
  std::set<int> used_serials_;
};

}  // namespace ftpsfs::test
