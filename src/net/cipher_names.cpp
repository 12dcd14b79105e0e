// The ciphers that a user names.
#include "net/cipher_names.h"

#include <openssl/err.h>

#include <string_view>

namespace ftpsfs::net {
namespace {

struct Names {
  std::string tls13;
  std::string older;
};

Names sort_names(std::string_view names) {
  Names sorted;
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find(':'));
    std::string& kind = name.starts_with("TLS_") ? sorted.tls13 : sorted.older;
    if (!name.empty()) kind.append(kind.empty() ? "" : ":").append(name);
    names.remove_prefix(std::min(names.size(), name.size() + 1));
  }
  return sorted;
}

tl::unexpected<Error> unknown(const std::string& names) {
  ERR_clear_error();
  return fail(ErrorKind::kInvalid, "OpenSSL knows no such ciphers: " + names + "; openssl ciphers -v lists all");
}

}  // namespace

Status use_ciphers(SSL_CTX* context, const std::string& names) {
  // OpenSSL would take it for a command to lower its demands.
  if (names.find('@') != names.npos) return fail(ErrorKind::kInvalid, "ciphers: '@' has no meaning here");
  const Names sorted = sort_names(names);
  if (!sorted.tls13.empty() && SSL_CTX_set_ciphersuites(context, sorted.tls13.c_str()) != 1) {
    return unknown(sorted.tls13);
  }
  if (!sorted.older.empty() && SSL_CTX_set_cipher_list(context, sorted.older.c_str()) != 1) {
    return unknown(sorted.older);
  }
  return {};
}

}  // namespace ftpsfs::net
