// DataConnection: the second connection of a transfer, from its TLS handshake to its end.
#pragma once

#include <memory>
#include <utility>

#include "ftp/control_connection.h"

namespace ftpsfs::ftp {

/// `error` of one that did not come about, with words of what it was to be, and what may be in its way.
[[nodiscard]] Error no_data_connection(const Error& error);

/// One data connection; encrypted when the control connection is.
class DataConnection {
 public:
  /// `control` must outlive it; `compressed`: its bytes are (MODE Z).
  DataConnection(std::unique_ptr<net::Dial> dial, const ControlConnection& control, bool compressed)
      : control_(&control), compressed_(compressed), dial_(std::move(dial)) {}
  DataConnection(DataConnection&&) noexcept = default;
  DataConnection& operator=(DataConnection&&) = delete;
  ~DataConnection() { break_off(); }

  /// One step towards an open connection, in TCP and then in TLS; Want::kNothing when it is open. Errors: those of
  /// net::Dial, and kTls when the certificate is not the control connection's.
  Result<net::Want> try_open();
  /// True once TCP is connected.
  [[nodiscard]] bool connected() const { return !dial_; }
  /// True once bytes may move.
  [[nodiscard]] bool open() const { return open_; }

  /// The session was lost with it; `refused`: the server would not have it (425, 522). What is to be learnt of that.
  void note_loss(bool refused);

  /// Only while it is open.
  [[nodiscard]] net::Stream& stream() { return *stream_; }
  /// Only while it is not closed.
  [[nodiscard]] int fd() const { return dial_ ? dial_->fd() : stream_->fd(); }
  /// Bytes we wrote that the other side's TCP has not confirmed yet; 0 when closed.
  [[nodiscard]] int unconfirmed() const;

  /// Ends both directions: close_notify if it can go at once, and TCP right behind it.
  void close();
  /// Ends both directions without close_notify, so that nobody takes the data for complete, and with a reset, so that
  /// what is still on its way does not arrive later, beside another attempt.
  void break_off();
  [[nodiscard]] bool closed() const { return !dial_ && !stream_; }

 private:
  void begin_stream(UniqueFd fd);
  Result<net::Want> try_handshake();

  const ControlConnection* control_;
  const bool compressed_;
  std::unique_ptr<net::Dial> dial_;  ///< until TCP is connected
  std::unique_ptr<net::Stream> stream_;
  net::TlsStream* tls_ = nullptr;  ///< *stream_, when it is one
  bool resumed_ = false;
  bool tickets_spent_ = false;
  bool open_ = false;
};

}  // namespace ftpsfs::ftp
