#include "ftpsfs/net/digest.h"

#include <gtest/gtest.h>

namespace ftpsfs::net {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(DigestTest, KnownChecksumsOfThreeLetters) {  // FIPS 180-4 and RFC 1321
  const std::pair<DigestAlgorithm, std::string> table[] = {
      {DigestAlgorithm::kSha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {DigestAlgorithm::kSha512,
       "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
       "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
      {DigestAlgorithm::kSha1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {DigestAlgorithm::kMd5, "900150983cd24fb0d6963f7d28e17f72"},
  };
  for (const auto& [algorithm, expected] : table) {
    auto digest = Digest::begin(algorithm);
    ASSERT_TRUE(digest) << to_string(algorithm);
    digest->update(bytes_of("a"));
    digest->update({});
    digest->update(bytes_of("bc"));
    EXPECT_EQ(digest->finish(), expected) << to_string(algorithm);
    EXPECT_EQ(expected.size(), digits_of(algorithm));
  }
}

TEST(DigestTest, OfNothing) {
  EXPECT_EQ(Digest::begin(DigestAlgorithm::kMd5)->finish(), "d41d8cd98f00b204e9800998ecf8427e");
}

}  // namespace
}  // namespace ftpsfs::net
