// The ciphers that a user names.
#include "net/cipher_names.h"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace ftpsfs::net {
namespace {

struct Names {
  std::vector<std::string> tls13;
  std::vector<std::string> older;
};

Names sort_names(std::string_view names) {
  Names sorted;
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find(':'));
    if (!name.empty()) (name.starts_with("TLS_") ? sorted.tls13 : sorted.older).emplace_back(name);
    names.remove_prefix(std::min(names.size(), name.size() + 1));
  }
  return sorted;
}

tl::unexpected<Error> unknown(const std::string& names) {
  ERR_clear_error();
  return fail(ErrorKind::kInvalid, "OpenSSL knows no such cipher: " + names + "; openssl ciphers -v lists all");
}

/// In a list OpenSSL passes over what it does not know, so each is tried alone before; but for what is taken out or
/// moved.
Status use(int (*set)(SSL_CTX*, const char*), SSL_CTX* context, const std::vector<std::string>& names) {
  if (names.empty()) return {};
  for (const std::string& name : names) {
    const bool is_operation = std::string_view("!-+").find(name.front()) != std::string_view::npos;
    if (!is_operation && set(context, name.c_str()) != 1) return unknown(name);
  }
  const std::string all = fmt::format("{}", fmt::join(names, ":"));
  return set(context, all.c_str()) == 1 ? Status() : unknown(all);
}

}  // namespace

Status use_ciphers(SSL_CTX* context, const std::string& names) {
  // OpenSSL would take it for a command to lower its demands.
  if (names.find('@') != names.npos) return fail(ErrorKind::kInvalid, "ciphers: '@' has no meaning here");
  const Names sorted = sort_names(names);
  FTPSFS_TRY(use(SSL_CTX_set_ciphersuites, context, sorted.tls13));
  return use(SSL_CTX_set_cipher_list, context, sorted.older);
}

}  // namespace ftpsfs::net
