// Channel: OpenSSL and plain sockets behind one set of non-blocking attempts.
#include "fakes/fake_channel.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace ftpsfs::test {

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

Interrupt::Interrupt() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Interrupt::raise() { (void)::eventfd_write(event_.fd(), 1); }

short Attempt::events() const { return outcome == Outcome::kWaitWrite ? POLLOUT : POLLIN; }

Channel::Channel(Socket socket) : socket_(std::move(socket)) {
  const int on = 1;
  ::fcntl(fd(), F_SETFL, ::fcntl(fd(), F_GETFL) | O_NONBLOCK);
  ::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void Channel::begin_tls(TlsServer& server, int connection) {
  ticket_ = std::make_unique<TicketUse>(TicketUse{.connection = connection});
  ssl_.reset(server.new_ssl(*ticket_));
  SSL_set_fd(ssl_.get(), fd());
  SSL_set_accept_state(ssl_.get());
}

Attempt Channel::judge(int result) {
  if (result > 0) return {Outcome::kBytes, static_cast<std::size_t>(result)};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {Outcome::kWaitRead};
    case SSL_ERROR_WANT_WRITE:
      return {Outcome::kWaitWrite};
    case SSL_ERROR_ZERO_RETURN:
      return {Outcome::kEnd};
    case SSL_ERROR_SSL:
      if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return {Outcome::kTruncated};
      return {Outcome::kBroken};
    default:
      return {Outcome::kBroken};
  }
}

Attempt Channel::try_handshake() {
  ERR_clear_error();
  return judge(SSL_do_handshake(ssl_.get()));
}

Attempt Channel::try_read(char* into, std::size_t size) {
  if (!is_open()) return {Outcome::kBroken};
  if (ssl_) {
    ERR_clear_error();
    return judge(SSL_read(ssl_.get(), into, static_cast<int>(size)));
  }
  const ssize_t got = ::recv(fd(), into, size, 0);
  if (got > 0) return {Outcome::kBytes, static_cast<std::size_t>(got)};
  if (got == 0) return {Outcome::kEnd};
  return {errno == EAGAIN || errno == EINTR ? Outcome::kWaitRead : Outcome::kBroken};
}

Attempt Channel::try_write(std::string_view from) {
  if (!is_open()) return {Outcome::kBroken};
  if (ssl_) {
    ERR_clear_error();
    return judge(SSL_write(ssl_.get(), from.data(), static_cast<int>(from.size())));
  }
  const ssize_t sent = ::send(fd(), from.data(), from.size(), MSG_NOSIGNAL);
  if (sent >= 0) return {Outcome::kBytes, static_cast<std::size_t>(sent)};
  return {errno == EAGAIN || errno == EINTR ? Outcome::kWaitWrite : Outcome::kBroken};
}

void Channel::end_tls() {
  if (!ssl_ || !SSL_is_init_finished(ssl_.get())) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

void Channel::close(CloseStyle style) {
  if (!is_open()) return;
  if (style == CloseStyle::kOrderly) end_tls();
  if (style == CloseStyle::kReset) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  ssl_.reset();
  socket_ = Socket();
}

bool Channel::resumed_own_session() const {
  return ssl_ && SSL_session_reused(ssl_.get()) == 1 && ticket_->origin == ticket_->connection;
}

}  // namespace ftpsfs::test
