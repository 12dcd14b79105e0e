// SocketBio: OpenSSL's way to a socket that raises no SIGPIPE and remembers why it failed.
#include "net/socket_bio.h"

#include <sys/socket.h>

#include <cerrno>

namespace ftpsfs::net {

namespace {

SocketState& state_of(BIO* bio) { return *static_cast<SocketState*>(BIO_get_data(bio)); }

/// True when the call shall be repeated once the socket is ready.
bool must_wait(SocketState& state, int error) {
  if (error == EAGAIN || error == EWOULDBLOCK) return true;
  state.error = error;
  return false;
}

int socket_read(BIO* bio, char* into, int size) {
  SocketState& state = state_of(bio);
  BIO_clear_retry_flags(bio);
  ssize_t count = 0;
  do {
    count = ::recv(state.fd, into, static_cast<std::size_t>(size), MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count == 0) state.at_end = true;
  if (count < 0 && must_wait(state, errno)) BIO_set_retry_read(bio);
  return static_cast<int>(count);
}

int socket_write(BIO* bio, const char* from, int size) {
  SocketState& state = state_of(bio);
  BIO_clear_retry_flags(bio);
  ssize_t count = 0;
  do {
    count = ::send(state.fd, from, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  if (count < 0 && must_wait(state, errno)) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

long socket_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return state_of(bio).at_end ? 1 : 0;
    default:
      return 0;
  }
}

}  // namespace

BioMethodPtr make_socket_bio_method() {
  BioMethodPtr method(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "ftpsfs socket"));
  if (method) {
    BIO_meth_set_read(method.get(), socket_read);
    BIO_meth_set_write(method.get(), socket_write);
    BIO_meth_set_ctrl(method.get(), socket_control);
  }
  return method;
}

BioPtr make_socket_bio(const BIO_METHOD* method, SocketState& state) {
  BioPtr bio(BIO_new(method));
  if (bio) {
    BIO_set_data(bio.get(), &state);
    BIO_set_init(bio.get(), 1);
  }
  return bio;
}

}  // namespace ftpsfs::net
