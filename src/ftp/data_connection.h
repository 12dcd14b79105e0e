// DataConnection: the second connection of a transfer, from its TLS handshake to its end.
#pragma once

#include <memory>
#include <string>

#include "ftp/control_connection.h"

namespace ftpsfs::ftp {

/// A TCP connection to a passive address, made or still being made.
struct DataSocket {
  UniqueFd fd;
  net::Endpoint endpoint;
  bool connected = false;
};

/// One data connection; encrypted when the control connection is.
class DataConnection {
 public:
  DataConnection(DataSocket socket, const ControlConnection& control);
  DataConnection(DataConnection&&) noexcept = default;
  DataConnection& operator=(DataConnection&&) = delete;
  ~DataConnection() { break_off(); }

  /// One step towards an open connection, in TCP and then in TLS; Want::kNothing when it is open. Errors: those of
  /// net::connect_tcp, and kTls when the certificate is not the control connection's.
  Result<net::Want> try_open();
  /// True once bytes may move.
  [[nodiscard]] bool open() const { return open_; }

  /// The server would not have it (425, 522): what there is to learn of that.
  void note_refusal();

  /// Only while not closed.
  [[nodiscard]] net::Stream& stream() { return *stream_; }
  [[nodiscard]] int fd() const { return stream_->fd(); }
  /// Bytes we wrote that the other side's TCP has not confirmed yet; 0 when closed.
  [[nodiscard]] int unconfirmed() const;

  /// Ends both directions: close_notify if it can go at once, and TCP right behind it.
  void close();
  /// Ends both directions without close_notify, so that nobody takes the data for complete, and with a reset, so that
  /// what is still on its way does not arrive later, beside another attempt.
  void break_off();
  [[nodiscard]] bool closed() const { return stream_ == nullptr; }

 private:
  Result<net::Want> try_handshake();

  std::unique_ptr<net::Stream> stream_;
  net::TlsStream* tls_ = nullptr;  ///< *stream_, when it is one
  int session_;                    ///< number of its session, in the log
  std::string expected_fingerprint_;
  std::shared_ptr<DataConnections> counts_;
  std::shared_ptr<Lessons> lessons_;
  bool may_use_tls12_;
  bool resumed_ = false;
  bool tickets_spent_ = false;
  net::Endpoint endpoint_;
  bool connected_ = false;
  bool open_ = false;
};

}  // namespace ftpsfs::ftp
