// Certificates made on the spot for tests.
#include "fakes/test_certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>

namespace ftpsfs::fakes {

namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;

void require(bool worked, const char* what) {
  if (worked) return;
  ERR_clear_error();
  throw std::runtime_error(std::string("test certificate: ") + what);
}

std::string contents(BIO* memory) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(length)};
}

Bio readable(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

std::string alternative_names(const CertificateSpec& spec) {
  std::string names;
  const auto add = [&names](const char* type, const std::string& value) {
    names += (names.empty() ? "" : ",") + std::string(type) + value;
  };
  for (const std::string& name : spec.dns_names) add("DNS:", name);
  for (const std::string& address : spec.ip_addresses) add("IP:", address);
  return names;
}

void set_serial_number(X509* certificate) {
  std::array<unsigned char, 8> random{};
  require(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1, "random serial number");
  std::uint64_t serial = 1;
  for (const unsigned char byte : random) serial = (serial << 7) ^ byte;
  require(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1, "serial number");
}

void set_names_and_dates(X509* certificate, const CertificateSpec& spec) {
  require(X509_set_version(certificate, 2) == 1, "version");
  set_serial_number(certificate);
  require(X509_gmtime_adj(X509_getm_notBefore(certificate), spec.not_before.count()) != nullptr, "notBefore");
  require(X509_gmtime_adj(X509_getm_notAfter(certificate), spec.not_after.count()) != nullptr, "notAfter");
  require(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(spec.common_name.c_str()), -1, -1, 0) == 1,
          "subject");
}

std::string fingerprint(X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  require(X509_digest(certificate, EVP_sha256(), digest.data(), &length) == 1, "fingerprint");
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

}  // namespace

TestCertificate make_certificate(const CertificateSpec& spec) {
  const Key key(spec.rsa_bits > 0 ? EVP_RSA_gen(spec.rsa_bits) : EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  require(key && certificate, "key");
  set_names_and_dates(certificate.get(), spec);
  require(X509_set_pubkey(certificate.get(), key.get()) == 1, "public key");

  Certificate issuer;
  Key issuer_key;
  if (spec.issuer != nullptr) {
    issuer.reset(PEM_read_bio_X509(readable(spec.issuer->certificate_pem).get(), nullptr, nullptr, nullptr));
    issuer_key.reset(PEM_read_bio_PrivateKey(readable(spec.issuer->private_key_pem).get(), nullptr, nullptr, nullptr));
    require(issuer && issuer_key, "issuer");
  }
  X509* const signer = issuer ? issuer.get() : certificate.get();
  require(X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer)) == 1, "issuer name");
  add_extension(certificate.get(), signer, NID_basic_constraints,
                spec.certificate_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (const std::string names = alternative_names(spec); !names.empty()) {
    add_extension(certificate.get(), signer, NID_subject_alt_name, names);
  }
  require(X509_sign(certificate.get(), issuer_key ? issuer_key.get() : key.get(), EVP_sha256()) > 0, "signature");

  const Bio certificate_text(BIO_new(BIO_s_mem()));
  const Bio key_text(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1, "certificate as PEM");
  require(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "key as PEM");
  return {contents(certificate_text.get()), contents(key_text.get()), fingerprint(certificate.get())};
}

CertificateSpec loopback_certificate_spec() {
  CertificateSpec spec;
  spec.dns_names = {"localhost"};
  spec.ip_addresses = {"127.0.0.1", "::1"};
  return spec;
}

}  // namespace ftpsfs::fakes
