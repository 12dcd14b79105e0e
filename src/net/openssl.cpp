// OpenSSL's error queue as text, and certificate fingerprints.
#include "net/openssl.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace ftpsfs::net {

namespace {

std::string reason_text(unsigned long code, const char* detail) {
  std::string text;
  if (ERR_SYSTEM_ERROR(code)) {
    text = std::strerror(ERR_GET_REASON(code));
  } else if (const char* reason = ERR_reason_error_string(code); reason != nullptr) {
    text = reason;
  } else {
    text = "error " + std::to_string(code);
  }
  if (detail != nullptr && *detail != '\0') text += std::string(" (") + detail + ")";
  return text;
}

}  // namespace

bool OpenSslErrors::is_ssl_reason(int reason) const {
  return ERR_GET_LIB(first) == ERR_LIB_SSL && ERR_GET_REASON(first) == reason;
}

Status check_readable(const std::string& file) {
  if (::access(file.c_str(), R_OK) == 0) return {};
  return fail(os_error(ErrorKind::kInvalid, "cannot read " + file, errno));
}

OpenSslErrors drain_openssl_errors() {
  OpenSslErrors errors;
  const char* detail = nullptr;
  int flags = 0;
  while (const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &detail, &flags)) {
    if (errors.first == 0) errors.first = code;
    if (!errors.text.empty()) errors.text += "; ";
    errors.text += reason_text(code, (flags & ERR_TXT_STRING) != 0 ? detail : nullptr);
  }
  return errors;
}

std::string hexadecimal(std::span<const unsigned char> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (certificate == nullptr || X509_digest(certificate, EVP_sha256(), digest.data(), &length) != 1) return {};
  return hexadecimal(std::span(digest).first(length));
}

}  // namespace ftpsfs::net
