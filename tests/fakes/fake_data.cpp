// FakeConnection's data connection: opened after the command, watched together with the control connection.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "fakes/fake_connection.h"
#include "fakes/fake_deflate.h"
#include "fakes/fake_text.h"

namespace ftpsfs::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kDataLimit = 30s;
constexpr auto kTcpCloseLimit = 10s;
constexpr std::size_t kChunk = 64 * 1024;

/// Faults that wait for a number of bytes and then change the course of the transfer.
bool strikes_within_data(DataFault fault) {
  return fault != DataFault::kNone && fault != DataFault::kRefuse && fault != DataFault::kDrop;
}

}  // namespace

void FakeConnection::forget_data_channel() {
  passive_ = Socket();
  active_ = {};
}

bool FakeConnection::abort_asked() {
  const std::optional<std::string> line = buffered_line();
  if (!line) return false;
  const std::string verb = upper(first_word(*line));
  if (verb == "EPSV" && dialect_.epsv_refused_when_busy) {
    drop_buffered_line();
    world_.journal.record({number_, verb, std::string(after_first_word(*line))});
    reply("450 EPSV: data transfer in progress");
    flush();
    return false;
  }
  if (verb != "ABOR") return false;
  drop_buffered_line();
  world_.journal.record({number_, verb, ""});
  return true;
}

FakeConnection::DataEnd FakeConnection::refuse_data(std::string_view lines) {
  reply(lines);
  return DataEnd::kRefused;
}

FakeConnection::DataEnd FakeConnection::after_wait(Wake wake) {
  switch (wake) {
    case Wake::kReady:
      return DataEnd::kComplete;
    case Wake::kTimeout:
      return refuse_data("426 Data connection timed out");
    case Wake::kAborted:
      return DataEnd::kAborted;
    case Wake::kGone:
      return DataEnd::kGone;
  }
  return DataEnd::kGone;
}

FakeConnection::DataEnd FakeConnection::connect_data(std::optional<Channel>& data) {
  if (passive_.valid()) {
    const DataEnd waited = after_wait(wait(passive_.fd(), POLLIN, kDataLimit, true));
    if (waited != DataEnd::kComplete) return waited;
    const int fd = ::accept4(passive_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return refuse_data("425 Failed to establish the data connection");
    data.emplace(Socket(fd));
    return DataEnd::kComplete;
  }
  Socket socket(::socket(active_.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const socklen_t length = active_.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  (void)::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&active_), length);
  const DataEnd waited = after_wait(wait(socket.fd(), POLLOUT, kDataLimit, true));
  if (waited != DataEnd::kComplete) return waited;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return refuse_data("425 Failed to establish the data connection");
  data.emplace(std::move(socket));
  return DataEnd::kComplete;
}

FakeConnection::DataEnd FakeConnection::protect(Channel& data) {
  data.begin_tls(world_.strange_tls ? *world_.strange_tls : world_.tls, number_);
  for (Attempt attempt = data.try_handshake(); attempt.outcome != Outcome::kBytes; attempt = data.try_handshake()) {
    if (!attempt.waits()) return refuse_data("425 TLS handshake failed on the data connection");
    const DataEnd waited = after_wait(wait(data.fd(), attempt.events(), kDataLimit, true));
    if (waited != DataEnd::kComplete) return waited;
  }
  if (data.resumed_own_session() || dialect_.session_reuse == ReuseRule::kNotRequired) return DataEnd::kComplete;
  data.close(CloseStyle::kOrderly);
  if (dialect_.session_reuse == ReuseRule::kReply425) {
    return refuse_data("425 Unable to build data connection: Operation not permitted");
  }
  refuse_data("522 SSL connection failed; session reuse required: see require_ssl_reuse option");
  close_control(CloseStyle::kOrderly);
  return DataEnd::kRefused;
}

FakeConnection::DataEnd FakeConnection::begin_data(const std::string& opening, std::optional<Channel>& data) {
  if (!passive_.valid() && active_.ss_family == 0) return refuse_data("425 Use EPSV or PASV first");
  const bool bare = dialect_.tls == FakeTls::kExplicit || dialect_.tls == FakeTls::kImplicit;
  if (bare && !protected_data_) return refuse_data("521 Data connections must be encrypted, use PROT P");
  reply(opening);
  if (!dialect_.late_150) flush();
  if (fault_.data == DataFault::kRefuse) {
    return refuse_data(fault_.final_reply.empty() ? "425 Cannot open the data connection" : fault_.final_reply);
  }
  if (const DataEnd end = connect_data(data); end != DataEnd::kComplete) return end;
  if (protected_data_) {
    if (const DataEnd end = protect(*data); end != DataEnd::kComplete) return end;
  }
  ++world_.journal.data_connections;
  if (data->resumed_own_session()) ++world_.journal.resumed_data_connections;
  return DataEnd::kComplete;
}

void FakeConnection::send_data(const std::string& opening, const std::string& done, const Source& source) {
  std::optional<Channel> data;
  DataEnd end = begin_data(opening, data);
  if (end == DataEnd::kComplete) end = send_all(*data, deflates_ ? deflating(source) : source);
  end_data(data, end, done);
}

void FakeConnection::receive_data(const std::string& opening, const std::string& done, const Sink& sink) {
  std::optional<Channel> data;
  DataEnd end = begin_data(opening, data);
  Inflating inflating(sink);
  if (end == DataEnd::kComplete && deflates_ && dialect_.mode_z_spoils) {
    end = refuse_data("451 Transfer aborted. Input/output error");
  }
  if (end == DataEnd::kComplete) end = receive_all(*data, deflates_ ? std::ref(inflating) : sink);
  if (end == DataEnd::kComplete && deflates_ && !inflating.complete()) end = DataEnd::kEarlyClose;
  if (end == DataEnd::kComplete && dialect_.upload_awaits_tcp_close) end = await_tcp_close(*data);
  end_data(data, end, done);
}

FakeConnection::DataEnd FakeConnection::send_all(Channel& data, const Source& source) {
  std::uint64_t until_fault = strikes_within_data(fault_.data) ? fault_.after : UINT64_MAX;
  std::string chunk;
  std::string_view left;
  for (;;) {
    if (until_fault == 0) {
      if (const DataEnd end = strike(data); end != DataEnd::kComplete) return end;
      until_fault = UINT64_MAX;
    }
    if (left.empty()) left = chunk = source(kChunk);
    if (left.empty()) return DataEnd::kComplete;
    const Attempt attempt = data.try_write(left.substr(0, until_fault));
    if (attempt.outcome == Outcome::kBytes) {
      left.remove_prefix(attempt.bytes);
      if (until_fault != UINT64_MAX) until_fault -= attempt.bytes;
    } else if (!attempt.waits()) {
      return DataEnd::kEarlyClose;
    } else if (const DataEnd end = after_wait(wait(data.fd(), attempt.events(), kDataLimit, true));
               end != DataEnd::kComplete) {
      return end;
    }
  }
}

FakeConnection::DataEnd FakeConnection::receive_all(Channel& data, const Sink& sink) {
  std::uint64_t until_fault = strikes_within_data(fault_.data) ? fault_.after : UINT64_MAX;
  std::uint64_t kept = fault_.data == DataFault::kDrop ? fault_.after : UINT64_MAX;
  std::array<char, kChunk> bytes{};
  for (;;) {
    if (until_fault == 0) {
      if (const DataEnd end = strike(data); end != DataEnd::kComplete) return end;
      until_fault = UINT64_MAX;
    }
    const Attempt attempt = data.try_read(bytes.data(), std::min<std::uint64_t>(bytes.size(), until_fault));
    if (attempt.outcome == Outcome::kBytes) {
      const std::string_view received(bytes.data(), attempt.bytes);
      sink(received.substr(0, kept));
      if (kept != UINT64_MAX) kept -= std::min<std::uint64_t>(kept, attempt.bytes);
      if (until_fault != UINT64_MAX) until_fault -= attempt.bytes;
    } else if (attempt.outcome == Outcome::kEnd) {
      return DataEnd::kComplete;
    } else if (attempt.outcome == Outcome::kTruncated && !dialect_.upload_needs_close_notify) {
      return DataEnd::kComplete;
    } else if (!attempt.waits()) {
      return DataEnd::kEarlyClose;
    } else if (const DataEnd end = after_wait(wait(data.fd(), attempt.events(), kDataLimit, true));
               end != DataEnd::kComplete) {
      return end;
    }
  }
}

FakeConnection::DataEnd FakeConnection::await_tcp_close(Channel& data) {
  data.end_tls();
  for (;;) {
    const Wake wake = wait(data.fd(), POLLIN, kTcpCloseLimit, true);
    if (wake == Wake::kTimeout) return DataEnd::kComplete;
    if (wake != Wake::kReady) return after_wait(wake);
    std::array<char, 4096> ignored{};
    if (::recv(data.fd(), ignored.data(), ignored.size(), 0) <= 0) return DataEnd::kComplete;
  }
}

FakeConnection::DataEnd FakeConnection::strike(Channel& data) {
  switch (fault_.data) {
    case DataFault::kNone:
    case DataFault::kRefuse:
    case DataFault::kDrop:
      return DataEnd::kComplete;
    case DataFault::kEnd:
      data.close(CloseStyle::kOrderly);
      return DataEnd::kFault;
    case DataFault::kCut:
      data.close(CloseStyle::kCut);
      return DataEnd::kFault;
    case DataFault::kReset:
      data.close(CloseStyle::kReset);
      return DataEnd::kFault;
    case DataFault::kStall:
      return stall();
    case DataFault::kLoseControl:
      close_control(CloseStyle::kReset);
      return DataEnd::kComplete;
    case DataFault::kLineBreak:
      data.close(CloseStyle::kReset);
      close_control(CloseStyle::kReset);
      world_.break_line();
      return DataEnd::kGone;
  }
  return DataEnd::kComplete;
}

FakeConnection::DataEnd FakeConnection::stall() {
  while (world_.stall_releases == releases_seen_) {
    const Wake wake = wait(-1, 0, 5ms, true);
    if (wake != Wake::kTimeout) return after_wait(wake);
  }
  return DataEnd::kComplete;
}

void FakeConnection::end_data(std::optional<Channel>& data, DataEnd end, const std::string& done) {
  forget_data_channel();
  if (data && end != DataEnd::kFault) data->close(end == DataEnd::kComplete ? CloseStyle::kOrderly : CloseStyle::kCut);
  const bool scripted = !fault_.final_reply.empty();
  switch (end) {
    case DataEnd::kComplete:
      return reply(scripted ? fault_.final_reply : done);
    case DataEnd::kFault:
      if (scripted) return reply(fault_.final_reply);
      return reply(fault_.data == DataFault::kEnd ? done : "426 Failure on the data connection");
    case DataEnd::kEarlyClose:
      if (dialect_.early_close == EarlyCloseStyle::kControlDropped) return close_control(CloseStyle::kReset);
      if (dialect_.early_close == EarlyCloseStyle::k426) reply("426 Failure on the data connection");
      return;
    case DataEnd::kAborted:
      for (const std::string& line : dialect_.abort_replies) reply(line);
      return;
    case DataEnd::kGone:
    case DataEnd::kRefused:
      return;
  }
}

}  // namespace ftpsfs::test
