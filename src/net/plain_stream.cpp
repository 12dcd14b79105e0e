// A Stream without TLS.
#include <sys/socket.h>

#include <cerrno>

#include "ftpsfs/net/tcp.h"

namespace ftpsfs::net {

namespace {

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

class PlainStream final : public Stream {
 public:
  explicit PlainStream(UniqueFd fd) : fd_(std::move(fd)) {}

  Result<Progress> try_read(std::span<std::byte> into) override {
    for (;;) {
      const ssize_t count = ::recv(fd_.get(), into.data(), into.size(), MSG_DONTWAIT);
      if (count > 0) return Progress{static_cast<std::size_t>(count), Want::kNothing, false};
      if (count == 0) return Progress{0, Want::kNothing, true};
      if (would_block(errno)) return Progress{0, Want::kRead, false};
      if (errno != EINTR) return fail(os_error(ErrorKind::kConnectionLost, "reading", errno));
    }
  }

  Result<Progress> try_write(std::span<const std::byte> from) override {
    for (;;) {
      const ssize_t count = ::send(fd_.get(), from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count >= 0) return Progress{static_cast<std::size_t>(count), Want::kNothing, false};
      if (would_block(errno)) return Progress{0, Want::kWrite, false};
      if (errno != EINTR) return fail(os_error(ErrorKind::kConnectionLost, "writing", errno));
    }
  }

  Result<Want> try_shutdown() override {
    if (::shutdown(fd_.get(), SHUT_WR) != 0) return fail(os_error(ErrorKind::kConnectionLost, "closing", errno));
    return Want::kNothing;
  }

  [[nodiscard]] int fd() const override { return fd_.get(); }
  [[nodiscard]] bool has_buffered() const override { return false; }

 private:
  UniqueFd fd_;
};

}  // namespace

std::unique_ptr<Stream> plain_stream(UniqueFd fd) { return std::make_unique<PlainStream>(std::move(fd)); }

}  // namespace ftpsfs::net
