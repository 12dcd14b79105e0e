// Dial: a TCP connection on its way to being made: by us, through a proxy, or by the other side.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/unique_fd.h"
#include "ftpsfs/net/stream.h"
#include "ftpsfs/net/tcp.h"

namespace ftpsfs::net {

/// Steps that never wait. Not thread-safe.
class Dial {
 public:
  virtual ~Dial() = default;

  /// One step; what to wait for on fd() before the next, or Want::kNothing when the connection is made. Errors: those
  /// of connect_tcp(), and those of a proxy (see dial_by_proxy).
  virtual Result<Want> try_connect() = 0;
  [[nodiscard]] virtual int fd() const = 0;
  /// The connection, once it is made; only destruction is left then.
  [[nodiscard]] virtual UniqueFd take() = 0;
};

/// Begins to connect to `endpoint`. Errors as connect_tcp().
Result<std::unique_ptr<Dial>> dial(const Endpoint& endpoint);

/// Waits until `peer`, from whatever port, connects to `listener`; whoever else does is sent away.
std::unique_ptr<Dial> await_call(UniqueFd listener, const Endpoint& peer);

/// A host that connects to others for us.
struct ProxyOptions {
  enum class Kind { kSocks5, kHttp };  ///< RFC 1928, or the method CONNECT (RFC 9110 section 9.3.6)
  Kind kind = Kind::kSocks5;
  std::string host = {};
  std::uint16_t port = 1080;
  std::string user = {};      ///< empty: no login
  std::string password = {};  ///< RFC 1929, or Basic (RFC 7617)
};

/// Begins to connect to the proxy at `address` and asks it for `host`, a name that it looks up itself or a numeric
/// address. Errors besides those of connect_tcp(): kPermission when the proxy wants another login or its rules forbid
/// it, kConnectionRefused or kConnectionLost when it cannot reach the host, kProtocol when it is none.
Result<std::unique_ptr<Dial>> dial_by_proxy(const Endpoint& address, const ProxyOptions& proxy, const std::string& host,
                                            std::uint16_t port);

/// Connects to a host by its name, over its addresses in turn or those of the proxy, if there is one.
Result<UniqueFd> connect_to_host(const std::string& host, std::uint16_t port, const std::optional<ProxyOptions>& proxy,
                                 const Context& context);

}  // namespace ftpsfs::net
