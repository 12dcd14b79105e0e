// Passive-mode replies: EPSV (RFC 2428 section 3) and PASV (RFC 959 section 4.1.2). Also the path in a 257.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "ftpsfs/ftp/reply.h"

namespace ftpsfs::ftp {

/// The port of a 229 reply "(|||port|)". Errors: kProtocol.
Result<std::uint16_t> parse_epsv(const Reply& reply);

struct PasvAddress {
  std::array<std::uint8_t, 4> host{};  ///< as announced; not to be trusted (0.0.0.0, private addresses behind NAT)
  std::uint16_t port = 0;

  [[nodiscard]] std::string host_text() const;  ///< "192.0.2.1"
};
/// The six numbers of a 227 reply, with or without parentheses. Errors: kProtocol.
Result<PasvAddress> parse_pasv(const Reply& reply);

/// The quoted path of a 257 reply, doubled quotes undone (RFC 959 appendix II). Errors: kProtocol.
Result<std::string> parse_quoted_path(const Reply& reply);

}  // namespace ftpsfs::ftp
