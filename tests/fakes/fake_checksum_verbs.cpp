// FakeConnection's checksums: HASH (draft-bryan-ftp-hash), and XSHA256 and its kin, as ProFTPD's mod_digest tells them.
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "fakes/fake_connection.h"
#include "fakes/fake_text.h"

namespace ftpsfs::test {

std::string FakeConnection::hash_algorithm() const {
  return hash_.empty() && !dialect_.hash.empty() ? dialect_.hash.front() : hash_;
}

void FakeConnection::opts_hash(const std::string& algorithm) {
  if (std::find(dialect_.hash.begin(), dialect_.hash.end(), algorithm) == dialect_.hash.end()) {
    return reply("501 " + algorithm + ": Unsupported algorithm");
  }
  hash_ = algorithm;
  reply("200 " + algorithm);
}

std::string FakeConnection::checksum_of(const std::string& content, const std::string& algorithm) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  const std::string& counted = dialect_.checksums_lie ? content + "?" : content;
  EVP_Digest(counted.data(), counted.size(), digest.data(), &length, EVP_get_digestbyname(algorithm.c_str()), nullptr);
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    std::array<char, 3> digits{};
    std::snprintf(digits.data(), digits.size(), "%02x", digest[i]);
    text += digits.data();
  }
  return text;
}

void FakeConnection::do_hash(const std::string& argument) {
  if (dialect_.hash.empty()) return reply("500 Unknown command");
  const std::optional<std::string> content = world_.tree.content(resolve(argument));
  if (!content) return refuse(TreeError::kMissing, argument);
  std::string name = hash_algorithm();
  const std::string range = "0-" + std::to_string(content->size());
  const std::string told = name + " " + range + " ";
  std::erase(name, '-');
  reply("213-Computing digest\n213 " + told + checksum_of(*content, name) + " " + argument);
}

void FakeConnection::x_checksum(const std::string& verb, const std::string& argument) {
  const auto& known = dialect_.x_checksums;
  if (std::find(known.begin(), known.end(), verb) == known.end()) return reply("500 Unknown command");
  const bool quoted = argument.size() > 1 && argument.front() == '"' && argument.back() == '"';
  if (!quoted && argument.find(' ') != std::string::npos) return reply("501 Invalid number of parameters");
  const std::string path = quoted ? argument.substr(1, argument.size() - 2) : argument;
  const std::optional<std::string> content = world_.tree.content(resolve(path));
  if (!content) return refuse(TreeError::kMissing, argument);
  reply("250-Computing digest\n250 " + upper(checksum_of(*content, verb.substr(1))));
}

}  // namespace ftpsfs::test
