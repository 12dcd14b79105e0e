// Certificate checks: is the server's certificate trusted, and if not, in which words is that told?
#include "net/certificate_check.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "net/certificate_info.h"

namespace ftpsfs::net {

namespace {

bool is_numeric_address(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 || ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

/// Our words for a certificate that does not pass, and what helps besides a pin.
struct Verdict {
  std::string reason;
  std::string remedy = {};
};

/// Of all the hosts of a certificate, as many as a line has room for.
std::string hosts_of(X509* certificate) {
  constexpr std::size_t kMost = 4;
  const std::vector<std::string> all = describe(certificate).names;
  const std::size_t shown = std::min(all.size(), kMost);
  const std::string list = fmt::format("{}", fmt::join(all.begin(), all.begin() + static_cast<long>(shown), ", "));
  return all.size() > shown ? fmt::format("{} and {} more", list, all.size() - shown) : list;
}

Verdict wrong_host(X509* certificate, const std::string& host) {
  const std::string hosts = hosts_of(certificate);
  if (hosts.empty()) return {fmt::format("it names no host, and so not {}", host)};
  return {fmt::format("it is for {}, not for {}", hosts, host), "write the host as it is named there"};
}

/// `at`: the certificate of the chain that was refused, which `own` is or is signed by.
std::string who_of(const X509* at, const X509* own) {
  return X509_cmp(at, own) == 0 ? "it"
                                : fmt::format("the one it is signed by ({})", text_of(X509_get_subject_name(at)));
}

Verdict verdict_on(X509_STORE_CTX* chain, const std::string& host) {
  constexpr std::string_view kTrust = "give the certificate to trust by -o ca=FILE";
  X509* const own = X509_STORE_CTX_get0_cert(chain);
  X509* const current = X509_STORE_CTX_get_current_cert(chain);
  X509* const at = current == nullptr ? own : current;
  const int error = X509_STORE_CTX_get_error(chain);
  switch (error) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return {"it is self-signed", std::string(kTrust)};
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return {fmt::format("it is signed by {}, which this computer does not know", text_of(X509_get_issuer_name(at))),
              std::string(kTrust)};
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return {fmt::format("{} ended on {}", who_of(at, own), time_text(X509_get0_notAfter(at))),
              "whoever runs the server has to renew it"};
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return {fmt::format("{} begins on {}", who_of(at, own), time_text(X509_get0_notBefore(at))),
              "check the clock of this computer"};
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return wrong_host(own, host);
    default:
      return {X509_verify_cert_error_string(error)};
  }
}

Error refusal(const X509* certificate, const std::string& host, const std::string& reason, std::string remedy) {
  Error error{ErrorKind::kCertificate, fmt::format("the certificate of {} ({}) is not trusted: {}", host,
                                                   text_of(X509_get_subject_name(certificate)), reason)};
  error.remedy = std::move(remedy);
  return error;
}

/// The way that helps whatever was wrong, and is as safe as who says that it is the right one.
std::string by_pin(const X509* certificate, const std::string& otherwise) {
  return fmt::format("{}{}if it is the right one, -o pin=sha256:{} trusts it", otherwise, otherwise.empty() ? "" : "; ",
                     fingerprint_of(certificate));
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

std::optional<Error> refusal_of(X509_STORE_CTX* chain, const TlsOptions& options, const std::string& host) {
  const X509* const certificate = X509_STORE_CTX_get0_cert(chain);
  const bool judged = options.verify || !options.pins.empty();
  if (judged && options.least >= TlsVersion::k12 && has_weak_key(certificate)) {
    return refusal(certificate, host, fmt::format("its key is too weak ({})", key_of(certificate)),
                   "whoever runs the server has to replace it; -o tls_min=1.1 takes what was usual then");
  }
  if (!options.pins.empty()) {
    if (std::ranges::find(options.pins, fingerprint_of(certificate)) != options.pins.end()) return std::nullopt;
    return refusal(certificate, host, "it matches none of the pins given with -o pin=", by_pin(certificate, ""));
  }
  if (!options.verify || X509_verify_cert(chain) == 1) return std::nullopt;
  const Verdict verdict = verdict_on(chain, host);
  return refusal(certificate, host, verdict.reason, by_pin(certificate, verdict.remedy));
}

}  // namespace ftpsfs::net
