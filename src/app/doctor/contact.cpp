// Who answers at an address.
#include "app/doctor/contact.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/doctor/strangers.h"
#include "ftpsfs/base/printable.h"
#include "ftpsfs/net/tcp.h"
#include "ftpsfs/net/tls.h"

namespace ftpsfs::app {
namespace {

using Steady = std::chrono::steady_clock;

/// A greeting that takes longer is worth a word.
constexpr std::chrono::seconds kSlow{2};

/// One server, and ways to speak to it.
struct Partner {
  const Source& source;
  std::string name;
  UniqueFd first;  ///< a connection that nobody has spoken on: a server may count each of them
  std::function<Result<UniqueFd>()> connect;
  const Context& context;
  std::chrono::milliseconds silence;

  /// The source with another scheme.
  [[nodiscard]] std::string by(std::string_view scheme) const {
    return fmt::format("{}://{}/", scheme, host_and_port(source));
  }
};

using Line = std::unique_ptr<net::Stream>;

Result<UniqueFd> connection_to(Partner& partner) {
  if (partner.first.valid()) return std::move(partner.first);
  return partner.connect();
}

/// Null when nobody answers.
Line call(Partner& partner) {
  auto fd = connection_to(partner);
  return fd ? net::plain_stream(std::move(*fd)) : nullptr;
}

/// Null when nobody answers in TLS.
Line call_in_tls(Partner& partner) {
  net::TlsOptions anybody;
  anybody.verify = false;  // no secret is told
  anybody.least = net::TlsVersion::k10;
  const auto tls = net::TlsContext::create(anybody);
  auto fd = connection_to(partner);
  if (!tls || !fd) return nullptr;
  auto stream = (*tls)->client(std::move(*fd), partner.source.host, (*tls)->new_session_store(), false);
  if (!net::handshake(*stream, partner.context)) return nullptr;
  return stream;
}

/// What comes first.
struct Heard {
  std::string words;     ///< empty when nothing came
  bool hung_up = false;  ///< rather than silent
};

Heard listen_to(net::Stream& line, const Context& context, std::chrono::milliseconds patience) {
  std::array<std::byte, 512> bytes;
  const Context short_of_it{std::min(context.stall_limit, patience), context.deadline, context.cancellation};
  const auto count = net::read_some(line, bytes, short_of_it);
  if (!count) return {{}, count.error().kind == ErrorKind::kConnectionLost};
  return {std::string(reinterpret_cast<const char*>(bytes.data()), *count), *count == 0};
}

/// What a server that waits to be spoken to answers in HTTP.
std::string ask_in_http(const Line& line, const Context& context) {
  constexpr std::string_view kQuestion = "HEAD / HTTP/1.0\r\n\r\n";
  if (!line || !net::write_all(*line, std::as_bytes(std::span(kQuestion)), context)) return {};
  return listen_to(*line, context, context.stall_limit).words;
}

std::string first_line(const std::string& words) { return words.substr(0, words.find_first_of("\r\n")); }

/// The same for a reader; empty when it is none of text.
std::string readable(const std::string& words) {
  const std::string line = first_line(words);
  return printable(line, line.size() + 1) == line ? line : "";
}

/// Tells of a server that said `words`, which are not those of an FTP server. `how`: " in TLS", or nothing.
bool tell_stranger(const Partner& partner, const std::string& words, std::string_view how, Report& report) {
  const Stranger* const known = find_stranger(words, partner.source.port);
  const std::string_view what = known == nullptr ? "no FTP server" : known->what;
  const std::string line = readable(words);
  report.failed("greeting", fmt::format("{}{}{}{}", what, how, line.empty() ? "" : ": ", line));
  if (known != nullptr) {
    report.found(fmt::format("{} is {}", partner.name, known->what), std::string(known->remedy));
  } else {
    report.found(fmt::format("{} answers, but not as an FTP server", partner.name), "check the port");
  }
  return false;
}

bool is_ftp(const std::string& words, const Partner& partner) {
  return is_reply(words) && find_stranger(words, partner.source.port) == nullptr;
}

bool tell_ftp(const std::string& words, Seconds took, Report& report) {
  report.passed("greeting", first_line(words), took);
  if (took > kSlow) {
    report.found(fmt::format("the server takes {:.0f} s to greet: each new session waits as long", took.count()),
                 "it may look up the name of this computer; whoever runs it can turn that off");
  }
  return true;
}

/// False, as all that tell of a failure.
bool tell_silence(const Partner& partner, const Heard& heard, Seconds waited, Report& report) {
  if (heard.hung_up) {
    report.failed("greeting", "none: the connection is closed at once");
    report.found(fmt::format("{} takes connections and closes them at once", partner.name),
                 "check the port; the server, or a firewall, may turn this computer away: whoever runs it can tell");
  } else {
    report.failed("greeting", fmt::format("none within {:.0f} s", waited.count()));
    report.found(fmt::format("{} takes connections, and says nothing", partner.name),
                 "check the port; a firewall on the way may take connections for others");
  }
  return false;
}

/// A server that speaks TLS from the first byte, while SOURCE says otherwise. False: it does not.
bool tell_hidden_in_tls(Partner& partner, Report& report) {
  const Line line = call_in_tls(partner);
  if (!line) return false;
  std::string words = listen_to(*line, partner.context, partner.silence).words;
  if (words.empty()) words = ask_in_http(line, partner.context);
  if (is_ftp(words, partner)) {
    report.failed("greeting", "none: it speaks TLS from the first byte");
    report.found(fmt::format("an FTP server with implicit TLS: {}", first_line(words)),
                 fmt::format("write {} instead", partner.by("ftps")));
  } else if (!words.empty()) {
    tell_stranger(partner, words, " in TLS", report);
  } else {
    report.failed("greeting", "none: it speaks TLS from the first byte, and says nothing in it");
    report.found(fmt::format("{} begins with TLS, and is no FTP server", partner.name), "check the port");
  }
  return true;
}

/// The server is to speak first. False when no FTP server did.
bool hear_greeting(Partner& partner, Report& report) {
  const auto begin = Steady::now();
  const Line line = call(partner);
  Heard heard = line ? listen_to(*line, partner.context, partner.silence) : Heard{{}, true};
  if (heard.words.empty()) {
    if (tell_hidden_in_tls(partner, report)) return false;
    const std::string words = ask_in_http(call(partner), partner.context);
    if (find_stranger(words, partner.source.port) != nullptr) heard.words = words;
  }
  if (heard.words.empty() && !heard.hung_up) heard = listen_to(*line, partner.context, partner.context.stall_limit);
  const Seconds took = Steady::now() - begin;
  if (is_ftp(heard.words, partner)) return tell_ftp(heard.words, took, report);
  return heard.words.empty() ? tell_silence(partner, heard, took, report)
                             : tell_stranger(partner, heard.words, "", report);
}

/// TLS is to come first, and the greeting in it.
bool hear_greeting_in_tls(Partner& partner, Report& report) {
  const auto begin = Steady::now();
  if (const Line line = call_in_tls(partner)) {
    std::string words = listen_to(*line, partner.context, partner.silence).words;
    if (words.empty()) words = ask_in_http(line, partner.context);
    if (is_ftp(words, partner)) return tell_ftp(words, Steady::now() - begin, report);
    if (!words.empty()) return tell_stranger(partner, words, " in TLS", report);
    report.failed("greeting", fmt::format("none within {:.0f} s", Seconds(Steady::now() - begin).count()));
    report.found(fmt::format("{} speaks TLS, and says nothing in it", partner.name), "check the port");
    return false;
  }
  const Line line = call(partner);
  const Heard heard = line ? listen_to(*line, partner.context, partner.silence) : Heard{{}, true};
  if (heard.words.empty() && heard.hung_up) return tell_silence(partner, heard, Steady::now() - begin, report);
  if (!heard.words.empty() && !is_ftp(heard.words, partner)) return tell_stranger(partner, heard.words, "", report);
  report.failed("greeting", "it does not speak TLS from the first byte");
  if (heard.words.empty()) {
    report.found("what answers there speaks no TLS", "check the port; ftpes:// begins TLS by AUTH TLS, at port 21");
  } else {
    report.found(fmt::format("an FTP server without TLS at its beginning: {}", first_line(heard.words)),
                 fmt::format("write {} instead: TLS begins by AUTH TLS there", partner.by("ftpes")));
  }
  return false;
}

/// Of `step`, all of them; none when the name has none, which is told.
std::vector<net::Endpoint> look_up(const std::string& step, const std::string& host, std::uint16_t port, Report& report,
                                   const Context& context) {
  const auto begin = Steady::now();
  const auto endpoints = net::resolve(host, port, context);
  if (!endpoints) {
    report.failed(step, endpoints.error().message, "check the host's name and the network");
    return {};
  }
  std::vector<std::string> all;
  for (const net::Endpoint& endpoint : *endpoints) all.push_back(endpoint.host());
  report.passed(step, fmt::format("{}", fmt::join(all, ", ")), Steady::now() - begin);
  return *endpoints;
}

/// Why nobody is reached at an address, as far as it can be told.
std::string way_out(const Error& error, std::string_view port_advice) {
  switch (error.kind) {
    case ErrorKind::kConnectionRefused:
      return fmt::format("nothing listens at that port, or a firewall refuses: {}", port_advice);
    case ErrorKind::kTimeout:
      return fmt::format("the host is down, or a firewall is between: {}", port_advice);
    default:
      return error.remedy;
  }
}

struct Reached {
  const net::Endpoint* endpoint = nullptr;  ///< null: none answers, which was told with the advice
  UniqueFd fd;
};

/// Tries all addresses, in the order in which a mount does.
Reached reach(const std::vector<net::Endpoint>& endpoints, std::string_view port_advice, Report& report,
              const Context& context) {
  Reached reached;
  std::vector<std::string> in_vain;
  for (const net::Endpoint& endpoint : endpoints) {
    const auto asked = Steady::now();
    auto fd = net::connect_tcp(endpoint, context);
    const bool is_first = reached.endpoint == nullptr;
    if (fd) {
      report.passed("connect", endpoint.to_string(), Steady::now() - asked);
      if (is_first) reached = {&endpoint, *std::move(fd)};
    } else if (is_first && &endpoint == &endpoints.back()) {
      report.failed("connect", fd.error().message, way_out(fd.error(), port_advice));
    } else {
      report.passed("connect", fd.error().message, Steady::now() - asked);
      if (is_first) in_vain.push_back(endpoint.host());
    }
  }
  if (reached.endpoint != nullptr && !in_vain.empty()) {
    report.found(fmt::format("{} does not answer, and each new session tries it first", fmt::join(in_vain, ", ")),
                 "whoever runs the network, or the host's name in DNS, can mend that");
  }
  return reached;
}

/// Nothing when the server is not reached, which is told.
std::optional<Partner> reach_directly(const Source& source, Report& report, const Context& context,
                                      std::chrono::milliseconds silence) {
  const auto endpoints = look_up("address", source.host, source.port, report, context);
  if (endpoints.empty()) return std::nullopt;
  Reached reached = reach(endpoints, "check the port, 21 for ftpes://, 990 for ftps://", report, context);
  if (reached.endpoint == nullptr) return std::nullopt;
  const auto connect = [endpoint = *reached.endpoint, &context] { return net::connect_tcp(endpoint, context); };
  return Partner{source, reached.endpoint->to_string(), std::move(reached.fd), connect, context, silence};
}

/// The host may be known, and seen, from the proxy alone.
std::optional<Partner> reach_through(const net::ProxyOptions& proxy, const Source& source, Report& report,
                                     const Context& context, std::chrono::milliseconds silence) {
  const auto endpoints = look_up("proxy", proxy.host, proxy.port, report, context);
  if (endpoints.empty()) return std::nullopt;
  if (reach(endpoints, "check host and port of -o proxy=", report, context).endpoint == nullptr) return std::nullopt;
  const auto connect = [&source, &proxy, &context] {
    return net::connect_to_host(source.host, source.port, proxy, context);
  };
  const auto begin = Steady::now();
  auto fd = connect();
  if (!fd) {
    report.failed("connect", fd.error().message, fd.error().remedy);
    return std::nullopt;
  }
  report.passed("", fmt::format("{} through the proxy", host_and_port(source)), Steady::now() - begin);
  return Partner{source, host_and_port(source), *std::move(fd), connect, context, silence};
}

}  // namespace

bool make_contact(const Source& source, const std::optional<net::ProxyOptions>& proxy, Report& report,
                  const Context& context, std::chrono::milliseconds silence) {
  auto partner = proxy ? reach_through(*proxy, source, report, context, silence)
                       : reach_directly(source, report, context, silence);
  if (!partner) return false;
  return source.tls == ftp::TlsMode::kImplicit ? hear_greeting_in_tls(*partner, report)
                                               : hear_greeting(*partner, report);
}

}  // namespace ftpsfs::app
