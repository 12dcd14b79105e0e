// Certificate checks: is the server's certificate trusted, and if not, in which words is that told?
#include "net/certificate_check.h"

#include <arpa/inet.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "net/certificate_info.h"

namespace ftpsfs::net {

namespace {

bool is_numeric_address(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 || ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

/// A CA file helps only when the chain does not end in a trusted certificate.
bool ca_file_would_help(int error) {
  switch (error) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return true;
    default:
      return false;
  }
}

/// What was refused, and why.
std::string refusal(const X509* certificate, const std::string& host, const std::string& reason) {
  return "the certificate of " + host + " is not trusted: " + reason + "; subject " +
         text_of(X509_get_subject_name(certificate));
}

std::string fingerprint_text(const X509* certificate) { return "sha256:" + fingerprint_of(certificate); }

/// What would trust it, and with that the fingerprint, which tells whether it is the right one.
std::string remedy(const X509* certificate, bool suggest_ca) {
  return std::string("; if it is the right one, use ") + (suggest_ca ? "-o ca=FILE or " : "") +
         "-o pin=" + fingerprint_text(certificate);
}

/// Others can compute the private key from it (NIST SP 800-131A: below 112 bits of security, RSA of 2048).
bool has_weak_key(const X509* certificate) {
  constexpr int kLeastSecurityBits = 112;
  const EVP_PKEY* const key = X509_get0_pubkey(certificate);
  return key != nullptr && EVP_PKEY_get_security_bits(key) < kLeastSecurityBits;
}

}  // namespace

bool expect_host(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* const expected = SSL_get0_param(ssl);
  const std::string without_scope = host.substr(0, host.find('%'));
  if (is_numeric_address(without_scope)) return X509_VERIFY_PARAM_set1_ip_asc(expected, without_scope.c_str()) == 1;

  std::string name = host;
  if (name.ends_with('.')) name.pop_back();
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return !name.empty() && X509_VERIFY_PARAM_set1_host(expected, name.c_str(), name.size()) == 1 &&
         SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
}

std::optional<std::string> refusal_of(X509_STORE_CTX* chain, const TlsOptions& options, const std::string& host) {
  const X509* const certificate = X509_STORE_CTX_get0_cert(chain);
  const bool judged = options.verify || !options.pins.empty();
  if (judged && options.least >= TlsVersion::k12 && has_weak_key(certificate)) {
    return refusal(certificate, host, "its key is too weak (" + key_of(certificate) + ")") + "; fingerprint " +
           fingerprint_text(certificate) + "; the server needs another one; -o tls_min=1.1 takes what was usual then";
  }
  if (!options.pins.empty()) {
    if (std::ranges::find(options.pins, fingerprint_of(certificate)) != options.pins.end()) return std::nullopt;
    return refusal(certificate, host, "it matches none of the pins given with -o pin=") + remedy(certificate, false);
  }
  if (!options.verify || X509_verify_cert(chain) == 1) return std::nullopt;
  const int error = X509_STORE_CTX_get_error(chain);
  return refusal(certificate, host, X509_verify_cert_error_string(error)) +
         remedy(certificate, ca_file_would_help(error));
}

}  // namespace ftpsfs::net
