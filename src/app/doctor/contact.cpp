// Who answers at an address: an FTP server, or something else.
#include "app/doctor/contact.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "ftpsfs/net/tcp.h"
#include "ftpsfs/net/tls.h"

namespace ftpsfs::app {
namespace {

using Steady = std::chrono::steady_clock;

/// How long a server may take to say its first words.
constexpr std::chrono::seconds kPatience{5};

Context patience(const Context& context) {
  return Context{kPatience, Deadline::after(kPatience), context.cancellation};
}

/// The first words after `question`, which may be empty; empty when nothing comes.
std::string first_words(const net::Endpoint& endpoint, std::string_view question, const Context& context) {
  auto fd = net::connect_tcp(endpoint, context);
  if (!fd) return {};
  const auto stream = net::plain_stream(std::move(*fd));
  if (!question.empty() && !net::write_all(*stream, std::as_bytes(std::span(question)), context)) return {};
  std::array<std::byte, 512> bytes;
  const auto count = net::read_some(*stream, bytes, patience(context));
  return count ? std::string(reinterpret_cast<const char*>(bytes.data()), *count) : std::string();
}

bool speaks_tls(const net::Endpoint& endpoint, const std::string& host, const Context& context) {
  net::TlsOptions anybody;
  anybody.verify = false;  // nothing is said but hello
  const auto tls = net::TlsContext::create(anybody);
  auto fd = net::connect_tcp(endpoint, context);
  if (!tls || !fd) return false;
  const auto stream = (*tls)->client(std::move(*fd), host, (*tls)->new_session_store(), false);
  return net::handshake(*stream, patience(context)).has_value();
}

std::string first_line(const std::string& words) { return words.substr(0, words.find_first_of("\r\n")); }

/// Of an FTP server: three digits, then a blank or a hyphen (RFC 959 section 4.2).
bool is_reply(const std::string& words) {
  return words.size() > 3 &&
         std::all_of(words.begin(), words.begin() + 3, [](char c) { return c >= '0' && c <= '9'; }) &&
         (words[3] == ' ' || words[3] == '-');
}

/// The server is to speak first. False when no FTP server did.
bool hear_greeting(const Source& source, const net::Endpoint& endpoint, Report& report, const Context& context) {
  const std::string words = first_words(endpoint, {}, context);
  if (is_reply(words)) return true;
  const std::string where = endpoint.to_string();
  if (words.starts_with("SSH-")) {
    report.failed("greeting", fmt::format("an SSH server: {}", first_line(words)));
    report.found(fmt::format("{} is an SSH server", where),
                 "sshfs mounts it, if it offers SFTP; FTP is mostly at port 21");
  } else if (!words.empty()) {
    report.failed("greeting", fmt::format("no FTP server: {}", first_line(words)));
    report.found(fmt::format("{} answers, but not as an FTP server", where), "check the port");
  } else if (speaks_tls(endpoint, source.host, context)) {
    report.failed("greeting", "none: it speaks TLS from the first byte");
    report.found(fmt::format("{} begins with TLS", where),
                 fmt::format("if it is an FTP server: ftps://{}:{}/", source.host, source.port));
  } else if (first_words(endpoint, "HEAD / HTTP/1.0\r\n\r\n", context).starts_with("HTTP/")) {
    report.failed("greeting", "none: it is a web server");
    report.found(fmt::format("{} is a web server", where), "FTP is mostly at port 21, or 990 with ftps://");
  } else {
    report.failed("greeting", fmt::format("none within {} s", kPatience.count()));
    report.found(fmt::format("{} takes connections, and says nothing", where), "check the port, and what is between");
  }
  return false;
}

/// TLS is to come first, and the greeting within it.
bool hear_tls(const Source& source, const net::Endpoint& endpoint, Report& report, const Context& context) {
  if (speaks_tls(endpoint, source.host, context)) return true;
  const std::string words = first_words(endpoint, {}, context);
  report.failed("greeting", "it does not speak TLS from the first byte");
  if (is_reply(words)) {
    report.found(fmt::format("an FTP server without TLS at its beginning: {}", first_line(words)),
                 fmt::format("ftpes://{}:{}/ begins TLS by AUTH TLS", source.host, source.port));
  } else {
    report.found("what answers there speaks no TLS", "check the port; ftpes:// begins TLS by AUTH TLS, at port 21");
  }
  return false;
}

}  // namespace

bool make_contact(const Source& source, Report& report, const Context& context) {
  const auto begin = Steady::now();
  const auto endpoints = net::resolve(source.host, source.port, context);
  if (!endpoints) {
    report.failed("address", endpoints.error().message);
    report.found(fmt::format("the name '{}' is not known", source.host), "check the host's name and the network");
    return false;
  }
  std::vector<std::string> all;
  for (const net::Endpoint& endpoint : *endpoints) all.push_back(endpoint.to_string());
  report.passed("address", fmt::format("{}", fmt::join(all, ", ")), Steady::now() - begin);

  const net::Endpoint* reached = nullptr;
  for (const net::Endpoint& endpoint : *endpoints) {
    const auto asked = Steady::now();
    const auto fd = net::connect_tcp(endpoint, context);
    if (fd) {
      report.passed("connect", endpoint.to_string(), Steady::now() - asked);
      if (reached == nullptr) reached = &endpoint;
    } else if (endpoints->size() == 1) {
      report.failed("connect", fd.error().message);
    } else {
      report.found(fmt::format("{} does not answer: {}", endpoint.to_string(), fd.error().message));
    }
  }
  if (reached == nullptr) {
    if (endpoints->size() > 1) report.failed("connect", "none of the addresses answers");
    report.found("nothing listens there, or a firewall is between", "check the port: 21 for ftpes://, 990 for ftps://");
    return false;
  }
  return source.tls == ftp::TlsMode::kImplicit ? hear_tls(source, *reached, report, context)
                                               : hear_greeting(source, *reached, report, context);
}

}  // namespace ftpsfs::app
