// ControlConnection: commands out and replies in, over TLS or not, with none of them miscounted.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ftpsfs/base/context.h"
#include "ftpsfs/ftp/command.h"
#include "ftpsfs/ftp/reply.h"
#include "ftpsfs/ftp/session.h"
#include "ftpsfs/net/dial.h"
#include "ftpsfs/net/stream.h"
#include "ftpsfs/net/tcp.h"
#include "ftpsfs/net/tls.h"

namespace ftpsfs::ftp {

/// The control connection of one session (RFC 959 section 2.3). Every failure of the line, every 421 and every wait
/// given up while a reply is owed ends it: usable() is false from then on and the error says `session_lost`. Only a
/// context that is over before anything was sent leaves it usable. Not thread-safe.
///
/// Replies nobody asked for (a late 226 or 426) are dropped before the next command is sent, with a debug log line.
class ControlConnection {
 public:
  /// Commands in flight at most; more would only fill the server's buffers.
  static constexpr std::size_t kWindow = 200;

  /// Connects TCP, through the proxy if there is one; no byte is read from or sent to the server yet.
  static Result<std::unique_ptr<ControlConnection>> connect(const ServerOptions& options, const Context& context);

  /// Says QUIT without waiting for the answer, if that is still possible.
  ~ControlConnection();
  ControlConnection(const ControlConnection&) = delete;
  ControlConnection& operator=(const ControlConnection&) = delete;

  /// Turns the connection into a TLS one. kTls when the server sent anything beyond the reply that agreed to it: such
  /// bytes would be taken for protected ones (STARTTLS injection).
  Status start_tls(const Context& context);

  /// Sends a command and returns its final reply, whatever its code; preliminary ones are passed over.
  Result<Reply> execute(const Command& command, const Context& context);
  /// The same for several, pipelined. Writing and reading take turns, so that two full lines cannot block each other.
  /// No reply may be longer than `max_reply_bytes`.
  Result<std::vector<Reply>> execute_all(std::span<const Command> commands, const Context& context,
                                         std::size_t max_reply_bytes = ReplyParser::kMaxReplyBytes);

  /// Drops stray replies, then sends; the replies are the caller's to take.
  Status send(std::span<const Command> commands, const Context& context);
  /// Sends while a reply is owed, hence without dropping anything: for ABOR.
  Status send_urgent(const Command& command, const Context& context);
  /// Sends EPSV, PASV, EPRT or PORT, whose answer is kept apart from the replies to everything else: it may be sent
  /// while a transfer owes its final reply, and is taken in whenever it comes. One at a time.
  Status send_ahead(const Command& command, const Context& context);
  /// That answer, once, if it is here already; other replies that wait are dropped as strays.
  Result<std::optional<Reply>> poll_ahead();
  [[nodiscard]] bool ahead_owed() const { return ahead_owed_; }

  /// Does the server read commands as Telnet does? Not until told.
  void set_telnet(bool value) { telnet_ = value; }

  /// The next reply, preliminary ones too.
  Result<Reply> receive(const Context& context);
  /// The next reply if it is here already, without waiting.
  Result<std::optional<Reply>> poll_reply();
  /// Drops, without waiting, replies nobody asked for, and notices a 421 or a hang-up.
  Status drop_strays();
  /// What to wait for until poll_reply() may have more to say.
  [[nodiscard]] net::Watch watch() const { return {stream_->fd(), read_want_, false}; }

  /// In the log, of all that belongs to this session.
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool usable() const { return usable_; }
  /// The server no longer resumes TLS sessions of this age: the next data connection would be refused.
  [[nodiscard]] bool forgotten() const { return lessons_->forgotten != forgotten_before_; }
  /// Nothing more is to be said here, for instance because a reply is owed that nobody will wait for.
  void lose() { usable_ = false; }

  /// True while a transfer owes its final reply; no other command may be sent meanwhile.
  [[nodiscard]] bool in_transfer() const { return in_transfer_; }
  void set_in_transfer(bool value) { in_transfer_ = value; }

  /// The server, unless a proxy stands before it, and our side.
  [[nodiscard]] const net::Endpoint& peer() const { return peer_; }
  [[nodiscard]] Result<net::Endpoint> own_side() const { return net::own_side_of(stream_->fd()); }
  /// True when the server is known to be reached by IPv6, which PASV and PORT cannot express.
  [[nodiscard]] bool by_ipv6() const { return !proxy_ && peer_.is_ipv6(); }
  /// Begins a connection to the server, or to another host, the way this one was made.
  [[nodiscard]] Result<std::unique_ptr<net::Dial>> dial(std::uint16_t port) const;
  [[nodiscard]] Result<std::unique_ptr<net::Dial>> dial(const net::Endpoint& target) const;
  /// The server agreed to MODE Z: downloads are compressed from here on, and `uploads` where that is told.
  void compress_data(bool uploads);
  [[nodiscard]] bool compresses(Direction direction) const;
  /// What to say with a transfer's command where the last one was in the other mode; mode_changed() when it is agreed.
  [[nodiscard]] std::optional<Command> mode_change(Direction direction) const;
  void mode_changed() { in_mode_z_ = !in_mode_z_; }
  [[nodiscard]] bool encrypted() const { return !fingerprint_.empty(); }
  [[nodiscard]] bool encrypts_data() const { return encrypted() && encrypt_data_; }
  /// Of the server's certificate; empty without TLS.
  [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }
  [[nodiscard]] const std::string& tls_description() const { return tls_description_; }
  /// The server's, its own first; empty without TLS.
  [[nodiscard]] std::vector<net::CertificateInfo> certificates() const;
  [[nodiscard]] const std::shared_ptr<Lessons>& lessons() const { return lessons_; }
  [[nodiscard]] bool may_use_tls12() const { return tls_context_ && tls_context_->allows(net::TlsVersion::k12); }
  /// For those who open them.
  [[nodiscard]] const std::shared_ptr<DataConnections>& data_connections() const { return data_connections_; }
  /// A TLS stream for a data connection: to the same host, resuming this connection's TLS session.
  [[nodiscard]] std::unique_ptr<net::TlsStream> secure_data(UniqueFd fd) const;

 private:
  ControlConnection(UniqueFd fd, net::Endpoint peer, const ServerOptions& options);

  [[nodiscard]] Status ready(const Context& context) const;
  Status finish_strays(const Context& context);
  Status write(std::string_view bytes, const Context& context);
  Status wait(net::Want also, const Context& context);
  tl::unexpected<Error> lost(Error error);
  [[nodiscard]] std::string wire_of(const Command& command) const;
  void log_sent(const Command& command);
  void log_received(const Reply& reply) const;
  void log_tls(const net::TlsStream& stream) const;

  const int number_;
  std::unique_ptr<net::Stream> stream_;
  const net::TlsStream* tls_ = nullptr;  ///< *stream_, when it is one
  net::Want read_want_ = net::Want::kRead;
  net::Endpoint peer_;
  std::string host_;
  std::optional<net::ProxyOptions> proxy_;
  std::shared_ptr<net::TlsContext> tls_context_;
  bool encrypt_data_;
  std::shared_ptr<Lessons> lessons_;
  const int forgotten_before_;
  std::shared_ptr<net::TlsSessionStore> tls_sessions_;
  std::string fingerprint_;
  std::string tls_description_ = "no TLS";
  const std::shared_ptr<DataConnections> data_connections_ = std::make_shared<DataConnections>();
  ReplyParser parser_;
  bool ahead_owed_ = false;     ///< the answer to send_ahead() was not taken in yet
  std::optional<Reply> ahead_;  ///< that answer
  std::array<std::byte, 16 * 1024> input_;
  bool telnet_ = false;
  std::chrono::steady_clock::time_point sent_at_;  ///< the last command, when somebody watches
  bool usable_ = true;
  bool in_transfer_ = false;
  bool compresses_downloads_ = false;
  bool compresses_uploads_ = false;
  bool in_mode_z_ = false;  ///< the server, at present
};

/// `context` with its waits, even taken together, no longer than `limit`.
Context at_most(const Context& context, std::chrono::milliseconds limit);

}  // namespace ftpsfs::ftp
