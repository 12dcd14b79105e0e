// Who answers at an address.
#include "app/doctor/contact.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/doctor/strangers.h"
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
  const net::Endpoint& endpoint;
  const Context& context;
  std::chrono::milliseconds silence;

  [[nodiscard]] std::string name() const { return endpoint.to_string(); }
  /// The source with another scheme.
  [[nodiscard]] std::string by(std::string_view scheme) const {
    return fmt::format("{}://{}/", scheme, host_and_port(source));
  }
};

using Line = std::unique_ptr<net::Stream>;

/// Null when nobody answers.
Line call(const Partner& partner) {
  auto fd = net::connect_tcp(partner.endpoint, partner.context);
  return fd ? net::plain_stream(std::move(*fd)) : nullptr;
}

/// Null when nobody answers in TLS.
Line call_in_tls(const Partner& partner) {
  net::TlsOptions anybody;
  anybody.verify = false;  // no secret is told
  const auto tls = net::TlsContext::create(anybody);
  auto fd = net::connect_tcp(partner.endpoint, partner.context);
  if (!tls || !fd) return nullptr;
  auto stream = (*tls)->client(std::move(*fd), partner.source.host, (*tls)->new_session_store(), false);
  if (!net::handshake(*stream, partner.context)) return nullptr;
  return stream;
}

/// What comes first; empty when nothing does.
std::string listen_to(net::Stream& line, const Context& context, std::chrono::milliseconds patience) {
  std::array<std::byte, 512> bytes;
  const Context short_of_it{std::min(context.stall_limit, patience), context.deadline, context.cancellation};
  const auto count = net::read_some(line, bytes, short_of_it);
  return count ? std::string(reinterpret_cast<const char*>(bytes.data()), *count) : std::string();
}

/// What a server that waits to be spoken to answers in HTTP.
std::string ask_in_http(const Line& line, const Context& context) {
  constexpr std::string_view kQuestion = "HEAD / HTTP/1.0\r\n\r\n";
  if (!line || !net::write_all(*line, std::as_bytes(std::span(kQuestion)), context)) return {};
  return listen_to(*line, context, context.stall_limit);
}

std::string first_line(const std::string& words) { return words.substr(0, words.find_first_of("\r\n")); }

/// Tells of a server that said `words`, which are not those of an FTP server. `how`: " in TLS", or nothing.
bool tell_stranger(const Partner& partner, const std::string& words, std::string_view how, Report& report) {
  const Stranger* const known = find_stranger(words, partner.source.port);
  const std::string_view what = known == nullptr ? "no FTP server" : known->what;
  report.failed("greeting", fmt::format("{}{}: {}", what, how, first_line(words)));
  if (known != nullptr) {
    report.found(fmt::format("{} is {}", partner.name(), known->what), std::string(known->remedy));
  } else {
    report.found(fmt::format("{} answers, but not as an FTP server", partner.name()), "check the port");
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

/// A server that speaks TLS from the first byte, while SOURCE says otherwise. False: it does not.
bool tell_hidden_in_tls(const Partner& partner, Report& report) {
  const Line line = call_in_tls(partner);
  if (!line) return false;
  std::string words = listen_to(*line, partner.context, partner.silence);
  if (words.empty()) words = ask_in_http(line, partner.context);
  if (is_ftp(words, partner)) {
    report.failed("greeting", "none: it speaks TLS from the first byte");
    report.found(fmt::format("an FTP server with implicit TLS: {}", first_line(words)), partner.by("ftps"));
  } else if (!words.empty()) {
    tell_stranger(partner, words, " in TLS", report);
  } else {
    report.failed("greeting", "none: it speaks TLS from the first byte, and says nothing in it");
    report.found(fmt::format("{} begins with TLS, and is no FTP server", partner.name()), "check the port");
  }
  return true;
}

/// The server is to speak first. False when no FTP server did.
bool hear_greeting(const Partner& partner, Report& report) {
  const auto begin = Steady::now();
  const Line line = call(partner);
  std::string words = line ? listen_to(*line, partner.context, partner.silence) : std::string();
  if (words.empty()) {
    if (tell_hidden_in_tls(partner, report)) return false;
    words = ask_in_http(call(partner), partner.context);
    if (find_stranger(words, partner.source.port) == nullptr) words.clear();
  }
  if (words.empty() && line) words = listen_to(*line, partner.context, partner.context.stall_limit);
  if (is_ftp(words, partner)) return tell_ftp(words, Steady::now() - begin, report);
  if (!words.empty()) return tell_stranger(partner, words, "", report);
  report.failed("greeting", fmt::format("none within {:.0f} s", Seconds(Steady::now() - begin).count()));
  report.found(fmt::format("{} takes connections, and says nothing", partner.name()),
               "check the port; a firewall on the way may take connections for others");
  return false;
}

/// TLS is to come first, and the greeting in it.
bool hear_greeting_in_tls(const Partner& partner, Report& report) {
  const auto begin = Steady::now();
  if (const Line line = call_in_tls(partner)) {
    std::string words = listen_to(*line, partner.context, partner.silence);
    if (words.empty()) words = ask_in_http(line, partner.context);
    if (is_ftp(words, partner)) return tell_ftp(words, Steady::now() - begin, report);
    if (!words.empty()) return tell_stranger(partner, words, " in TLS", report);
    report.failed("greeting", fmt::format("none within {:.0f} s", Seconds(Steady::now() - begin).count()));
    report.found(fmt::format("{} speaks TLS, and says nothing in it", partner.name()), "check the port");
    return false;
  }
  const Line line = call(partner);
  const std::string words = line ? listen_to(*line, partner.context, partner.silence) : std::string();
  if (!words.empty() && !is_ftp(words, partner)) return tell_stranger(partner, words, "", report);
  report.failed("greeting", "it does not speak TLS from the first byte");
  if (words.empty()) {
    report.found("what answers there speaks no TLS", "check the port; ftpes:// begins TLS by AUTH TLS, at port 21");
  } else {
    report.found(fmt::format("an FTP server without TLS at its beginning: {}", first_line(words)),
                 fmt::format("{} begins TLS by AUTH TLS", partner.by("ftpes")));
  }
  return false;
}

/// Tries all addresses, in the order in which a mount does. Null when none answers.
const net::Endpoint* reach(const std::vector<net::Endpoint>& endpoints, Report& report, const Context& context) {
  const net::Endpoint* reached = nullptr;
  std::vector<std::string> in_vain;
  for (const net::Endpoint& endpoint : endpoints) {
    const auto asked = Steady::now();
    if (const auto fd = net::connect_tcp(endpoint, context)) {
      report.passed("connect", endpoint.to_string(), Steady::now() - asked);
      if (reached == nullptr) reached = &endpoint;
    } else if (reached == nullptr && &endpoint == &endpoints.back()) {
      report.failed("connect", fd.error().message);
    } else {
      report.passed("connect", fd.error().message, Steady::now() - asked);
      if (reached == nullptr) in_vain.push_back(endpoint.host());
    }
  }
  if (reached != nullptr && !in_vain.empty()) {
    report.found(fmt::format("{} does not answer, and each new session tries it first", fmt::join(in_vain, ", ")),
                 "whoever runs the network, or the host's name in DNS, can mend that");
  }
  return reached;
}

}  // namespace

bool make_contact(const Source& source, Report& report, const Context& context, std::chrono::milliseconds silence) {
  const auto begin = Steady::now();
  const auto endpoints = net::resolve(source.host, source.port, context);
  if (!endpoints) {
    report.failed("address", endpoints.error().message);
    report.found(fmt::format("the name '{}' is not known", source.host), "check the host's name and the network");
    return false;
  }
  std::vector<std::string> all;
  for (const net::Endpoint& endpoint : *endpoints) all.push_back(endpoint.host());
  report.passed("address", fmt::format("{}", fmt::join(all, ", ")), Steady::now() - begin);

  const net::Endpoint* const reached = reach(*endpoints, report, context);
  if (reached == nullptr) {
    report.found("nothing listens there, or a firewall is between", "check the port: 21 for ftpes://, 990 for ftps://");
    return false;
  }
  const Partner partner{source, *reached, context, silence};
  return source.tls == ftp::TlsMode::kImplicit ? hear_greeting_in_tls(partner, report) : hear_greeting(partner, report);
}

}  // namespace ftpsfs::app
