// Errors of connecting into lines with a way out.
#include "app/mount_advice.h"

#include <fmt/format.h>

#include "ftpsfs/base/printable.h"

namespace ftpsfs::app {
namespace {

/// How else the server may be reached, when nothing sensible answers the way it was tried.
std::string other_schemes(const Source& source) {
  switch (source.tls) {
    case ftp::TlsMode::kExplicit:
      return "if the server speaks TLS from the first byte, write ftps:// (port 990) instead of ftpes:// (port 21)";
    case ftp::TlsMode::kImplicit:
      return "if the server begins TLS by AUTH TLS, write ftpes:// (port 21) instead of ftps:// (port 990)";
    case ftp::TlsMode::kOff:
      return "if the server wants TLS, write ftpes:// (port 21) or ftps:// (port 990)";
  }
  return "";
}

/// Whether nothing at all was heard from a server: what answers later on is one, and on the right port.
bool is_first_contact(const Error& error) {
  return error.message.find("greeting") != std::string::npos ||
         error.message.find("connecting to") != std::string::npos;
}

std::string advice(const Error& error, const Source& source, const std::string& user) {
  switch (error.kind) {
    case ErrorKind::kResolve:
      return "check the host's name and the network";
    case ErrorKind::kConnectionRefused:
      return fmt::format("nothing listens there; {}", other_schemes(source));
    case ErrorKind::kTimeout:
    case ErrorKind::kConnectionLost:
    case ErrorKind::kProtocol:
      if (!is_first_contact(error))
        return "the server broke off in the middle of the conversation; -d shows how far it came";
      return fmt::format("check the port; {}", other_schemes(source));
    case ErrorKind::kTls:
      return fmt::format("{}; a server without TLS: ftp:// with -o tls=off", other_schemes(source));
    case ErrorKind::kLogin:
      return fmt::format("login name was '{}'; check it (-o username=) and the password", user);
    case ErrorKind::kTooManySessions:
      return "the server has no room for one more session; close others, or try again later";
    case ErrorKind::kNotFound:
    case ErrorKind::kNotDirectory:
      return fmt::format(
          "'{}' is {}; // or /%2F begins a path at the server's root", source.path,
          source.path.starts_with('/') ? "counted from the server's root" : "counted from the login directory");
    default:
      return "";
  }
}

/// Errors whose own message says what kind they are.
bool says_its_kind(ErrorKind kind) { return kind == ErrorKind::kConnectionRefused || kind == ErrorKind::kCertificate; }

}  // namespace

std::string explain_failure(const Error& error, const Source& source, const std::string& user) {
  constexpr std::size_t kLongest = 500;  // room for a certificate's owner and its fingerprint
  const std::string words = printable(error.message, kLongest);
  std::string line = says_its_kind(error.kind)
                         ? fmt::format("{}: {}", host_and_port(source), words)
                         : fmt::format("{}: {}: {}", host_and_port(source), to_string(error.kind), words);
  if (const std::string way_out = advice(error, source, user); !way_out.empty()) line += " (" + way_out + ")";
  return line;
}

}  // namespace ftpsfs::app
