// Source: what is mounted, read from the first argument of the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ftpsfs/base/result.h"
#include "ftpsfs/ftp/session.h"

namespace ftpsfs::app {

/// A directory on a server.
struct Source {
  ftp::TlsMode tls = ftp::TlsMode::kExplicit;
  std::string host;  ///< a name or a numeric address, without brackets
  std::uint16_t port = 21;
  std::optional<std::string> user;
  std::string path;  ///< without "." or "..", no slash at its end; begins with '/' when it starts at the server's root,
                     ///< else it is relative to the login directory, which is itself the empty path
};

/// Reads `ftpes://[user@]host[:port][/path]` (explicit TLS, port 21), `ftps://…` (implicit, 990), `ftp://…` (plain), or
/// `[user@]host:[path]` as sshfs(1) has it (explicit, and its path is taken literally). In URLs (RFC 1738 section 3.2)
/// user and path are percent-decoded and `//path` or `/%2Fpath` starts at the server's root. The last '@' ends the
/// user.
///
/// `tls` is the user's explicit wish: it chooses the mode of the second form, and must agree with the scheme of the
/// first; ftp:// is taken only with kOff. Errors: kInvalid. No message repeats what may be a password.
Result<Source> parse_source(std::string_view text, std::optional<ftp::TlsMode> tls);

/// Its host and port as a URL has them: an IPv6 address in brackets.
std::string host_and_port(const Source& source);

struct HostAndPort {
  std::string host;  ///< without brackets
  std::uint16_t port = 0;
};

/// Reads "host[:port]" as it stands in a URL, an IPv6 address in brackets. Errors: kInvalid, with words about SOURCE.
Result<HostAndPort> parse_host_and_port(std::string_view text, std::uint16_t default_port);

}  // namespace ftpsfs::app
