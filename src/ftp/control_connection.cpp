// ControlConnection: one place that counts commands and replies.
#include "ftp/control_connection.h"

#include <fcntl.h>
#include <spdlog/fmt/chrono.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "ftpsfs/base/log.h"

namespace ftpsfs::ftp {
namespace {

/// A server that talks this much unasked is no FTP server.
constexpr int kMaxStrays = 100;

/// Tells the answer to EPSV, PASV, EPRT or PORT from strays, and, in a transfer, from its final reply.
bool answers_ahead(int code, bool in_transfer) {
  if (code == 200 || code == 227 || code == 229) return true;
  if (!in_transfer) return code >= 400;
  return code == 450 || (code >= 500 && code <= 504) || (code >= 520 && code <= 530);
}

/// The whole commands at the front that go into one TLS record. ProFTPD 1.3.8 reads a part of a longer one and then
/// waits for the line, with the rest of the commands already in its hands.
std::string_view first_record(std::string_view commands) {
  constexpr std::size_t kMostBytes = 1000;
  if (commands.size() <= kMostBytes) return commands;
  const auto last = commands.rfind('\n', kMostBytes - 1);
  const auto end = last == std::string_view::npos ? commands.find('\n') : last;
  return commands.substr(0, end == std::string_view::npos ? end : end + 1);
}

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

}  // namespace

Context at_most(const Context& context, std::chrono::milliseconds limit) {
  Context shorter = context;
  shorter.stall_limit = std::min(context.stall_limit, limit);
  const Deadline end = Deadline::after(limit);
  if (!shorter.deadline || end.at() < shorter.deadline->at()) shorter.deadline = end;
  return shorter;
}

Result<std::unique_ptr<ControlConnection>> ControlConnection::connect(const ServerOptions& options,
                                                                      const Context& context) {
  FTPSFS_TRY_ASSIGN(UniqueFd fd, net::connect_to_host(options.host, options.port, options.proxy, context));
  FTPSFS_TRY_ASSIGN(net::Endpoint peer, net::peer_of(fd.get()));
  return std::unique_ptr<ControlConnection>(new ControlConnection(std::move(fd), peer, options));
}

ControlConnection::ControlConnection(UniqueFd fd, net::Endpoint peer, const ServerOptions& options)
    : number_(++options.lessons->sessions_opened),
      stream_(net::plain_stream(std::move(fd))),
      peer_(peer),
      host_(options.host),
      proxy_(options.proxy),
      tls_context_(options.tls_context),
      encrypt_data_(options.encrypt_data),
      lessons_(options.lessons),
      forgotten_before_(lessons_->forgotten) {
  log::of(log::Topic::kFtp).debug("[{}] connected to {}", number_, peer_.to_string());
}

ControlConnection::~ControlConnection() {
  if (!usable_ || in_transfer_) return;
  // Nobody is left to tell about a failure, and the server notices the closing anyway.
  if (stream_->try_write(bytes_of("QUIT\r\n"))) (void)stream_->try_shutdown();
}

Status ControlConnection::start_tls(const Context& context) {
  if (!parser_.empty()) {
    const Error injected{ErrorKind::kTls,
                         "the server, or somebody on the way, sent unprotected bytes behind the reply to AUTH"};
    return lost(injected.with_remedy("try from another network, or ask whoever runs the server"));
  }
  // The plain stream closes its own descriptor; the connection lives on in this one.
  UniqueFd fd(::fcntl(stream_->fd(), F_DUPFD_CLOEXEC, 0));
  if (!fd.valid()) return lost(os_error(ErrorKind::kIo, "duplicating a descriptor", errno));
  tls_sessions_ = tls_context_->new_session_store(lessons_->no_tls13 ? net::TlsVersion::k12 : net::TlsVersion::k13);
  auto tls = tls_context_->client(std::move(fd), host_, tls_sessions_, false);
  net::TlsStream& stream = *tls;
  stream_ = std::move(tls);
  if (auto shaken = net::handshake(stream, context); !shaken) {
    log::of(log::Topic::kTls).debug("[{}] no TLS: {}", number_, log::printable(shaken.error().message));
    return lost(std::move(shaken).error());
  }
  fingerprint_ = stream.peer_fingerprint();
  tls_description_ = stream.description();
  tls_ = &stream;
  log_tls(stream);
  return {};
}

std::vector<net::CertificateInfo> ControlConnection::certificates() const {
  return tls_ == nullptr ? std::vector<net::CertificateInfo>() : tls_->peer_certificates();
}

void ControlConnection::compress_data(bool uploads) {
  compresses_downloads_ = in_mode_z_ = true;
  compresses_uploads_ = uploads;
}

bool ControlConnection::compresses(Direction direction) const {
  return direction == Direction::kDownload ? compresses_downloads_ : compresses_uploads_;
}

std::optional<Command> ControlConnection::mode_change(Direction direction) const {
  if (compresses(direction) == in_mode_z_) return std::nullopt;
  return *Command::make("MODE", in_mode_z_ ? "S" : "Z");
}

std::unique_ptr<net::TlsStream> ControlConnection::secure_data(UniqueFd fd) const {
  return tls_context_->client(std::move(fd), host_, tls_sessions_, true);
}

Result<std::unique_ptr<net::Dial>> ControlConnection::dial(std::uint16_t port) const {
  return proxy_ ? net::dial_by_proxy(peer_, *proxy_, host_, port) : net::dial(peer_.with_port(port));
}

Result<std::unique_ptr<net::Dial>> ControlConnection::dial(const net::Endpoint& target) const {
  return proxy_ ? net::dial_by_proxy(peer_, *proxy_, target.host(), target.port()) : net::dial(target);
}

Result<Reply> ControlConnection::execute(const Command& command, const Context& context) {
  FTPSFS_TRY_ASSIGN(auto replies, execute_all(std::span(&command, 1), context));
  return std::move(replies.front());
}

Result<std::vector<Reply>> ControlConnection::execute_all(std::span<const Command> commands, const Context& context,
                                                          std::size_t max_reply_bytes) {
  FTPSFS_TRY(ready(context));
  FTPSFS_TRY(finish_strays(context));
  parser_.set_limit(max_reply_bytes);
  std::vector<Reply> replies;
  replies.reserve(commands.size());
  std::size_t taken = 0;    // commands moved into a batch so far
  std::string batch;        // what is being written; unchanged until all of it is gone
  std::string_view unsent;  // the rest of it
  while (replies.size() < commands.size()) {
    if (unsent.empty()) {
      batch.clear();
      for (; taken < commands.size() && taken - replies.size() < kWindow; ++taken) {
        log_sent(commands[taken]);
        batch += wire_of(commands[taken]);
      }
      unsent = batch;
    }
    net::Want write_want = net::Want::kNothing;
    while (!unsent.empty() && write_want == net::Want::kNothing) {
      auto written = stream_->try_write(bytes_of(first_record(unsent)));
      if (!written) return lost(std::move(written).error());
      unsent.remove_prefix(written->bytes);
      write_want = written->want;
    }
    const std::size_t before = replies.size();
    while (replies.size() < taken) {
      FTPSFS_TRY_ASSIGN(auto reply, poll_reply());
      if (!reply) break;
      if (!reply->preliminary()) replies.push_back(std::move(*reply));
    }
    if (replies.size() == before) FTPSFS_TRY(wait(write_want, context));
  }
  return replies;
}

Status ControlConnection::send(std::span<const Command> commands, const Context& context) {
  FTPSFS_TRY(ready(context));
  FTPSFS_TRY(finish_strays(context));
  std::string batch;
  for (const Command& command : commands) {
    log_sent(command);
    batch += wire_of(command);
  }
  return write(batch, context);
}

Status ControlConnection::send_urgent(const Command& command, const Context& context) {
  FTPSFS_TRY(ready(context));
  log_sent(command);
  return write(wire_of(command), context);
}

Status ControlConnection::send_ahead(const Command& command, const Context& context) {
  FTPSFS_TRY(send_urgent(command, context));
  ahead_owed_ = true;
  ahead_.reset();
  return {};
}

Result<std::optional<Reply>> ControlConnection::poll_ahead() {
  if (ahead_owed_ && !ahead_) FTPSFS_TRY(drop_strays());
  if (ahead_) ahead_owed_ = false;
  return std::exchange(ahead_, std::nullopt);
}

Result<Reply> ControlConnection::receive(const Context& context) {
  for (;;) {
    FTPSFS_TRY_ASSIGN(auto reply, poll_reply());
    if (reply) return std::move(*reply);
    FTPSFS_TRY(wait(net::Want::kNothing, context));
  }
}

Result<std::optional<Reply>> ControlConnection::poll_reply() {
  for (;;) {
    if (auto reply = parser_.next()) {
      log_received(*reply);
      if (reply->code == 421) return lost({ErrorKind::kConnectionLost, reply->text(), reply->code});
      if (!ahead_owed_ || ahead_ || !answers_ahead(reply->code, in_transfer_)) return reply;
      ahead_ = std::move(reply);
      continue;
    }
    auto progress = stream_->try_read(input_);
    if (!progress) return lost(std::move(progress).error());
    if (progress->bytes > 0) {
      const std::string_view text(reinterpret_cast<const char*>(input_.data()), progress->bytes);
      if (auto fed = parser_.feed(text); !fed) return lost(std::move(fed).error());
    } else if (progress->end) {
      return lost({ErrorKind::kConnectionLost, "the server closed the control connection"});
    } else {
      read_want_ = progress->want;
      return std::nullopt;
    }
  }
}

Status ControlConnection::drop_strays() {
  for (int strays = 0; strays < kMaxStrays; ++strays) {
    FTPSFS_TRY_ASSIGN(const auto stray, poll_reply());
    if (!stray) return {};
    log::of(log::Topic::kFtp).debug("[{}] that reply answers nothing we said; dropped", number_);
  }
  return lost({ErrorKind::kProtocol, "the server goes on sending replies that nobody asked for"});
}

/// As drop_strays(), and waits for the rest of a reply of which a part is here.
Status ControlConnection::finish_strays(const Context& context) {
  for (;;) {
    FTPSFS_TRY(drop_strays());
    if (parser_.empty()) return {};
    FTPSFS_TRY(wait(net::Want::kNothing, context));
  }
}

Status ControlConnection::ready(const Context& context) const {
  if (!usable_) return fail({ErrorKind::kConnectionLost, "the session was lost before", 0, true});
  return context.check();
}

Status ControlConnection::write(std::string_view bytes, const Context& context) {
  while (!bytes.empty()) {
    const std::string_view record = first_record(bytes);
    if (auto written = net::write_all(*stream_, bytes_of(record), context); !written) {
      return lost(std::move(written).error());
    }
    bytes.remove_prefix(record.size());
  }
  return {};
}

/// Waits for more to read, or, unless it is kNothing, for `also`.
Status ControlConnection::wait(net::Want also, const Context& context) {
  std::array<net::Watch, 2> watches{watch(), net::Watch{stream_->fd(), also, false}};
  auto waited = net::wait_any(std::span(watches).first(also == net::Want::kNothing ? 1 : 2), context);
  if (!waited) return lost(std::move(waited).error());
  return {};
}

tl::unexpected<Error> ControlConnection::lost(Error error) {
  usable_ = false;
  error.session_lost = true;
  return fail(std::move(error));
}

std::string ControlConnection::wire_of(const Command& command) const {
  return telnet_ ? command.telnet_wire() : command.wire();
}

void ControlConnection::log_sent(const Command& command) {
  if (!log::watches(log::Topic::kFtp)) return;
  sent_at_ = std::chrono::steady_clock::now();
  log::of(log::Topic::kFtp).debug("[{}] > {}", number_, log::printable(command.printable()));
}

void ControlConnection::log_received(const Reply& reply) const {
  if (!log::watches(log::Topic::kFtp)) return;
  const std::chrono::duration<double, std::milli> span = std::chrono::steady_clock::now() - sent_at_;
  const std::string text = log::printable(reply.text());
  if (sent_at_ == decltype(sent_at_)())
    return log::of(log::Topic::kFtp).debug("[{}] < {} {}", number_, reply.code, text);
  log::of(log::Topic::kFtp).debug("[{}] < {} {} ({:.1f} ms)", number_, reply.code, text, span.count());
}

void ControlConnection::log_tls(const net::TlsStream& stream) const {
  if (!log::watches(log::Topic::kTls)) return;
  spdlog::logger& log = log::of(log::Topic::kTls);
  log.debug("[{}] control connection: {}, {}", number_, tls_description_,
            stream.resumed() ? "resumed" : "full handshake");
  for (const net::CertificateInfo& each : stream.peer_certificates()) {
    log.debug("[{}] certificate of {}, issued by {}, good until {:%Y-%m-%d}, sha256:{}", number_,
              log::printable(each.subject), log::printable(each.issuer), fmt::gmtime(each.not_after), each.fingerprint);
  }
}

}  // namespace ftpsfs::ftp
