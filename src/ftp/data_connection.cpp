// DataConnection: data connections held to the control connection's certificate.
#include "ftp/data_connection.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <utility>

#include "ftpsfs/base/log.h"

namespace ftpsfs::ftp {

DataConnection::DataConnection(DataSocket socket, const ControlConnection& control)
    : session_(control.number()),
      expected_fingerprint_(control.fingerprint()),
      counts_(control.data_connections()),
      lessons_(control.lessons()),
      may_use_tls12_(control.may_use_tls12()),
      endpoint_(socket.endpoint),
      connected_(socket.connected) {
  if (control.encrypts_data()) {
    auto tls = control.secure_data(std::move(socket.fd));
    tls_ = tls.get();
    stream_ = std::move(tls);
  } else {
    stream_ = net::plain_stream(std::move(socket.fd));
  }
}

Result<net::Want> DataConnection::try_open() {
  if (open_) return net::Want::kNothing;
  if (!connected_) {
    auto connected = net::finish_connect(fd(), endpoint_);
    if (!connected) return fail(connected.error().with_context("data connection"));
    if (!*connected) return net::Want::kWrite;
    connected_ = true;
  }
  open_ = tls_ == nullptr;
  if (open_) ++counts_->opened;
  if (open_) return net::Want::kNothing;
  const auto want = try_handshake();
  if (!want) log::of(log::Topic::kTls).debug("[{}] no data connection: {}", session_, want.error().message);
  if (!want || *want != net::Want::kNothing) return want;
  log::of(log::Topic::kTls)
      .debug("[{}] data connection: {}, {}", session_, tls_->description(),
             tls_->resumed() ? "resumed" : "full handshake");
  open_ = true;
  ++counts_->opened;
  resumed_ = tls_->resumed();
  tickets_spent_ = tls_->tickets_spent();
  if (resumed_) ++counts_->resumed;
  if (resumed_ && tickets_spent_) lessons_->took_ticket_again();
  return net::Want::kNothing;
}

Result<net::Want> DataConnection::try_handshake() {
  FTPSFS_TRY_ASSIGN(const net::Want want, tls_->try_handshake());
  if (want == net::Want::kNothing && tls_->peer_fingerprint() != expected_fingerprint_) {
    return fail(ErrorKind::kTls, "the data connection shows another certificate than the control connection");
  }
  return want;
}

void DataConnection::note_refusal() {
  if (!closed()) (void)try_open();  // the end of its handshake may be here, too
  if (!open_ || tls_ == nullptr || resumed_) return;
  if (tickets_spent_) lessons_->tickets_spent(may_use_tls12_);
  ++lessons_->forgotten;
}

int DataConnection::unconfirmed() const {
  int bytes = 0;
  if (closed() || ::ioctl(stream_->fd(), SIOCOUTQ, &bytes) != 0) return 0;
  return bytes;
}

void DataConnection::break_off() {
  if (closed()) return;
  const linger at_once{1, 0};
  ::setsockopt(stream_->fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  stream_.reset();
}

void DataConnection::close() {
  if (!closed() && open_) (void)stream_->try_shutdown();
  stream_.reset();
}

}  // namespace ftpsfs::ftp
