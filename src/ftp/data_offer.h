// DataOffer: the question by which a data connection is agreed on, and what its answer means.
#pragma once

#include <memory>

#include "ftp/control_connection.h"
#include "ftpsfs/ftp/lessons.h"

namespace ftpsfs::ftp {

/// The two ways: the server says where we can connect to, or is told where it can. One question is open at a time.
class DataOffer {
 public:
  virtual ~DataOffer() = default;

  virtual Result<Command> question() = 0;
  /// The connection that the reply agrees to; null when there is to be asked again, in another way. A refusal is kIo
  /// with the server's words and reply code.
  virtual Result<std::unique_ptr<net::Dial>> take_answer(const Reply& reply) = 0;
  /// `error` of a transfer that began with such a connection, with what a person has to know of it.
  [[nodiscard]] virtual Error explain(Error error) const = 0;
  /// True when the connection is made before the transfer's command is sent, false when the server makes it then.
  [[nodiscard]] virtual bool connects_first() const = 0;
  /// From when on the question for the next connection may be asked.
  [[nodiscard]] virtual NextPassive earliest() const = 0;
};

/// Passive mode: EPSV, else PASV (RFC 2428 section 3, RFC 959 section 4.1.2). The host in PASV's answer is not looked
/// at, unless `trust_pasv_address`: EPSV, which names none, is left out then.
std::unique_ptr<DataOffer> passive_offer(const ControlConnection& control, std::shared_ptr<Lessons> lessons,
                                         bool trust_pasv_address);

/// Active mode: PORT for IPv4, EPRT for IPv6 (RFC 959 section 4.1.2, RFC 2428 section 2).
std::unique_ptr<DataOffer> active_offer(const ControlConnection& control, ActiveOptions options);

}  // namespace ftpsfs::ftp
