// ProxyTalk: what is said to a proxy, and heard from it, until the connection behind it stands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ftpsfs/base/result.h"
#include "ftpsfs/net/dial.h"

namespace ftpsfs::net {

/// Pure: bytes in, bytes out.
class ProxyTalk {
 public:
  /// What to say now, and how many bytes to hear then before answer() is asked again; 0: the talk is over, and all that
  /// follows on the connection is the server's.
  struct Turn {
    std::string say;
    std::size_t hear = 0;
  };

  virtual ~ProxyTalk() = default;
  [[nodiscard]] virtual Turn begin() = 0;
  /// `heard`: all that came since something was said last. Errors: as dial_by_proxy().
  virtual Result<Turn> answer(std::string_view heard) = 0;
};

/// Asks for a connection to `host`. kInvalid when the login or the host is longer than the protocol allows.
Result<std::unique_ptr<ProxyTalk>> talk_to_proxy(const ProxyOptions& proxy, const std::string& host,
                                                 std::uint16_t port);

}  // namespace ftpsfs::net
