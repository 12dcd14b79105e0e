// Source: reading URLs and host:path pairs.
#include "app/source_url.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace ftpsfs::app {
namespace {

using ftp::TlsMode;

struct Scheme {
  std::string_view name;
  TlsMode tls;
};

constexpr std::array kSchemes{Scheme{"ftpes", TlsMode::kExplicit}, Scheme{"ftps", TlsMode::kImplicit},
                              Scheme{"ftp", TlsMode::kOff}};

constexpr std::string_view kForms = "SOURCE is ftpes://[user@]host[:port][/path] or [user@]host:[path]";

std::uint16_t default_port(TlsMode tls) { return tls == TlsMode::kImplicit ? 990 : 21; }

const Scheme& scheme_of(TlsMode tls) {
  return *std::find_if(kSchemes.begin(), kSchemes.end(), [tls](const Scheme& each) { return each.tls == tls; });
}

tl::unexpected<Error> invalid(std::string message) { return fail(ErrorKind::kInvalid, std::move(message)); }

tl::unexpected<Error> password_refused() {
  return invalid(
      "a password in SOURCE is refused, every user could see it in the process list; use -o credentials=FILE, "
      "~/.netrc, -o password_command=CMD or FTPSFS_PASSWORD");
}

bool has_line_break(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c == '\0' || c == '\r' || c == '\n'; });
}

Result<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned char byte = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (error != std::errc{} || end != digits.data() + 2) {
      return invalid("SOURCE has a '%' that two hexadecimal digits do not follow; write a literal '%' as %25");
    }
    decoded += static_cast<char>(byte);
    i += 2;
  }
  return decoded;
}

Result<std::string> checked_user(std::string user) {
  if (user.empty()) return invalid("SOURCE has an empty user name before '@'");
  if (has_line_break(user)) return invalid("the user name in SOURCE has a line break or a NUL");
  return user;
}

/// Drops empty components and ".", which mean nothing; ".." could lead above what the user meant to mount.
Result<std::string> normalised_path(std::string_view path) {
  if (has_line_break(path)) return invalid("the path in SOURCE has a line break or a NUL");
  std::string result;
  std::size_t begin = 0;
  while (begin < path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view component = path.substr(begin, end - begin);
    begin = end + 1;
    if (component == "..") return invalid("the path in SOURCE has a '..' component; name the directory itself");
    if (component.empty() || component == ".") continue;
    if (!result.empty()) result += '/';
    result += component;
  }
  return path.starts_with('/') ? "/" + result : result;
}

bool is_ipv6(const std::string& address) {
  in6_addr ignored{};
  return inet_pton(AF_INET6, address.substr(0, address.find('%')).c_str(), &ignored) == 1;
}

/// `host` as it stood in SOURCE, brackets removed. An IPv6 zone may be written as RFC 6874 has it ("%25eth0").
Result<std::string> checked_host(std::string_view host) {
  if (host.empty()) return invalid(fmt::format("SOURCE names no host; {}", kForms));
  if (host.starts_with('[')) {
    std::string address(host.substr(1));
    if (const auto zone = address.find("%25"); zone != address.npos) address.erase(zone + 1, 2);
    const bool closed = address.ends_with(']');
    if (closed) address.pop_back();
    if (!closed || !is_ipv6(address)) return invalid("SOURCE has brackets around what is not an IPv6 address");
    return address;
  }
  const auto is_out_of_place = [](unsigned char c) {
    return c <= ' ' || c == 0x7f || std::string_view("/\\?#%[]@").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (std::any_of(host.begin(), host.end(), is_out_of_place)) {
    return invalid(fmt::format("SOURCE has a character in its host name that none has; {}", kForms));
  }
  return std::string(host);
}

/// Where the host, in brackets or not, ends in `text`, which begins with it.
std::size_t host_end(std::string_view text) {
  if (!text.starts_with('[')) return std::min(text.find(':'), text.size());
  const std::size_t bracket = text.find(']');
  return bracket == text.npos ? text.size() : bracket + 1;
}

Status check_agreement(const Scheme& scheme, std::optional<TlsMode> wish) {
  if (scheme.tls == TlsMode::kOff && !wish) {
    return invalid("ftp:// would send the password and all data in the clear; use ftpes://, or insist with -o tls=off");
  }
  if (wish && *wish != scheme.tls) {
    return invalid(fmt::format("-o tls= contradicts {}://; the scheme that agrees with it is {}://", scheme.name,
                               scheme_of(*wish).name));
  }
  return {};
}

Result<Source> parse_url(std::string_view scheme_name, std::string_view rest, std::optional<TlsMode> wish) {
  const auto scheme = std::find_if(kSchemes.begin(), kSchemes.end(),
                                   [scheme_name](const Scheme& each) { return each.name == scheme_name; });
  if (scheme == kSchemes.end()) return invalid("SOURCE has a scheme other than ftpes://, ftps:// and ftp://");

  const std::string_view authority = rest.substr(0, rest.find('/'));
  Source source{.tls = scheme->tls, .host = {}, .port = default_port(scheme->tls), .user = {}, .path = {}};
  const std::size_t at = authority.rfind('@');
  if (at != authority.npos) {
    const std::string_view user = authority.substr(0, at);
    if (user.find(':') != user.npos) return password_refused();
    FTPSFS_TRY_ASSIGN(std::string decoded, percent_decoded(user));
    FTPSFS_TRY_ASSIGN(source.user, checked_user(std::move(decoded)));
  }
  FTPSFS_TRY(check_agreement(*scheme, wish));
  FTPSFS_TRY_ASSIGN(const HostAndPort server,
                    parse_host_and_port(at == authority.npos ? authority : authority.substr(at + 1), source.port));
  source.host = server.host;
  source.port = server.port;

  const bool has_path = authority.size() < rest.size();
  FTPSFS_TRY_ASSIGN(const std::string path, percent_decoded(has_path ? rest.substr(authority.size() + 1) : ""));
  FTPSFS_TRY_ASSIGN(source.path, normalised_path(path));
  return source;
}

/// True for what follows the first colon of `user:secret@host:path`, which else would pass for a path.
bool looks_like_password(std::string_view after_colon) {
  const std::string_view first = after_colon.substr(0, after_colon.find('/'));
  const std::size_t at = first.find('@');
  return at != first.npos && first.find(':', at) != first.npos;
}

Result<Source> parse_host_path(std::string_view text, std::optional<TlsMode> wish) {
  const std::size_t slash = text.find('/');
  std::size_t colon = text.find(':');
  const std::size_t bracket = text.find('[');
  if (bracket < colon) colon = text.find(':', std::min(text.find(']', bracket), text.size()));
  if (colon == text.npos || slash < colon) return invalid(std::string(kForms));
  const std::string_view login = text.substr(0, colon);
  const std::string_view path = text.substr(colon + 1);
  if (looks_like_password(path)) return password_refused();

  const TlsMode tls = wish.value_or(TlsMode::kExplicit);
  Source source{.tls = tls, .host = {}, .port = default_port(tls), .user = {}, .path = {}};
  const std::size_t at = login.rfind('@');
  if (at != login.npos) {
    FTPSFS_TRY_ASSIGN(source.user, checked_user(std::string(login.substr(0, at))));
  }
  FTPSFS_TRY_ASSIGN(source.host, checked_host(at == login.npos ? login : login.substr(at + 1)));
  FTPSFS_TRY_ASSIGN(source.path, normalised_path(path));
  return source;
}

}  // namespace

Result<HostAndPort> parse_host_and_port(std::string_view text, std::uint16_t default_port) {
  HostAndPort server{.host = {}, .port = default_port};
  const std::size_t end = host_end(text);
  FTPSFS_TRY_ASSIGN(server.host, checked_host(text.substr(0, end)));
  if (end == text.size()) return server;
  const std::string_view port = text.substr(end + 1);
  const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), server.port);
  if (text[end] != ':' || error != std::errc{} || stop != port.data() + port.size() || server.port == 0) {
    return invalid("the port in SOURCE must be 1..65535; an IPv6 address stands in brackets");
  }
  return server;
}

Result<Source> parse_source(std::string_view text, std::optional<ftp::TlsMode> tls) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == text.npos || text.find_first_of("/@:") < scheme_end) return parse_host_path(text, tls);
  return parse_url(text.substr(0, scheme_end), text.substr(scheme_end + 3), tls);
}

std::string host_and_port(const Source& source) {
  const bool is_ipv6 = source.host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", source.host, source.port) : fmt::format("{}:{}", source.host, source.port);
}

}  // namespace ftpsfs::app
