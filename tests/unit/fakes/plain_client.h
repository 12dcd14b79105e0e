// PlainClient: the smallest FTPS client that can drive a FakeServer; blocking, every wait ends after five seconds.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "fakes/fake_server.h"

namespace ftpsfs::test {

/// One TCP connection, with TLS once asked for.
class Line {
 public:
  Line(const std::string& host, std::uint16_t port) {
    const bool ipv6 = host.find(':') != std::string::npos;
    fd_ = ::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval limit{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    ::inet_pton(AF_INET, host.c_str(), &v4.sin_addr);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    ::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr);
    connected_ = ipv6 ? ::connect(fd_, reinterpret_cast<const sockaddr*>(&v6), sizeof v6) == 0
                      : ::connect(fd_, reinterpret_cast<const sockaddr*>(&v4), sizeof v4) == 0;
  }
  ~Line() { close(); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  bool start_tls(SSL_CTX* context, SSL_SESSION* resume = nullptr) {
    ssl_.reset(SSL_new(context));
    SSL_set_fd(ssl_.get(), fd_);
    if (resume != nullptr) SSL_set_session(ssl_.get(), resume);
    return SSL_connect(ssl_.get()) == 1;
  }
  bool send(std::string_view bytes) {
    if (ssl_) return bytes.empty() || SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == std::ssize(bytes);
  }
  /// Some bytes; nothing at any kind of end, which ended_in_order() then tells.
  std::string receive() {
    std::array<char, 16384> bytes{};
    const int size = static_cast<int>(bytes.size());
    const int got =
        ssl_ ? SSL_read(ssl_.get(), bytes.data(), size) : static_cast<int>(::recv(fd_, bytes.data(), bytes.size(), 0));
    if (got > 0) return {bytes.data(), static_cast<std::size_t>(got)};
    ended_in_order_ = ssl_ ? SSL_get_error(ssl_.get(), got) == SSL_ERROR_ZERO_RETURN : got == 0;
    return {};
  }
  std::string receive_all() {
    std::string all;
    for (std::string bytes = receive(); !bytes.empty(); bytes = receive()) all += bytes;
    return all;
  }
  void send_close_notify() {
    if (ssl_) SSL_shutdown(ssl_.get());
  }
  void close() {
    ssl_.reset();
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] bool ended_in_order() const { return ended_in_order_; }
  [[nodiscard]] bool resumed() const { return ssl_ && SSL_session_reused(ssl_.get()) == 1; }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  int fd_ = -1;
  bool connected_ = false;
  bool ended_in_order_ = false;
  std::unique_ptr<SSL, Free> ssl_;
};

/// A control connection. Keeps the newest TLS session it was given, for its data connections.
class PlainClient {
 public:
  explicit PlainClient(const FakeServer& server)
      : server_(server), context_(SSL_CTX_new(TLS_client_method())), control_(server.host(), server.port()) {
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_load_verify_locations(context_.get(), server.ca_file().c_str(), nullptr);
    SSL_CTX_sess_set_new_cb(context_.get(), [](SSL* ssl, SSL_SESSION* session) {
      auto* const client = static_cast<PlainClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
      // A copy: freeing an SSL that sent no close_notify marks its own session as not resumable.
      client->session_.reset(SSL_SESSION_dup(session));
      return 0;
    });
    SSL_CTX_set_app_data(context_.get(), this);
  }

  /// The whole text of one reply, CRLF as "\n" between lines; empty when the connection ended.
  std::string reply() {
    std::string text;
    for (;;) {
      const std::string line = next_line();
      if (line.empty() && input_.empty()) return text;
      if (!text.empty()) text += "\n";
      text += line;
      const bool last = line.size() >= 4 && line.substr(0, 3) == text.substr(0, 3) && line[3] == ' ';
      if (last) return text;
    }
  }
  std::string ask(const std::string& command) {
    control_.send(command + "\r\n");
    return reply();
  }
  /// Greeting to TYPE I; the last reply.
  std::string login() {
    reply();
    ask("AUTH TLS");
    if (!control_.start_tls(context_.get())) return "TLS failed";
    ask("USER " + server_.user());
    const std::string welcome = ask("PASS " + server_.password());
    if (!welcome.starts_with("230")) return welcome;
    ask("PBSZ 0");
    ask("PROT P");
    return ask("TYPE I");
  }
  /// EPSV and the TCP connection, without TLS yet.
  std::unique_ptr<Line> prepare() {
    const std::string answer = ask("EPSV");
    const std::size_t bars = answer.find("|||");
    if (bars == std::string::npos) return nullptr;
    return std::make_unique<Line>(server_.host(), static_cast<std::uint16_t>(std::atoi(answer.c_str() + bars + 3)));
  }
  /// EPSV, the command, and the data connection's TLS; null when the command was refused, see last_reply().
  std::unique_ptr<Line> start(const std::string& command, bool resume = true) {
    auto data = prepare();
    if (!data) return nullptr;
    last_reply_ = ask(command);
    if (!last_reply_.starts_with("150") || !secure(*data, resume)) return nullptr;
    return data;
  }
  bool secure(Line& data, bool resume = true) {
    const std::unique_ptr<SSL_SESSION, FreeSession> copy(resume && session_ ? SSL_SESSION_dup(session_.get())
                                                                            : nullptr);
    return data.start_tls(context_.get(), copy.get());
  }
  /// Downloads; the final reply is in last_reply().
  std::string fetch(const std::string& command) {
    auto data = start(command);
    if (!data) return "";
    std::string bytes = data->receive_all();
    data->close();
    last_reply_ = reply();
    return bytes;
  }
  /// Uploads and returns the final reply.
  std::string put(const std::string& command, const std::string& bytes) {
    auto data = start(command);
    if (!data) return last_reply_;
    data->send(bytes);
    data->send_close_notify();
    data->receive_all();
    data->close();
    return reply();
  }

  [[nodiscard]] const std::string& last_reply() const { return last_reply_; }
  Line& control() { return control_; }
  bool secure_control() { return control_.start_tls(context_.get()); }
  /// Data connections resume the session of another control connection from here on.
  void borrow_session(const PlainClient& other) { session_.reset(SSL_SESSION_dup(other.session_.get())); }

 private:
  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  struct FreeSession {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  };

  std::string next_line() {
    std::size_t end = input_.find("\r\n");
    while (end == std::string::npos) {
      const std::string bytes = control_.receive();
      if (bytes.empty()) return std::exchange(input_, "");
      input_ += bytes;
      end = input_.find("\r\n");
    }
    std::string line = input_.substr(0, end);
    input_.erase(0, end + 2);
    if (line.empty()) line = " ";
    return line;
  }

  const FakeServer& server_;
  std::unique_ptr<SSL_CTX, FreeContext> context_;
  std::unique_ptr<SSL_SESSION, FreeSession> session_;
  Line control_;
  std::string input_;
  std::string last_reply_;
};

}  // namespace ftpsfs::test
