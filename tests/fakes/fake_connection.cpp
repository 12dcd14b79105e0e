// FakeConnection's control loop: lines in, replies out, faults in between.
#include "fakes/fake_connection.h"

#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "fakes/fake_text.h"

namespace ftpsfs::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kHandshakeLimit = 10s;

/// Removes Telnet commands (RFC 959 section 4.1.3 has IP and Synch before ABOR) and undoubles 0xFF.
std::string without_telnet(std::string_view line) {
  std::string clean;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\xff' && i + 1 < line.size()) {
      if (line[++i] == '\xff') clean += '\xff';
    } else {
      clean += line[i];
    }
  }
  return clean;
}

/// A write to a connection that the client closed must not kill the test program.
void block_sigpipe() {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
}

}  // namespace

const FakeConnection::Verb FakeConnection::kVerbs[] = {
    {"AUTH", &FakeConnection::do_auth, true}, {"USER", &FakeConnection::do_user, true},
    {"PASS", &FakeConnection::do_pass, true}, {"PBSZ", &FakeConnection::do_pbsz, true},
    {"PROT", &FakeConnection::do_prot, true}, {"CCC", &FakeConnection::do_ccc},
    {"FEAT", &FakeConnection::do_feat, true}, {"OPTS", &FakeConnection::do_opts, true},
    {"SYST", &FakeConnection::do_syst, true}, {"TYPE", &FakeConnection::do_type},
    {"MODE", &FakeConnection::do_mode},       {"STRU", &FakeConnection::do_stru},
    {"NOOP", &FakeConnection::do_noop, true}, {"QUIT", &FakeConnection::do_quit, true},
    {"ALLO", &FakeConnection::do_allo},       {"PWD", &FakeConnection::do_pwd},
    {"CWD", &FakeConnection::do_cwd},         {"CDUP", &FakeConnection::do_cdup},
    {"MKD", &FakeConnection::do_mkd},         {"RMD", &FakeConnection::do_rmd},
    {"DELE", &FakeConnection::do_dele},       {"RNFR", &FakeConnection::do_rnfr},
    {"RNTO", &FakeConnection::do_rnto},       {"SIZE", &FakeConnection::do_size},
    {"MDTM", &FakeConnection::do_mdtm},       {"MFMT", &FakeConnection::do_mfmt},
    {"MLST", &FakeConnection::do_mlst},       {"STAT", &FakeConnection::do_stat},
    {"SITE", &FakeConnection::do_site},       {"EPSV", &FakeConnection::do_epsv},
    {"PASV", &FakeConnection::do_pasv},       {"EPRT", &FakeConnection::do_eprt},
    {"PORT", &FakeConnection::do_port},       {"PRET", &FakeConnection::do_pret},
    {"REST", &FakeConnection::do_rest},       {"RANG", &FakeConnection::do_rang},
    {"RETR", &FakeConnection::do_retr},       {"STOR", &FakeConnection::do_stor},
    {"APPE", &FakeConnection::do_appe},       {"LIST", &FakeConnection::do_list},
    {"NLST", &FakeConnection::do_nlst},       {"MLSD", &FakeConnection::do_mlsd},
    {"HOST", &FakeConnection::do_host, true}, {"CLNT", &FakeConnection::do_clnt, true},
    {"LANG", &FakeConnection::do_lang, true}, {"ABOR", &FakeConnection::do_abor},
    {"HASH", &FakeConnection::do_hash},       {"XSHA256", &FakeConnection::do_xsha256},
    {"XSHA512", &FakeConnection::do_xsha512}, {"XSHA1", &FakeConnection::do_xsha1},
    {"XMD5", &FakeConnection::do_xmd5},
};

FakeConnection::FakeConnection(FakeWorld& world, FakeDialect dialect, int number, Socket socket)
    : world_(world), dialect_(std::move(dialect)), number_(number), control_(std::move(socket)) {
  const int on = 1;
  ::setsockopt(control_.fd(), SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
  for (const std::string& fact : dialect_.facts) facts_.insert(lower(fact));
  ++world_.journal.connections;
  ++world_.open_connections;
  thread_ = std::thread([this] { run(); });
}

void FakeConnection::time_out_if_idle() {
  if (idle_) time_out_.raise();
}

FakeConnection::~FakeConnection() {
  interrupt();
  thread_.join();
}

void FakeConnection::run() {
  block_sigpipe();
  if (greet()) serve();
  close_control(CloseStyle::kOrderly);
  finished_ = true;
}

bool FakeConnection::greet() {
  if (dialect_.tls == FakeTls::kImplicit) {
    control_.begin_tls(world_.tls, number_);
    if (!shake_hands(control_)) return false;
  }
  const bool full = dialect_.max_sessions > 0 && world_.open_connections > dialect_.max_sessions;
  if (full && dialect_.session_limit_reply.starts_with("421")) {
    reply(dialect_.session_limit_reply);
    flush();
    return false;
  }
  reply(dialect_.greeting);
  return true;
}

void FakeConnection::serve() {
  while (control_.is_open()) {
    const std::optional<std::string> line = next_line();
    if (!line) return;
    handle(*line);
  }
}

void FakeConnection::handle(const std::string& line) {
  const std::string verb = upper(first_word(line));
  std::string argument(after_first_word(line));
  if (speaks_latin1()) argument = from_latin1(argument);
  world_.journal.record({number_, verb, argument});
  releases_seen_ = world_.stall_releases;
  fault_ = world_.faults.match(verb, fault_path(verb, argument));
  const bool cuts = fault_.cut != ControlCut::kNone || fault_.line_break;
  if (cuts || fault_.delay > 0ms) flush();
  if (fault_.delay > 0ms) pause(fault_.delay);
  if (fault_.line_break) return world_.break_line();
  if (fault_.cut == ControlCut::kBeforeCommand) return close_control(CloseStyle::kReset);
  if (fault_.silent) return;
  if (!fault_.stray_reply.empty()) reply(fault_.stray_reply);
  carry_out(verb, argument);
  output_ += fault_.injected;
  cut_reply(fault_.cut);
}

void FakeConnection::carry_out(const std::string& verb, const std::string& argument) {
  if (!fault_.reply.empty()) return reply(fault_.reply);
  if (fault_.huge_reply_bytes > 0) return reply(huge_reply(fault_.huge_reply_bytes));
  const auto* known =
      std::find_if(std::begin(kVerbs), std::end(kVerbs), [&](const Verb& candidate) { return candidate.name == verb; });
  if (known == std::end(kVerbs)) return reply("500 Unknown command");
  if (!logged_in_ && !known->before_login) return reply("530 Please login with USER and PASS");
  const bool renaming = verb == "RNTO";
  (this->*known->handler)(argument);
  if (renaming) rename_from_.clear();
}

void FakeConnection::cut_reply(ControlCut cut) {
  switch (cut) {
    case ControlCut::kNone:
    case ControlCut::kBeforeCommand:
      return;
    case ControlCut::kBeforeReply:
      output_.clear();
      return close_control(CloseStyle::kReset);
    case ControlCut::kMidReply:
      output_.resize(output_.size() / 2);
      [[fallthrough]];
    case ControlCut::kAfterReply:
      flush();
      return close_control(CloseStyle::kCut);
  }
}

std::string FakeConnection::fault_path(const std::string& verb, const std::string& argument) const {
  std::string_view path = argument;
  if (verb == "LIST" || verb == "NLST" || verb == "STAT") {
    while (path.starts_with('-')) path = after_first_word(path);
  } else if (verb == "MFMT" || (verb == "MDTM" && is_time_value(first_word(path)))) {
    path = after_first_word(path);
  } else if (verb == "SITE") {
    path = after_first_word(after_first_word(path));
  }
  return resolve_path(cwd_, path);
}

bool FakeConnection::shake_hands(Channel& channel) {
  for (;;) {
    const Attempt attempt = channel.try_handshake();
    if (attempt.outcome == Outcome::kBytes) return true;
    if (!attempt.waits()) return false;
    if (wait(channel.fd(), attempt.events(), kHandshakeLimit, false) != Wake::kReady) return false;
  }
}

std::optional<std::string> FakeConnection::buffered_line() const {
  const std::size_t end = input_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string_view line = std::string_view(input_).substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return dialect_.reads_telnet ? without_telnet(line) : std::string(line);
}

void FakeConnection::drop_buffered_line() { input_.erase(0, input_.find('\n') + 1); }

std::optional<std::string> FakeConnection::next_line() {
  for (;;) {
    if (std::optional<std::string> line = buffered_line()) {
      drop_buffered_line();
      return line;
    }
    if (pull_input()) {
      if (std::exchange(turn_begins_, false)) ++world_.journal.round_trips;
      continue;
    }
    if (peer_gone_ || !wait_for_input()) return std::nullopt;
  }
}

bool FakeConnection::wait_for_input() {
  if (!output_.empty()) {
    if (dialect_.latency > 0ms && wait(control_.fd(), POLLIN, dialect_.latency, false) == Wake::kReady &&
        pull_input()) {
      return true;
    }
    flush();
  }
  const bool between_commands = input_.empty();
  const auto limit = dialect_.idle_timeout > 0ms ? dialect_.idle_timeout : std::chrono::milliseconds(-1);
  do {
    idle_ = true;
    const Wake wake = wait(control_.fd(), POLLIN, limit, false);
    idle_ = false;
    if (wake == Wake::kTimeout) {
      reply("421 Timeout, closing the control connection");
      flush();
    }
    if (wake != Wake::kReady) return false;
  } while (!pull_input() && !peer_gone_);
  if (between_commands && !peer_gone_) ++world_.journal.round_trips;
  turn_begins_ = false;
  return true;
}

bool FakeConnection::pull_input() {
  std::array<char, 16384> bytes{};
  bool any = false;
  while (control_.is_open()) {
    const Attempt attempt = control_.try_read(bytes.data(), bytes.size());
    if (attempt.outcome == Outcome::kBytes) {
      input_.append(bytes.data(), attempt.bytes);
      note_record(attempt.bytes);
      any = true;
      continue;
    }
    if (!attempt.waits()) peer_gone_ = true;
    break;
  }
  return any;
}

/// A read of TLS never gives more than one record.
void FakeConnection::note_record(std::size_t bytes) {
  std::atomic<std::size_t>& longest = world_.journal.longest_record;
  for (std::size_t before = longest; control_.is_tls() && before < bytes;) {
    if (longest.compare_exchange_weak(before, bytes)) return;
  }
}

void FakeConnection::flush() {
  std::string_view left = output_;
  while (!left.empty() && control_.is_open()) {
    const Attempt attempt = control_.try_write(left);
    if (attempt.outcome == Outcome::kBytes) {
      left.remove_prefix(attempt.bytes);
    } else if (!attempt.waits() || wait(control_.fd(), attempt.events(), kHandshakeLimit, false) != Wake::kReady) {
      break;
    }
  }
  output_.clear();
}

void FakeConnection::reply(std::string_view lines) {
  for (const std::string_view line : split_lines(lines)) {
    output_.append(encoded(with_ok_code(line))).append(dialect_.bare_line_ends ? "\n" : "\r\n");
  }
}

std::string FakeConnection::with_ok_code(std::string_view line) const {
  const bool plain = line.starts_with("200 ") || line.starts_with("202 ") || line.starts_with("226 ");
  if (dialect_.ok_code == 0 || !plain) return std::string(line);
  return std::to_string(dialect_.ok_code).append(line.substr(3));
}

std::string FakeConnection::encoded(std::string text) const { return speaks_latin1() ? to_latin1(text) : text; }

void FakeConnection::close_control(CloseStyle style) {
  if (!control_.is_open()) return;
  if (style == CloseStyle::kOrderly) flush();
  if (std::exchange(logged_in_, false)) --world_.sessions;
  world_.places.leave(number_);
  --world_.open_connections;
  control_.close(style);
}

FakeConnection::Wake FakeConnection::wait(int fd, short events, std::chrono::milliseconds limit, bool watch_control) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point until = Clock::now() + limit;
  for (;;) {
    if (watch_control && abort_asked()) return Wake::kAborted;
    const bool control_watched = watch_control && control_.is_open();
    std::array<pollfd, 4> watched{pollfd{interrupt_.fd(), POLLIN, 0}, pollfd{fd, events, 0},
                                  pollfd{control_watched ? control_.fd() : -1, POLLIN, 0},
                                  pollfd{idle_ ? time_out_.fd() : -1, POLLIN, 0}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    const int timeout = limit < 0ms ? -1 : static_cast<int>(std::max(left, 0ms).count());
    const int ready = ::poll(watched.data(), watched.size(), timeout);
    if (ready == 0) return Wake::kTimeout;
    if (watched[0].revents != 0) {
      close_control(CloseStyle::kReset);
      return Wake::kGone;
    }
    if (watched[2].revents != 0) {
      pull_input();
      if (peer_gone_) return Wake::kGone;
      continue;
    }
    if (watched[1].revents != 0) return Wake::kReady;
    if (watched[3].revents != 0) return Wake::kTimeout;
  }
}

void FakeConnection::pause(std::chrono::milliseconds span) { (void)wait(-1, 0, span, false); }

}  // namespace ftpsfs::test
