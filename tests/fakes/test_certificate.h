// Certificates made on the spot for tests: any names, any dates, self-signed or issued.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace ftpsfs::fakes {

struct TestCertificate {
  std::string certificate_pem;
  std::string private_key_pem;
  std::string fingerprint_sha256;  ///< 64 lower-case hexadecimal digits
};

struct CertificateSpec {
  std::string common_name = "localhost";
  std::vector<std::string> dns_names = {};     ///< subjectAltName DNS entries
  std::vector<std::string> ip_addresses = {};  ///< subjectAltName IP entries, numeric IPv4 or IPv6
  std::chrono::seconds not_before{-3600};      ///< relative to now
  std::chrono::seconds not_after{86400};       ///< relative to now
  const TestCertificate* issuer = nullptr;     ///< null: signs itself
  bool certificate_authority = false;          ///< may issue others
  unsigned rsa_bits = 0;                       ///< of an RSA key; 0: an elliptic curve, P-256
};

/// A fresh key and its certificate. Any thread. Throws std::runtime_error when OpenSSL fails.
TestCertificate make_certificate(const CertificateSpec& spec);

/// For a server on loopback: "localhost", 127.0.0.1 and ::1.
CertificateSpec loopback_certificate_spec();

}  // namespace ftpsfs::fakes
