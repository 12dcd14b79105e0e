// Digest: a checksum of bytes that come in parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "ftpsfs/base/result.h"

namespace ftpsfs::net {

enum class DigestAlgorithm { kSha256, kSha512, kSha1, kMd5 };

/// As FTP's HASH and the registry of hash function names have it: "SHA-256".
[[nodiscard]] std::string_view to_string(DigestAlgorithm algorithm);
/// Hexadecimal digits of a checksum.
[[nodiscard]] std::size_t digits_of(DigestAlgorithm algorithm);

/// One thread at a time.
class Digest {
 public:
  /// kIo when this system's rules (FIPS) forbid the algorithm.
  static Result<Digest> begin(DigestAlgorithm algorithm);
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;
  ~Digest();

  void update(std::span<const std::byte> bytes);
  /// In lower-case hexadecimal digits; once only.
  [[nodiscard]] std::string finish();

 private:
  struct State;
  explicit Digest(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace ftpsfs::net
