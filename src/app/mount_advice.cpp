// Errors of connecting into lines with a way out.
#include "app/mount_advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ftpsfs/base/printable.h"
#include "ftpsfs/ftp/ascii.h"

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

/// Whether the words of a refusal are about a connection in clear.
bool asks_for_tls(const Error& error, const Source& source) {
  const bool about_a_name =
      error.kind == ErrorKind::kResolve || error.kind == ErrorKind::kNotFound || error.kind == ErrorKind::kNotDirectory;
  if (source.tls != ftp::TlsMode::kOff || about_a_name) return false;
  constexpr std::array kWords{"tls", "ssl", "encrypt", "cleartext"};
  const std::string text = ftp::lower(error.message);
  return std::any_of(kWords.begin(), kWords.end(), [&](const char* word) { return text.find(word) != text.npos; });
}

std::string path_advice(const Error& error, const Source& source) {
  const std::string where =
      source.path.starts_with('/') ? "counted from the server's root" : "counted from the login directory";
  const std::string root = fmt::format("'{}' is {}; // or /%2F begins a path at the server's root", source.path, where);
  return error.kind == ErrorKind::kNotDirectory ? "only directories can be mounted; " + root : root;
}

std::string advice(const Error& error, const Source& source, const std::string& user) {
  if (asks_for_tls(error, source)) return "write ftpes:// (port 21) or ftps:// (port 990)";
  if (!error.remedy.empty()) return error.remedy;
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
      return path_advice(error, source);
    default:
      return "";
  }
}

/// Errors whose own message says what kind they are.
bool says_its_kind(ErrorKind kind) { return kind == ErrorKind::kConnectionRefused || kind == ErrorKind::kCertificate; }

}  // namespace

Explanation explain(const Error& error, const Source& source, const std::string& user) {
  constexpr std::size_t kLongest = 500;  // room for a certificate's owner, and for its fingerprint in the remedy
  const std::string words = printable(error.message, kLongest);
  const std::string remedy = printable(advice(error, source, user), kLongest);
  if (says_its_kind(error.kind)) return {words, remedy};
  const std::string_view kind = asks_for_tls(error, source) ? "the server wants TLS" : to_string(error.kind);
  return {fmt::format("{}: {}", kind, words), remedy};
}

std::string explain_failure(const Error& error, const Source& source, const std::string& user) {
  const Explanation why = explain(error, source, user);
  const std::string line = fmt::format("{}: {}", host_and_port(source), why.what);
  return why.remedy.empty() ? line : fmt::format("{} ({})", line, why.remedy);
}

}  // namespace ftpsfs::app
