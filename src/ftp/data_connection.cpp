// DataConnection: data connections held to the control connection's certificate.
#include "ftp/data_connection.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <utility>

#include "ftpsfs/base/log.h"
#include "ftpsfs/net/deflated_stream.h"

namespace ftpsfs::ftp {

Error no_data_connection(const Error& error) {
  const Error named = error.with_context("data connection");
  if (error.kind != ErrorKind::kTimeout && error.kind != ErrorKind::kConnectionRefused) return named;
  return named.with_remedy(
      "a firewall may be in the way of data connections; passive mode and -o active differ in who makes them");
}

void DataConnection::begin_stream(UniqueFd fd) {
  dial_.reset();
  if (control_->encrypts_data()) {
    auto tls = control_->secure_data(std::move(fd));
    tls_ = tls.get();
    stream_ = std::move(tls);
  } else {
    stream_ = net::plain_stream(std::move(fd));
  }
  if (compressed_) stream_ = net::deflated(std::move(stream_));
}

Result<net::Want> DataConnection::try_open() {
  if (open_) return net::Want::kNothing;
  if (dial_) {
    const auto want = dial_->try_connect();
    if (!want) return fail(no_data_connection(want.error()));
    if (*want != net::Want::kNothing) return *want;
    begin_stream(dial_->take());
  }
  if (tls_ != nullptr) {
    const auto want = try_handshake();
    if (!want) log::of(log::Topic::kTls).debug("[{}] no data connection: {}", control_->number(), want.error().message);
    if (!want || *want != net::Want::kNothing) return want;
    log::of(log::Topic::kTls)
        .debug("[{}] data connection: {}, {}", control_->number(), tls_->description(),
               tls_->resumed() ? "resumed" : "full handshake");
  }
  open_ = true;
  DataConnections& counts = *control_->data_connections();
  ++counts.opened;
  if (tls_ == nullptr) return net::Want::kNothing;
  resumed_ = tls_->resumed();
  tickets_spent_ = tls_->tickets_spent();
  if (resumed_) ++counts.resumed;
  if (resumed_ && tickets_spent_) control_->lessons()->took_ticket_again();
  return net::Want::kNothing;
}

Result<net::Want> DataConnection::try_handshake() {
  constexpr std::string_view kSomebodyElse = "somebody on the way may answer in the server's place";
  auto want = tls_->try_handshake();
  if (!want && want.error().kind == ErrorKind::kCertificate) {
    Error error = want.error().with_context("a data connection");
    error.remedy = kSomebodyElse;  // and not to trust what the control connection did not show
    return fail(std::move(error));
  }
  if (want && *want == net::Want::kNothing && tls_->peer_fingerprint() != control_->fingerprint()) {
    const Error other{ErrorKind::kTls, "the data connection shows another certificate than the control connection"};
    return fail(other.with_remedy(kSomebodyElse));
  }
  return want;
}

/// ProFTPD sometimes ends the session without a word where it would say 425.
void DataConnection::note_loss(bool refused) {
  if (!closed()) (void)try_open();  // the end of its handshake may be here, too
  const bool full_handshake = open_ && tls_ != nullptr && !resumed_;
  if (!full_handshake) return;
  Lessons& lessons = *control_->lessons();
  if (refused && tickets_spent_) lessons.tickets_spent(control_->may_use_tls12());
  if (refused || control_->data_connections()->resumed > 0) ++lessons.forgotten;
}

int DataConnection::unconfirmed() const {
  int bytes = 0;
  if (closed() || ::ioctl(fd(), SIOCOUTQ, &bytes) != 0) return 0;
  return bytes;
}

void DataConnection::break_off() {
  if (closed()) return;
  const linger at_once{1, 0};
  ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  dial_.reset();
  stream_.reset();
}

void DataConnection::close() {
  if (stream_ && open_) (void)stream_->try_shutdown();
  dial_.reset();
  stream_.reset();
}

}  // namespace ftpsfs::ftp
