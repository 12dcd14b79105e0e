// Our own certificate, for servers that ask for one. OpenSSL's store loader tells PEM from PKCS#12.
#include "net/client_certificate.h"

#include <openssl/err.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace ftpsfs::net {
namespace {

using StorePtr = std::unique_ptr<OSSL_STORE_CTX, OpenSslDeleter<OSSL_STORE_close>>;
using StoreInfoPtr = std::unique_ptr<OSSL_STORE_INFO, OpenSslDeleter<OSSL_STORE_INFO_free>>;
using UiMethodPtr = std::unique_ptr<UI_METHOD, OpenSslDeleter<UI_destroy_method>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpenSslDeleter<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, OpenSslDeleter<X509_free>>;

/// All that the files hold.
struct Contents {
  std::vector<CertificatePtr> certificates;
  KeyPtr key;
};

/// What OpenSSL's question for a password is answered with.
struct Password {
  const std::string& text;
  bool asked = false;
};

int answer(char* into, int size, int /*writing*/, void* data) {
  auto& password = *static_cast<Password*>(data);
  password.asked = true;
  if (password.text.empty() || password.text.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(into, password.text.data(), password.text.size());
  return static_cast<int>(password.text.size());
}

tl::unexpected<Error> unusable(const std::string& file, const std::string& reason) {
  ERR_clear_error();
  return fail(ErrorKind::kInvalid, file + ": " + reason);
}

Status read_into(Contents& contents, const std::string& file, const std::string& password_text) {
  FTPSFS_TRY(check_readable(file));
  ERR_clear_error();
  Password password{password_text};
  const UiMethodPtr ask(UI_UTIL_wrap_read_pem_callback(answer, 0));
  const StorePtr store(OSSL_STORE_open(file.c_str(), ask.get(), &password, nullptr, nullptr));
  if (!store) return unusable(file, drain_openssl_errors().text);
  bool found = false;
  while (OSSL_STORE_eof(store.get()) == 0) {
    const StoreInfoPtr info(OSSL_STORE_load(store.get()));
    if (!info) continue;
    found = true;
    if (OSSL_STORE_INFO_get_type(info.get()) == OSSL_STORE_INFO_CERT) {
      contents.certificates.emplace_back(OSSL_STORE_INFO_get1_CERT(info.get()));
    } else if (OSSL_STORE_INFO_get_type(info.get()) == OSSL_STORE_INFO_PKEY && !contents.key) {
      contents.key.reset(OSSL_STORE_INFO_get1_PKEY(info.get()));
    }
  }
  const std::string reasons = drain_openssl_errors().text;
  if (password.asked && !contents.key) {
    return unusable(file, password_text.empty() ? "its key is encrypted; -o key_password_command=CMD tells the password"
                                                : "the password does not open it");
  }
  if (!found) return unusable(file, "neither PEM nor PKCS#12" + (reasons.empty() ? "" : " (" + reasons + ")"));
  return {};
}

}  // namespace

Status use_client_certificate(SSL_CTX* context, const ClientCertificate& certificate) {
  Contents contents;
  FTPSFS_TRY(read_into(contents, certificate.file, certificate.password));
  const std::string& key_file = certificate.key_file.empty() ? certificate.file : certificate.key_file;
  if (key_file != certificate.file) {
    contents.key.reset();
    FTPSFS_TRY(read_into(contents, key_file, certificate.password));
  }
  if (contents.certificates.empty()) return unusable(certificate.file, "holds no certificate");
  if (!contents.key) return unusable(key_file, "holds no private key; -o key=FILE names another file");

  // A PKCS#12 file may list an issuer first.
  const auto own = std::ranges::find_if(contents.certificates, [&](const CertificatePtr& each) {
    return X509_check_private_key(each.get(), contents.key.get()) == 1;
  });
  if (own == contents.certificates.end()) {
    return unusable(key_file, "the private key is not that of the certificate in " + certificate.file);
  }
  ERR_clear_error();  // of those that did not match
  const bool used =
      SSL_CTX_use_certificate(context, own->get()) == 1 && SSL_CTX_use_PrivateKey(context, contents.key.get()) == 1;
  if (!used) return unusable(certificate.file, drain_openssl_errors().text);
  for (const CertificatePtr& each : contents.certificates) {
    if (each != *own && SSL_CTX_add1_chain_cert(context, each.get()) != 1) {
      return unusable(certificate.file, drain_openssl_errors().text);
    }
  }
  return {};
}

}  // namespace ftpsfs::net
