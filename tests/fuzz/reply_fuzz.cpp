// Fuzzes replies, whatever the size of the chunks they come in, and all that is read from them.
#include "check.h"
#include "ftpsfs/ftp/features.h"
#include "ftpsfs/ftp/passive.h"
#include "ftpsfs/ftp/reply.h"

namespace {

using namespace ftpsfs;

struct Outcome {
  std::vector<ftp::Reply> replies;
  bool failed = false;
};

Outcome parse(std::string_view bytes, std::size_t chunk) {
  Outcome outcome;
  ftp::ReplyParser parser;
  while (!bytes.empty() && !outcome.failed) {
    outcome.failed = !parser.feed(bytes.substr(0, chunk));
    bytes.remove_prefix(std::min(chunk, bytes.size()));
    while (auto reply = parser.next()) outcome.replies.push_back(*std::move(reply));
  }
  return outcome;
}

void check(const ftp::Reply& reply) {
  FTPSFS_FUZZ_CHECK(reply.code >= 100 && reply.code <= 599 && !reply.lines.empty());
  FTPSFS_FUZZ_CHECK(reply.text().size() <= 2 * ftp::ReplyParser::kMaxReplyBytes);
  const ftp::Features features = ftp::parse_features(reply);
  FTPSFS_FUZZ_CHECK(features.known == (reply.code == 211));
  if (const auto port = ftp::parse_epsv(reply)) FTPSFS_FUZZ_CHECK(*port != 0);
  if (const auto address = ftp::parse_pasv(reply)) FTPSFS_FUZZ_CHECK(address->port != 0);
  if (const auto path = ftp::parse_quoted_path(reply)) FTPSFS_FUZZ_CHECK(!path->empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = fuzz::text_of(data + 1, size - 1);
  const Outcome chunked = parse(bytes, data[0] % 16 + 1);
  const Outcome whole = parse(bytes, 1024);
  FTPSFS_FUZZ_CHECK(chunked.failed == whole.failed);
  FTPSFS_FUZZ_CHECK(chunked.replies.size() == whole.replies.size());
  for (std::size_t i = 0; i < whole.replies.size(); ++i) {
    FTPSFS_FUZZ_CHECK(chunked.replies[i].lines == whole.replies[i].lines);
    check(whole.replies[i]);
  }
  return 0;
}
