// Session: one control connection, logged in, and the transfers it starts.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/ftp/command.h"
#include "ftpsfs/ftp/features.h"
#include "ftpsfs/ftp/lessons.h"
#include "ftpsfs/ftp/reply.h"
#include "ftpsfs/net/dial.h"
#include "ftpsfs/net/stream.h"

namespace ftpsfs::net {
class TlsContext;
}  // namespace ftpsfs::net

namespace ftpsfs::ftp {

/// When TLS begins (RFC 4217): AUTH TLS after the greeting, before anything at all (port 990), or never.
enum class TlsMode { kExplicit, kImplicit, kOff };

/// Active mode: the server makes the data connections (PORT, RFC 959; EPRT, RFC 2428 section 2). One that comes from
/// another host is sent away.
struct ActiveOptions {
  std::string address = {};   ///< numeric, where the server is told to connect; empty: where the control connection is
  net::PortRange ports = {};  ///< on which we listen
};

/// How data connections come about, and what is moved over them.
struct DataOptions {
  std::optional<ActiveOptions> active = {};  ///< empty: passive mode
  bool trust_pasv_address = false;           ///< PASV's host is connected to rather than the control connection's
  bool compress = false;                     ///< MODE Z (draft-preston-ftpext-deflate) where the server offers it
};

struct ServerOptions {
  std::string host;  ///< a name or a numeric address, without brackets
  std::uint16_t port = 21;
  TlsMode tls = TlsMode::kExplicit;
  std::shared_ptr<net::TlsContext> tls_context;  ///< null only with TlsMode::kOff
  bool encrypt_data = true;                      ///< false: data connections go in clear (PROT C, RFC 4217 section 9)
  std::string user;
  std::string password;
  bool utf8_names = true;  ///< false: names are bytes of another character set, which the server is not to touch
  std::optional<net::ProxyOptions> proxy;  ///< for all connections; not with active mode
  DataOptions data;
  std::string client_name = "ftpsfs";                              ///< told to servers that want to know (CLNT)
  std::chrono::milliseconds feat_limit{std::chrono::seconds(5)};   ///< some servers never answer FEAT
  std::shared_ptr<Lessons> lessons = std::make_shared<Lessons>();  ///< never null; copies of these options share it
};

enum class Direction { kDownload, kUpload };

/// Which bytes of the file.
struct ByteRange {
  std::uint64_t offset = 0;  ///< sent as REST (RFC 3659 section 5) when above 0
  std::uint64_t length = 0;  ///< 0: up to the end; else sent as RANG, which only a server that announced it takes
};

/// How something is to be transferred.
struct TransferRequest {
  Direction direction = Direction::kDownload;
  ByteRange range = {};
  std::span<const Command> questions = {};  ///< sent ahead in the same flight; for Transfer::answers()
  bool brief = false;  ///< soon read to its end: the next passive address may be asked for meanwhile
};

/// What a session's next step waits for: `watch`, but no longer than `until`.
struct Pending {
  net::Watch watch;
  std::chrono::steady_clock::time_point until;
};

/// Data on its way over a data connection of one session. While it exists the session takes no other command. While it
/// waits, the control connection is watched too, so that a 425, 452 or 550 is seen at once. Not thread-safe. The
/// session must outlive it; destroyed while neither finished nor aborted, it leaves the session unusable.
class Transfer {
 public:
  virtual ~Transfer() = default;

  /// The replies to the questions of the request, in their order.
  [[nodiscard]] virtual const std::vector<Reply>& answers() const = 0;

  /// Download: the next bytes, at least one, or 0 at the end of the data. Errors: kConnectionLost, kTimeout,
  /// kInterrupted, kTls, or the server's refusal as kIo with its reply code.
  virtual Result<std::size_t> read(std::span<std::byte> into, const Context& context) = 0;

  /// Upload: sends all of `from`. Errors as read().
  virtual Status write(std::span<const std::byte> from, const Context& context) = 0;

  /// Ends the data connection in order (close_notify both ways, then TCP) and returns the final reply, which may be a
  /// refusal; only a 2xx reply says that all bytes arrived. After an error the session is unusable.
  virtual Result<Reply> finish(const Context& context) = 0;

  /// Leaves the transfer early: ABOR (RFC 959 section 4.1.3), close the data connection, read both final replies. The
  /// session is usable afterwards unless an error is returned.
  virtual Status abort(const Context& context) = 0;
};

/// Those a session has opened so far.
struct DataConnections {
  int opened = 0;
  int resumed = 0;  ///< the TLS session of the control connection went on
};

/// One FTPS conversation. Not thread-safe: one thread at a time; SessionPool hands sessions out.
class Session {
 public:
  /// Connects, negotiates TLS before anything else, and logs in. Unless `options.lessons` know already, FEAT (with a
  /// deadline) tells what the server can do; left without an answer it costs the connection, since the answer may come
  /// at any time: a second one is made that does not ask. Then TYPE I, PWD, SYST (unless it is known), OPTS UTF8 (ON or
  /// OFF), OPTS MLST (to ask for all facts), PBSZ 0 and PROT P, in one flight. Errors: kResolve, kConnectionRefused,
  /// kConnectionLost, kTimeout, kInterrupted, kTls (a server without TLS, or one that refuses PROT P), kCertificate,
  /// kLogin, kTooManySessions (421, or a 530 that speaks of limits), kProtocol.
  static Result<std::unique_ptr<Session>> open(const ServerOptions& options, const Context& context);

  /// Says QUIT without waiting, and closes.
  virtual ~Session() = default;

  [[nodiscard]] virtual const Features& features() const = 0;
  [[nodiscard]] virtual const std::string& greeting() const = 0;
  /// Absolute path of the directory after login; empty when the server would not say.
  [[nodiscard]] virtual const std::string& login_directory() const = 0;
  /// "TLSv1.3 TLS_AES_256_GCM_SHA384", or "no TLS".
  [[nodiscard]] virtual std::string tls_description() const = 0;

  [[nodiscard]] virtual DataConnections data_connections() const = 0;

  /// False once a reply was lost, a 421 came or the line broke, or when the server will resume no TLS session of this
  /// age for another transfer: only destruction is left.
  [[nodiscard]] virtual bool usable() const = 0;

  /// Looks, without waiting, whether the server hung up or said 421 while the session idled; then usable() is false.
  virtual void notice_hangup() = 0;

  /// Sends a command and returns its final reply, whatever its code; preliminary replies are passed over. Replies that
  /// wait already answer nothing (a late 226 or 426) and are dropped first. Errors (the session is then unusable):
  /// kConnectionLost (also for 421), kTimeout, kInterrupted, kProtocol, kTls. A context that is over before anything
  /// was sent, or a transfer that is not (kInvalid), leaves the session usable.
  virtual Result<Reply> execute(const Command& command, const Context& context) = 0;

  /// The same for several commands, pipelined: no more than 200 unanswered at a time. One reply for each, in order,
  /// none longer than `max_reply_bytes`.
  virtual Result<std::vector<Reply>> execute_all(std::span<const Command> commands, const Context& context,
                                                 std::size_t max_reply_bytes = ReplyParser::kMaxReplyBytes) = 0;

  /// Sends the command and its TLS handshake together, on the data connection made ahead by advance() or on a new one
  /// (EPSV, else PASV, whose address is not trusted unless the options say so; or active mode). Returns when the data
  /// connection's TLS, resuming the control connection's session and held to the same certificate, is up, and, for an
  /// upload, the server said 1xx (or has owed it for a second). A download whose server says 2xx and closes the data
  /// connection unused is empty. A refusal (4xx, 5xx) is an Error of kind kIo with `reply_code` and the server's words
  /// and leaves the session usable, except for 421, 425 and 522, after which the session is not; it may also come out
  /// of the first read of a download. Where no data connection could be agreed on, the code is 425, whatever the server
  /// said, and the session is usable. A server that does not know REST or RANG is kUnsupported.
  virtual Result<std::unique_ptr<Transfer>> start(const Command& command, const TransferRequest& request,
                                                  const Context& context) = 0;

  /// Two ways to end a transfer without waiting for it: advance(), or what is asked next, sees to the rest. One is for
  /// a download that has nothing more to give but its end, and logs a refusal that still comes. The other is
  /// Transfer::abort(); a failure shows in usable().
  virtual void conclude(std::unique_ptr<Transfer> download) = 0;
  virtual void abandon(std::unique_ptr<Transfer> transfer) = 0;

  /// Goes on, without waiting, with what is to be done between two transfers: the end of the last, then the data
  /// connection of the next. Returns when to call again; nothing when no step is left.
  virtual std::optional<Pending> advance() = 0;
  /// True when the next transfer finds its data connection made.
  [[nodiscard]] virtual bool prepared() const = 0;
};

}  // namespace ftpsfs::ftp
