// Digest over OpenSSL's EVP.
#include "ftpsfs/net/digest.h"

#include <openssl/evp.h>

#include <array>

#include "net/openssl.h"

namespace ftpsfs::net {
namespace {

struct Row {
  DigestAlgorithm algorithm;
  std::string_view name;
  std::size_t bytes;
  const EVP_MD* (*make)();
};
constexpr std::array kRows{
    Row{DigestAlgorithm::kSha256, "SHA-256", 32, EVP_sha256},
    Row{DigestAlgorithm::kSha512, "SHA-512", 64, EVP_sha512},
    Row{DigestAlgorithm::kSha1, "SHA-1", 20, EVP_sha1},
    Row{DigestAlgorithm::kMd5, "MD5", 16, EVP_md5},
};

const Row& row_of(DigestAlgorithm algorithm) { return kRows.at(static_cast<std::size_t>(algorithm)); }

}  // namespace

std::string_view to_string(DigestAlgorithm algorithm) { return row_of(algorithm).name; }
std::size_t digits_of(DigestAlgorithm algorithm) { return row_of(algorithm).bytes * 2; }

struct Digest::State {
  std::unique_ptr<EVP_MD_CTX, OpenSslDeleter<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
};

Result<Digest> Digest::begin(DigestAlgorithm algorithm) {
  auto state = std::make_unique<State>();
  if (!state->context || EVP_DigestInit_ex(state->context.get(), row_of(algorithm).make(), nullptr) != 1) {
    return fail(ErrorKind::kIo,
                std::string(to_string(algorithm)) + " is not to be had: " + drain_openssl_errors().text);
  }
  return Digest(std::move(state));
}

Digest::Digest(std::unique_ptr<State> state) : state_(std::move(state)) {}
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;
Digest::~Digest() = default;

void Digest::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size());
}

std::string Digest::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_DigestFinal_ex(state_->context.get(), digest.data(), &length);
  return hexadecimal(std::span(digest).first(length));
}

}  // namespace ftpsfs::net
