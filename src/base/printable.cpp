// Text of others made safe to show.
#include "ftpsfs/base/printable.h"

#include <algorithm>

namespace ftpsfs {
namespace {

/// Bytes of the character that `text` begins with: 1 to 4, or 0 when it is a control character or not UTF-8 (RFC 3629
/// section 4).
std::size_t printable_prefix(std::string_view text) {
  const auto byte = [text](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const auto second_within = [&](unsigned low, unsigned high) { return byte(1) >= low && byte(1) <= high; };
  const auto continues = [&](std::size_t at) { return (byte(at) & 0xc0U) == 0x80; };
  if (first == 0xc2) return second_within(0xa0, 0xbf) ? 2 : 0;  // below 0xa0 are the C1 controls
  if (first >= 0xc3 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool valid = second_within(first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
    return valid && continues(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool valid = second_within(first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
    return valid && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string printable(std::string_view text, std::size_t most_bytes) {
  constexpr std::string_view kCut = "...";
  std::string result;
  std::size_t cut_at = 0;  // how much of the result leaves room for kCut
  while (!text.empty()) {
    const std::size_t length = printable_prefix(text);
    result += length > 0 ? text.substr(0, length) : "?";
    if (result.size() > most_bytes) return result.substr(0, cut_at).append(kCut);
    if (result.size() <= most_bytes - kCut.size()) cut_at = result.size();
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

}  // namespace ftpsfs
