// Stream: a connected byte stream that never blocks, and the one place where this program waits for descriptors.
#pragma once

#include <cstddef>
#include <span>

#include "ftpsfs/base/context.h"
#include "ftpsfs/base/result.h"

namespace ftpsfs::net {

/// What a stream waits for before it can go on.
enum class Want { kNothing, kRead, kWrite };

/// The outcome of one non-blocking attempt.
struct Progress {
  std::size_t bytes = 0;       ///< bytes moved; 0 when `want` is set or at the end
  Want want = Want::kNothing;  ///< the readiness that would allow more
  bool end = false;            ///< the peer ended its direction (close_notify, or FIN on a plain stream)
};

/// One connection, plain or TLS. All members return at once. Not thread-safe: one thread at a time.
class Stream {
 public:
  virtual ~Stream() = default;

  /// Reads up to `into.size()` bytes (at least 1 must be offered). Errors: kConnectionLost, kTls. A TLS peer that
  /// closes TCP without close_notify is kConnectionLost, since the bytes may be incomplete.
  virtual Result<Progress> try_read(std::span<std::byte> into) = 0;

  /// Writes up to `from.size()` bytes. The next call, after Want or after a part was taken, must offer the bytes that
  /// remain: the first of them may already be encrypted. Also takes in what the peer sent meanwhile (TLS 1.3 session
  /// tickets), so that a later close() does not turn into a reset.
  virtual Result<Progress> try_write(std::span<const std::byte> from) = 0;

  /// Ends our direction: TLS close_notify, then TCP FIN. The peer's direction stays readable.
  virtual Result<Want> try_shutdown() = 0;

  [[nodiscard]] virtual int fd() const = 0;

  /// True when bytes are already decrypted and buffered, so that poll(2) must not be waited for.
  [[nodiscard]] virtual bool has_buffered() const = 0;
};

/// One descriptor to wait for. `ready` is an output.
struct Watch {
  int fd = -1;
  Want want = Want::kRead;
  bool ready = false;
};

/// Waits until at least one watch is ready (an error or hang-up counts as ready). Ends with kTimeout or kInterrupted as
/// `context` says, cancellation before readiness. Want::kNothing watches for an error or a hang-up only.
Status wait_any(std::span<Watch> watches, const Context& context);

/// Waits for one descriptor; the same errors. Want::kNothing returns at once.
Status wait_for(int fd, Want want, const Context& context);

/// Blocking forms of the attempts above.
Result<std::size_t> read_some(Stream& stream, std::span<std::byte> into, const Context& context);  ///< 0 at the end
Status write_all(Stream& stream, std::span<const std::byte> from, const Context& context);

}  // namespace ftpsfs::net
