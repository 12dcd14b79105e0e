// ask_checksum: each way a server may tell one, the strongest first.
#include "remote/checksum.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cctype>

#include "ftpsfs/base/log.h"
#include "ftpsfs/ftp/ascii.h"

namespace ftpsfs::remote {
namespace {

struct ChecksumWay {
  Ability ability;
  net::DigestAlgorithm algorithm;
  std::string_view verb;
};
constexpr std::string_view kHash = "HASH";
constexpr ChecksumWay kWays[] = {
    {Ability::kHashSha256, net::DigestAlgorithm::kSha256, kHash},
    {Ability::kXsha256, net::DigestAlgorithm::kSha256, "XSHA256"},
    {Ability::kHashSha512, net::DigestAlgorithm::kSha512, kHash},
    {Ability::kXsha512, net::DigestAlgorithm::kSha512, "XSHA512"},
    {Ability::kHashSha1, net::DigestAlgorithm::kSha1, kHash},
    {Ability::kXsha1, net::DigestAlgorithm::kSha1, "XSHA1"},
    {Ability::kHashMd5, net::DigestAlgorithm::kMd5, kHash},
    {Ability::kXmd5, net::DigestAlgorithm::kMd5, "XMD5"},
};

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) words.push_back(ftp::lower(line.substr(0, end)));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

bool is_checksum(const std::string& word, net::DigestAlgorithm algorithm) {
  return word.size() == net::digits_of(algorithm) &&
         std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

/// "213 SHA-256 0-1000 a07… name" of HASH, "250 A07…" of the others; lines before may tell of progress. nullopt when it
/// cannot be told what of it is the checksum: a name may look like one.
std::optional<std::string> checksum_in(const ftp::Reply& reply, const ChecksumWay& way) {
  if (!reply.success() || reply.lines.empty()) return std::nullopt;
  std::vector<std::string> words = words_of(reply.lines.back());
  constexpr std::size_t kWordsBeforeName = 3;
  if (way.verb == kHash) {
    if (words.size() < kWordsBeforeName || words.front() != ftp::lower(net::to_string(way.algorithm)))
      return std::nullopt;
    words.resize(kWordsBeforeName);
  }
  const auto fits = [&](const std::string& word) { return is_checksum(word, way.algorithm); };
  const auto found = std::find_if(words.begin(), words.end(), fits);
  if (found == words.end() || std::any_of(found + 1, words.end(), fits)) return std::nullopt;
  return *found;
}

/// HASH takes all that follows as the name; the others take words, of which quotes make one.
std::optional<std::string> argument_of(const Conversation& conversation, const ChecksumWay& way,
                                       const RemotePath& file) {
  std::string argument = conversation.argument(file);
  if (way.verb == kHash || argument.find_first_of(" \"") == std::string::npos) return argument;
  if (argument.find('"') != std::string::npos) return std::nullopt;
  return '"' + argument + '"';
}

/// The algorithm of HASH is the session's, which others use too: it is named each time.
Result<ftp::Reply> ask(Conversation& conversation, const ChecksumWay& way, const std::string& argument) {
  if (way.verb != kHash) return conversation.ask(way.verb, argument);
  Batch batch(conversation);
  batch.add("OPTS", fmt::format("{} {}", kHash, net::to_string(way.algorithm)));
  const auto hash = batch.add(kHash, argument);
  FTPSFS_TRY_ASSIGN(std::vector<ftp::Reply> replies, batch.send());
  return std::move(replies[hash]);
}

}  // namespace

bool tells_checksums(const Dialect& dialect) {
  return std::any_of(std::begin(kWays), std::end(kWays), [&](const auto& way) { return dialect.has(way.ability); });
}

Result<std::optional<Checksum>> ask_checksum(Conversation& conversation, const RemotePath& file) {
  for (const ChecksumWay& way : kWays) {
    if (!conversation.dialect().has(way.ability)) continue;
    const auto argument = argument_of(conversation, way, file);
    if (!argument) continue;
    FTPSFS_TRY_ASSIGN(const ftp::Reply reply, ask(conversation, way, *argument));
    if (auto digits = checksum_in(reply, way)) return Checksum{way.algorithm, std::move(*digits)};
    if (reply.success() || is_unknown_verb(reply.code)) {
      conversation.dialect().lacks(way.ability);
      continue;
    }
    const Refusal refusal = Refusal::of(way.verb, *argument, reply);
    const Error refused = to_error(refusal, meaning_of(refusal).value_or(ErrorKind::kIo));
    const bool passing = reply.code / 100 == 4;
    if (passing) return fail(refused);
    spdlog::debug("{}", refused.message);
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace ftpsfs::remote
