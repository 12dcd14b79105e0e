// Channel: one accepted connection of the fake server, plain or TLS, that never blocks; and what it is made of.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string_view>

#include "fakes/fake_tls.h"

namespace ftpsfs::test {

/// Owns a descriptor.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// A one-way switch that wakes a thread out of poll(2). Any thread may call any member.
class Interrupt {
 public:
  Interrupt();
  void raise();
  [[nodiscard]] int fd() const { return event_.fd(); }

 private:
  Socket event_;
};

enum class Outcome {
  kBytes,      ///< progress was made; a finished handshake too
  kWaitRead,   ///< try again when readable
  kWaitWrite,  ///< try again when writable
  kEnd,        ///< the peer ended in order: close_notify, or FIN when plain
  kTruncated,  ///< TLS: FIN without close_notify
  kBroken,     ///< reset, or a TLS failure
};

struct Attempt {
  Outcome outcome = Outcome::kBroken;
  std::size_t bytes = 0;

  [[nodiscard]] bool waits() const { return outcome == Outcome::kWaitRead || outcome == Outcome::kWaitWrite; }
  /// For poll(2).
  [[nodiscard]] short events() const;
};

enum class CloseStyle {
  kOrderly,  ///< close_notify, then FIN
  kCut,      ///< FIN alone
  kReset,    ///< RST
};

class Channel {
 public:
  /// Makes the descriptor non-blocking.
  explicit Channel(Socket socket);

  /// The server's side of a handshake; `connection` is the number of the control connection this channel belongs to.
  void begin_tls(TlsServer& server, int connection);
  Attempt try_handshake();
  Attempt try_read(char* into, std::size_t size);
  Attempt try_write(std::string_view from);
  void close(CloseStyle style);

  [[nodiscard]] int fd() const { return socket_.fd(); }
  [[nodiscard]] bool is_open() const { return socket_.valid(); }
  [[nodiscard]] bool is_tls() const { return ssl_ != nullptr; }
  /// The handshake resumed a session that was given out on the same control connection.
  [[nodiscard]] bool resumed_own_session() const;
  /// Sends close_notify and keeps TCP open.
  void end_tls();

 private:
  Attempt judge(int result);

  Socket socket_;
  std::unique_ptr<TicketUse> ticket_;  ///< outlives ssl_
  std::unique_ptr<SSL, SslFree> ssl_;
};

}  // namespace ftpsfs::test
