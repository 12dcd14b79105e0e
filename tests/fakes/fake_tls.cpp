// TlsServer: an SSL_CTX whose tickets carry the number of their control connection and a serial.
#include "fakes/fake_tls.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstring>
#include <stdexcept>
#include <string>

namespace ftpsfs::test {
namespace {

void require(bool ok, const char* step) {
  if (!ok) throw std::runtime_error(std::string("fake server: ") + step);
}

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Bio memory(const std::string& text) { return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free}; }

void use_certificate(SSL_CTX* context, const fakes::TestCertificate& certificate) {
  const std::unique_ptr<X509, decltype(&X509_free)> leaf(
      PEM_read_bio_X509(memory(certificate.certificate_pem).get(), nullptr, nullptr, nullptr), X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(memory(certificate.private_key_pem).get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  require(leaf && SSL_CTX_use_certificate(context, leaf.get()) == 1, "certificate");
  require(key && SSL_CTX_use_PrivateKey(context, key.get()) == 1, "private key");
}

int version_number(FakeTlsVersion version) {
  constexpr int kNumbers[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
  return kNumbers[static_cast<int>(version)];
}

/// Only clients that show a certificate issued by `authority` (PEM).
void demand_certificate(SSL_CTX* context, const std::string& authority) {
  const std::unique_ptr<X509, decltype(&X509_free)> issuer(
      PEM_read_bio_X509(memory(authority).get(), nullptr, nullptr, nullptr), X509_free);
  require(issuer && X509_STORE_add_cert(SSL_CTX_get_cert_store(context), issuer.get()) == 1, "client CA");
  require(SSL_CTX_add_client_CA(context, issuer.get()) == 1, "client CA");
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

}  // namespace

/// What a ticket carries.
struct TlsServer::Stamp {
  int connection = 0;
  int serial = 0;
};

TlsServer::TlsServer(const fakes::TestCertificate& certificate, const FakeDialect& dialect)
    : single_use_tickets_(dialect.single_use_tickets),
      tickets_renewed_(dialect.tickets_renewed),
      context_(SSL_CTX_new(TLS_server_method())) {
  SSL_CTX* context = context_.get();
  require(context != nullptr, "SSL_CTX_new");
  SSL_CTX_set_security_level(context, 0);  // old versions and weak keys are for the client to refuse
  use_certificate(context, certificate);
  require(SSL_CTX_set_min_proto_version(context, version_number(dialect.tls_min)) == 1, "TLS version");
  require(SSL_CTX_set_max_proto_version(context, version_number(dialect.tls_max)) == 1, "TLS version");
  if (!dialect.tls_groups.empty()) {
    require(SSL_CTX_set1_groups_list(context, dialect.tls_groups.c_str()) == 1, "TLS groups");
  }
  if (!dialect.client_ca.empty()) demand_certificate(context, dialect.client_ca);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, dialect.tls13_tickets);
  const unsigned char session_context[] = "ftpsfs fake";
  SSL_CTX_set_session_id_context(context, session_context, sizeof session_context);
  SSL_CTX_set_msg_callback(context, count_hello);
  SSL_CTX_set_msg_callback_arg(context, this);
  require(SSL_CTX_set_session_ticket_cb(context, stamp_ticket, judge_ticket, this) == 1, "ticket callbacks");
}

SSL* TlsServer::new_ssl(TicketUse& use) {
  SSL* ssl = SSL_new(context_.get());
  require(ssl != nullptr, "SSL_new");
  SSL_set_app_data(ssl, &use);
  return ssl;
}

void TlsServer::forget_sessions() {
  std::lock_guard lock(mutex_);
  forgotten_serial_ = last_serial_;
}

void TlsServer::count_hello(int sent, int /*version*/, int type, const void* bytes, std::size_t length, SSL* /*ssl*/,
                            void* server) {
  const bool is_hello = length > 0 && *static_cast<const unsigned char*>(bytes) == SSL3_MT_CLIENT_HELLO;
  if (sent == 0 && type == SSL3_RT_HANDSHAKE && is_hello) ++static_cast<TlsServer*>(server)->client_hellos_;
}

int TlsServer::stamp_ticket(SSL* ssl, void* server) {
  auto& self = *static_cast<TlsServer*>(server);
  const auto& use = *static_cast<const TicketUse*>(SSL_get_app_data(ssl));
  std::lock_guard lock(self.mutex_);
  const Stamp stamp{.connection = use.connection, .serial = ++self.last_serial_};
  return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), &stamp, sizeof stamp);
}

SSL_TICKET_RETURN TlsServer::judge_ticket(SSL* ssl, SSL_SESSION* session, const unsigned char* /*key_name*/,
                                          std::size_t /*key_name_length*/, SSL_TICKET_STATUS status, void* server) {
  if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) return SSL_TICKET_RETURN_IGNORE_RENEW;
  auto& self = *static_cast<TlsServer*>(server);
  Stamp stamp;
  void* data = nullptr;
  std::size_t length = 0;
  if (SSL_SESSION_get0_ticket_appdata(session, &data, &length) != 1 || length != sizeof stamp) {
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  }
  std::memcpy(&stamp, data, sizeof stamp);
  std::lock_guard lock(self.mutex_);
  if (stamp.serial <= self.forgotten_serial_) return SSL_TICKET_RETURN_IGNORE_RENEW;
  const bool single_use = self.single_use_tickets_ && SSL_version(ssl) == TLS1_3_VERSION;
  if (single_use && !self.used_serials_.insert(stamp.serial).second) {
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  }
  static_cast<TicketUse*>(SSL_get_app_data(ssl))->origin = stamp.connection;
  const bool renew =
      self.tickets_renewed_ && (status == SSL_TICKET_SUCCESS_RENEW || SSL_version(ssl) == TLS1_3_VERSION);
  return renew ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_USE;
}

}  // namespace ftpsfs::test
