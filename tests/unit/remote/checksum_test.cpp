// Checksums by HASH and by XSHA256 and its kin.
#include <gtest/gtest.h>

#include "remote_fixture.h"

namespace ftpsfs::remote {
namespace {

using net::DigestAlgorithm;
using Words = std::vector<std::string>;

const std::string kSha256OfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

class ChecksumTest : public RemoteTest {
 protected:
  void begin(Words hash, Words x_checksums = {}) {
    test::FakeDialect dialect;
    dialect.hash = std::move(hash);
    dialect.x_checksums = std::move(x_checksums);
    begin_with(dialect);
  }
  void begin_with(const test::FakeDialect& dialect) {
    start(dialect);
    tree().add_file("/my files/f", "abc");
    connect();
  }
  Result<std::optional<Checksum>> ask(std::string_view path = "my files/f") {
    return fs_->checksum(at(path), context_);
  }
  std::optional<Checksum> told() {
    const auto checksum = ask();
    EXPECT_TRUE(checksum) << checksum.error().message;
    return checksum.value_or(std::nullopt);
  }
  const Checksum sha256_{DigestAlgorithm::kSha256, kSha256OfAbc};
};

TEST_F(ChecksumTest, TheStrongestThatBothHave) {
  const std::tuple<Words, Words, DigestAlgorithm> table[] = {
      {{"CRC32", "MD5", "SHA-1", "SHA-256", "SHA-512"}, {"XCRC", "XSHA512"}, DigestAlgorithm::kSha256},
      {{"SHA-1"}, {"XMD5", "XSHA256"}, DigestAlgorithm::kSha256},
      {{"MD5", "SHA-512"}, {}, DigestAlgorithm::kSha512},
      {{}, {"XMD5", "XSHA1"}, DigestAlgorithm::kSha1},
      {{}, {"XCRC", "XMD5"}, DigestAlgorithm::kMd5},
  };
  for (const auto& [hash, x_checksums, expected] : table) {
    begin(hash, x_checksums);
    const auto checksum = told();
    ASSERT_TRUE(checksum);
    EXPECT_EQ(net::to_string(checksum->algorithm), net::to_string(expected));
    auto digest = net::Digest::begin(expected);
    digest->update(std::as_bytes(std::span("abc", 3)));
    EXPECT_EQ(checksum->digits, digest->finish());
  }
}

TEST_F(ChecksumTest, HashTakesOneRoundTrip) {
  test::FakeDialect slow;
  slow.latency = std::chrono::milliseconds(20);
  slow.hash = {"SHA-1", "SHA-256"};
  begin_with(slow);
  EXPECT_EQ(told(), sha256_);
  EXPECT_LE(server_->round_trips(), 1);
}

TEST_F(ChecksumTest, NobodyIsAskedOnAGuess) {
  begin(Words{});
  EXPECT_EQ(told(), std::nullopt);
  begin({"CRC32"}, {"XCRC"});
  EXPECT_EQ(told(), std::nullopt);
  EXPECT_EQ(server_->count("HASH"), 0);
}

TEST_F(ChecksumTest, AVerbThatDoesNotWorkIsNotAskedAgain) {
  begin({"SHA-256"}, {"XSHA256"});
  server_->on("HASH", {.reply = "502 Not today"});
  EXPECT_EQ(told(), sha256_);
  EXPECT_EQ(told(), sha256_);
  EXPECT_EQ(server_->count("HASH"), 1);
}

TEST_F(ChecksumTest, AnAnswerByAnotherAlgorithmIsNone) {
  begin({"SHA-1", "SHA-256"}, {"XSHA256"});
  server_->on("OPTS", {.reply = "501 Unknown algorithm"});
  EXPECT_EQ(told(), sha256_);
  EXPECT_EQ(server_->count("XSHA256"), 1);
}

TEST_F(ChecksumTest, AnAnswerThatCannotBeToldApartIsNone) {
  begin(Words{}, {"XSHA256"});
  server_->on("XSHA256", {.nth = 1, .reply = "250 " + kSha256OfAbc + " " + std::string(64, 'a')});
  EXPECT_EQ(told(), std::nullopt);
  begin(Words{}, {"XSHA256"});
  server_->on("XSHA256", {.nth = 1, .reply = "250 OK"});
  EXPECT_EQ(told(), std::nullopt);
}

TEST_F(ChecksumTest, OtherWordsBesideTheChecksum) {
  begin(Words{}, {"XSHA256"});
  server_->on("XSHA256", {.reply = "213-working\n 40%\n213 XSHA256 0 3 " + kSha256OfAbc});
  EXPECT_EQ(told(), sha256_);
}

TEST_F(ChecksumTest, AFileTheServerWillNotReadTellsNone) {
  begin(Words{"SHA-256"});
  server_->on("HASH", {.nth = 1, .reply = "550 Too large"});
  EXPECT_EQ(told(), std::nullopt);
  EXPECT_EQ(told(), sha256_);
  server_->on("HASH", {.nth = 1, .reply = "450 Busy"});
  EXPECT_EQ(kind_of(ask()), ErrorKind::kBusy);
}

}  // namespace
}  // namespace ftpsfs::remote
