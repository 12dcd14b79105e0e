// DataConnection: the second connection of a transfer, from its TLS handshake to its end.
#pragma once

#include <memory>
#include <string>

#include "ftp/control_connection.h"

namespace ftpsfs::ftp {

/// One data connection; encrypted when the control connection is.
class DataConnection {
 public:
  DataConnection(UniqueFd fd, const ControlConnection& control);

  /// One step of the TLS handshake; Want::kNothing when it is done, or none is needed. kTls when the certificate is not
  /// the control connection's.
  Result<net::Want> try_handshake();
  /// True once bytes may move.
  [[nodiscard]] bool open() const { return open_; }

  /// Only while not closed.
  [[nodiscard]] net::Stream& stream() { return *stream_; }
  [[nodiscard]] int fd() const { return stream_->fd(); }
  /// Bytes we wrote that the other side's TCP has not confirmed yet; 0 when closed.
  [[nodiscard]] int unconfirmed() const;

  /// Ends both directions: close_notify if it can go at once, and TCP right behind it.
  void close();
  /// Ends both directions without close_notify, so that nobody takes the data for complete.
  void break_off() { stream_.reset(); }
  [[nodiscard]] bool closed() const { return stream_ == nullptr; }

 private:
  std::unique_ptr<net::Stream> stream_;
  net::TlsStream* tls_ = nullptr;  ///< *stream_, when it is one
  std::string expected_fingerprint_;
  bool open_ = false;
};

}  // namespace ftpsfs::ftp
