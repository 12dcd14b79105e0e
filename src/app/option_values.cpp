// The values of options.
#include "app/option_values.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <optional>

#include "app/source_url.h"

namespace ftpsfs::app {
namespace {

tl::unexpected<Error> invalid(std::string message) { return fail(ErrorKind::kInvalid, std::move(message)); }

std::optional<std::uint64_t> unsigned_number(std::string_view text, int base = 10) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  const auto value = unsigned_number(text);
  if (!value || *value == 0 || *value > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  return static_cast<std::uint16_t>(*value);
}

struct Suffix {
  char letter;
  int shift;
};

constexpr std::array kSuffixes{Suffix{'K', 10}, Suffix{'M', 20}, Suffix{'G', 30}};

}  // namespace

std::string to_string(const NumberRange& range) {
  return fmt::format("{}..{}{}{}", range.least, range.most, range.unit.empty() ? "" : " ", range.unit);
}

Result<std::uint64_t> parse_number(std::string_view text, const NumberRange& range) {
  const auto value = unsigned_number(text);
  if (!value || *value < range.least || *value > range.most) {
    return invalid(fmt::format("must be a number in {}", to_string(range)));
  }
  return *value;
}

Result<std::size_t> parse_mebibytes(std::string_view text, const NumberRange& range) {
  const auto suffix = std::find_if(kSuffixes.begin(), kSuffixes.end(),
                                   [text](const Suffix& each) { return text.ends_with(each.letter); });
  const int shift = suffix == kSuffixes.end() ? 20 : suffix->shift;
  const std::string_view digits = suffix == kSuffixes.end() ? text : text.substr(0, text.size() - 1);
  const auto value = unsigned_number(digits);
  const bool fits = value && *value <= (std::numeric_limits<std::size_t>::max() >> shift);
  const std::uint64_t bytes = fits ? *value << shift : 0;
  if (!fits || bytes < range.least << 20 || bytes > range.most << 20) {
    return invalid(
        fmt::format("must be in {}, as a number of MiB or with one of the suffixes K, M, G", to_string(range)));
  }
  return bytes;
}

Result<mode_t> parse_mask(std::string_view text) {
  const auto value = unsigned_number(text, 8);
  if (!value || *value > 0777) return invalid("must be an octal number in 0..777");
  return static_cast<mode_t>(*value);
}

Result<bool> parse_yes_no(std::string_view text) {
  if (text == "yes") return true;
  if (text == "no") return false;
  return invalid("must be yes or no");
}

Result<bool> parse_on_off(std::string_view text) {
  if (text == "on") return true;
  if (text == "off") return false;
  return invalid("must be on or off");
}

Result<bool> parse_write_back(std::string_view text) {
  if (text == "back") return true;
  if (text == "sync") return false;
  return invalid("must be sync or back");
}

Result<bool> parse_append_rewrites(std::string_view text) {
  if (text == "rewrite") return true;
  if (text == "tail") return false;
  return invalid("must be tail or rewrite");
}

Result<bool> parse_stale_when_offline(std::string_view text) {
  if (text == "stale") return true;
  if (text == "error") return false;
  return invalid("must be error or stale");
}

Result<log::Watched> parse_debug(std::string_view text) {
  if (text.empty()) return log::Watched::all();
  log::Watched watched;
  while (!text.empty()) {
    const auto topic = log::topic_of(text.substr(0, text.find(':')));
    if (!topic) return invalid("must be ftp, tls, cache or fuse, or several of them with colons between");
    watched.add(*topic);
    text.remove_prefix(std::min(text.find(':'), text.size() - 1) + 1);
  }
  return watched;
}

Result<vfs::CommitMode> parse_commit_mode(std::string_view text) {
  if (text == "auto") return vfs::CommitMode::kAuto;
  if (text == "rename") return vfs::CommitMode::kRename;
  if (text == "inplace") return vfs::CommitMode::kInPlace;
  return invalid("must be auto, rename or inplace");
}

Result<vfs::VerifyUpload> parse_verify_upload(std::string_view text) {
  if (text == "none") return vfs::VerifyUpload::kNone;
  if (text == "size") return vfs::VerifyUpload::kSize;
  if (text == "checksum") return vfs::VerifyUpload::kChecksum;
  return invalid("must be none, size or checksum");
}

Result<ftp::TlsMode> parse_tls_mode(std::string_view text) {
  if (text == "explicit") return ftp::TlsMode::kExplicit;
  if (text == "implicit") return ftp::TlsMode::kImplicit;
  if (text == "off") return ftp::TlsMode::kOff;
  return invalid("must be explicit, implicit or off");
}

Result<net::TlsVersion> parse_tls_version(std::string_view text) {
  if (text == "1.0") return net::TlsVersion::k10;
  if (text == "1.1") return net::TlsVersion::k11;
  if (text == "1.2") return net::TlsVersion::k12;
  if (text == "1.3") return net::TlsVersion::k13;
  return invalid("must be 1.0, 1.1, 1.2 or 1.3");
}

Result<bool> parse_pasv_address(std::string_view text) {
  if (text == "server") return true;
  if (text == "control") return false;
  return invalid("must be control or server");
}

Result<std::string> parse_address(std::string_view text) {
  const std::string address(text);
  if (!address.empty() && !net::Endpoint::numeric(address, 0)) {
    return invalid("must be a numeric IPv4 or IPv6 address, without brackets");
  }
  return address;
}

Result<net::PortRange> parse_ports(std::string_view text) {
  const std::size_t dash = std::min(text.find('-'), text.size());
  const auto first = port_number(text.substr(0, dash));
  const auto last = dash == text.size() ? first : port_number(text.substr(dash + 1));
  if (!first || !last || *first > *last) return invalid("must be two ports in 1..65535, as in 40000-40099");
  return net::PortRange{*first, *last};
}

Result<net::ProxyOptions> parse_proxy(std::string_view text) {
  constexpr std::string_view kForms = "must be socks5://[user@]host[:port] or http://[user@]host[:port]";
  net::ProxyOptions proxy;
  const std::size_t end = text.find("://");
  const std::string_view scheme = text.substr(0, end);
  if (end == text.npos || (scheme != "socks5" && scheme != "http")) return invalid(std::string(kForms));
  if (scheme == "http") {
    proxy.kind = net::ProxyOptions::Kind::kHttp;
    proxy.port = 3128;
  }
  std::string_view rest = text.substr(end + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (const std::size_t at = rest.rfind('@'); at != rest.npos) {
    proxy.user = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    if (proxy.user.find(':') != proxy.user.npos) {
      return invalid(
          "a password is refused, every user could see it in the process list; the file of -o credentials= "
          "takes a line proxy_password=SECRET");
    }
  }
  const auto server = parse_host_and_port(rest, proxy.port);
  if (!server) return invalid(std::string(kForms));
  proxy.host = server->host;
  proxy.port = server->port;
  return proxy;
}

Result<std::string> parse_fingerprint(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  const bool has_prefix = text.starts_with(kPrefix);
  std::string digits(has_prefix ? text.substr(kPrefix.size()) : "");
  std::erase(digits, ':');
  const auto is_hex = [](unsigned char c) { return std::isxdigit(c) != 0; };
  if (digits.size() != 64 || !std::all_of(digits.begin(), digits.end(), is_hex)) {
    return invalid("must be sha256: and the 64 hexadecimal digits of the certificate's SHA-256 fingerprint");
  }
  std::transform(digits.begin(), digits.end(), digits.begin(), [](unsigned char c) { return std::tolower(c); });
  return digits;
}

Result<uid_t> parse_user(std::string_view text) {
  // The highest number means "no change" to chown(2) and owns nothing.
  if (const auto number = unsigned_number(text); number && *number < std::numeric_limits<uid_t>::max()) {
    return static_cast<uid_t>(*number);
  }
  const passwd* entry = ::getpwnam(std::string(text).c_str());
  if (entry == nullptr) return invalid("no such user on this system");
  return entry->pw_uid;
}

Result<gid_t> parse_group(std::string_view text) {
  if (const auto number = unsigned_number(text); number && *number < std::numeric_limits<gid_t>::max()) {
    return static_cast<gid_t>(*number);
  }
  const group* entry = ::getgrnam(std::string(text).c_str());
  if (entry == nullptr) return invalid("no such group on this system");
  return entry->gr_gid;
}

Result<std::string> absolute_path(std::string_view text) {
  if (text.starts_with("~/")) {
    const char* home = std::getenv("HOME");
    if (home == nullptr || home[0] != '/') return invalid("'~' means nothing without HOME; give the whole path");
    return std::string(home) + std::string(text.substr(1));
  }
  std::error_code error;
  const auto path = std::filesystem::absolute(text, error);
  if (error) return invalid(fmt::format("cannot be made absolute: {}", error.message()));
  return path.lexically_normal().string();
}

}  // namespace ftpsfs::app
