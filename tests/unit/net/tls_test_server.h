// TlsTestServer: a TLS server on loopback, one thread for each connection, whose conversation the test writes.
#pragma once

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>

#include "fakes/test_certificate.h"
#include "unit/net/loopback.h"

namespace ftpsfs::net::test {

struct TlsServerOptions {
  fakes::TestCertificate certificate = fakes::make_certificate(fakes::loopback_certificate_spec());
  int least_version = TLS1_2_VERSION;
  int highest_version = TLS1_3_VERSION;
  int tickets = 2;                   ///< for each full TLS 1.3 handshake
  std::string groups = {};           ///< key-exchange groups; empty: all
  std::string ciphers = {};          ///< up to TLS 1.2; empty: the default
  std::string client_ca = {};        ///< PEM: clients must show a certificate issued by this one
  bool secure_renegotiation = true;  ///< RFC 5746 is known
};

/// One accepted connection whose handshake is done. All calls block.
class ServerSide {
 public:
  ServerSide(SSL* ssl, int fd) : ssl_(ssl), fd_(fd) {}

  [[nodiscard]] SSL* ssl() const { return ssl_; }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool resumed() const { return SSL_session_reused(ssl_) == 1; }
  [[nodiscard]] std::string requested_name() const {
    const char* name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
  }

  void send(std::string_view text) const { SSL_write(ssl_, text.data(), static_cast<int>(text.size())); }
  /// Each of `texts` as a record of its own, and all of them in one segment: they arrive together or not at all.
  void send_together(std::initializer_list<std::string_view> texts) const {
    BIO* const socket = SSL_get_wbio(ssl_);
    BIO_up_ref(socket);
    BIO* const memory = BIO_new(BIO_s_mem());
    SSL_set0_wbio(ssl_, memory);
    for (const std::string_view text : texts) send(text);
    char* records = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(memory, &records));
    ::send(fd_, records, size, MSG_NOSIGNAL);
    SSL_set0_wbio(ssl_, socket);
  }
  /// What comes until the client's close_notify; `ended` tells whether that came.
  std::string receive_all(bool& ended) const {
    std::string all;
    std::vector<char> buffer(1 << 16);
    int count = 0;
    while ((count = SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()))) > 0) {
      all.append(buffer.data(), static_cast<std::size_t>(count));
    }
    ended = SSL_get_error(ssl_, count) == SSL_ERROR_ZERO_RETURN;
    return all;
  }
  void close_notify() const { SSL_shutdown(ssl_); }
  /// Waits until the client closes.
  void linger() const {
    bool ended = false;
    receive_all(ended);
  }

 private:
  SSL* ssl_;
  int fd_;
};

class TlsTestServer {
 public:
  using Conversation = std::function<void(ServerSide&)>;

  /// Without a conversation each connection just waits for the client's close.
  explicit TlsTestServer(
      TlsServerOptions options = {}, Conversation conversation = [](ServerSide& side) { side.linger(); })
      : options_(std::move(options)),
        conversation_(std::move(conversation)),
        context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free) {
    configure();
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~TlsTestServer() {
    listener_.stop();
    acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
  }
  TlsTestServer(const TlsTestServer&) = delete;
  TlsTestServer& operator=(const TlsTestServer&) = delete;

  [[nodiscard]] const Endpoint& endpoint() const { return listener_.endpoint(); }
  [[nodiscard]] const fakes::TestCertificate& certificate() const { return options_.certificate; }
  /// How many ClientHellos came; a HelloRetryRequest makes it two for one connection.
  [[nodiscard]] int client_hellos() const { return client_hellos_; }
  [[nodiscard]] std::string last_requested_name() const {
    const std::lock_guard lock(mutex_);
    return last_requested_name_;
  }

 private:
  void configure() {
    SSL_CTX* const context = context_.get();
    SSL_CTX_set_security_level(context, 0);  // what is too weak is for the client to refuse
    SSL_CTX_set_min_proto_version(context, options_.least_version);
    SSL_CTX_set_max_proto_version(context, options_.highest_version);
    SSL_CTX_set_num_tickets(context, static_cast<std::size_t>(options_.tickets));
    const unsigned char session_context[] = "test";
    SSL_CTX_set_session_id_context(context, session_context, sizeof session_context);
    if (!options_.groups.empty()) SSL_CTX_set1_groups_list(context, options_.groups.c_str());
    if (!options_.ciphers.empty()) SSL_CTX_set_cipher_list(context, options_.ciphers.c_str());
    use_certificate(context);
    if (!options_.client_ca.empty()) demand_certificate(context);
    SSL_CTX_set_msg_callback_arg(context, this);
    SSL_CTX_set_msg_callback(context, [](int sent, int, int type, const void* data, size_t length, SSL*, void* server) {
      const std::span message(static_cast<const unsigned char*>(data), length);
      const bool client_hello = length > 0 && message.front() == SSL3_MT_CLIENT_HELLO;
      if (sent == 0 && type == SSL3_RT_HANDSHAKE && client_hello) static_cast<TlsTestServer*>(server)->take(message);
    });
  }

  void take(std::span<const unsigned char> client_hello) {
    ++client_hellos_;
    if (!options_.secure_renegotiation) hide_renegotiation(client_hello);
  }

  /// OpenSSL knows RFC 5746 whatever it is told, but answers only a client that announces it: among the ciphers it
  /// reads, though not in what the handshake is signed over, the announcement becomes a number that nobody assigned.
  static void hide_renegotiation(std::span<const unsigned char> client_hello) {
    constexpr std::size_t kSessionId = 4 + 2 + 32;  // behind the message's head, the version and the random bytes
    const std::size_t ciphers = kSessionId + 1 + client_hello[kSessionId];
    const std::size_t end = ciphers + 2 + client_hello[ciphers] * 256U + client_hello[ciphers + 1];
    for (std::size_t i = ciphers + 2; i < end; i += 2) {
      const bool announces = client_hello[i] == 0x00 && client_hello[i + 1] == 0xff;
      if (announces) const_cast<unsigned char&>(client_hello[i + 1]) = 0xfe;
    }
  }

  void use_certificate(SSL_CTX* context) {
    const auto bio = [](const std::string& text) {
      return std::unique_ptr<BIO, decltype(&BIO_free_all)>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                           &BIO_free_all);
    };
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(bio(options_.certificate.certificate_pem).get(), nullptr, nullptr, nullptr), &X509_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(bio(options_.certificate.private_key_pem).get(), nullptr, nullptr, nullptr),
        &EVP_PKEY_free);
    if (SSL_CTX_use_certificate(context, certificate.get()) != 1 || SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
      throw std::runtime_error("server certificate");
    }
  }

  void demand_certificate(SSL_CTX* context) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> text(
        BIO_new_mem_buf(options_.client_ca.data(), static_cast<int>(options_.client_ca.size())), &BIO_free_all);
    const std::unique_ptr<X509, decltype(&X509_free)> issuer(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr),
                                                             &X509_free);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), issuer.get());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }

  void accept_all() {
    for (;;) {
      UniqueFd fd = listener_.accept();
      if (!fd.valid()) return;
      threads_.emplace_back([this, fd = std::move(fd)] { serve(fd.get()); });
    }
  }

  void serve(int fd) {
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_.get()), &SSL_free);
    SSL_set_fd(ssl.get(), fd);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (SSL_accept(ssl.get()) == 1) {
      ServerSide side(ssl.get(), fd);
      {
        const std::lock_guard lock(mutex_);
        last_requested_name_ = side.requested_name();
      }
      conversation_(side);
    }
    ERR_clear_error();
  }

  const TlsServerOptions options_;
  const Conversation conversation_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::atomic<int> client_hellos_{0};
  mutable std::mutex mutex_;
  std::string last_requested_name_;
  Listener listener_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace ftpsfs::net::test
