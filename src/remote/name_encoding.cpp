// guess_encoding: each encoding is judged by the characters it makes of the names.
#include "remote/name_encoding.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

namespace ftpsfs::remote {
namespace {

using Byte = unsigned char;

/// A candidate. Frequent ideographs or syllables begin with one of these bytes; where two say the same of a text, the
/// first counts.
struct Candidate {
  const char* charset;
  Byte frequent_from;
  Byte frequent_to;
};
constexpr std::array kCandidates{Candidate{"CP932", 0x88, 0x97}, Candidate{"CP949", 0xb0, 0xc8},
                                 Candidate{"EUC-JP", 0xb0, 0xcf}, Candidate{"ISO-8859-1", 0, 0},
                                 Candidate{"GBK", 0xb0, 0xd7}};

/// iconv(3) to UTF-8.
class Decoder {
 public:
  explicit Decoder(const char* charset) : to_utf8_(::iconv_open("UTF-8", charset)) {}
  ~Decoder() {
    if (usable()) ::iconv_close(to_utf8_);
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  [[nodiscard]] bool usable() const { return to_utf8_ != reinterpret_cast<iconv_t>(-1); }

  struct Character {
    std::string utf8;
    std::size_t bytes = 0;  ///< how many of the text it takes
  };
  /// The character that `text` begins with.
  std::optional<Character> first(std::string_view text) {
    constexpr std::size_t kLongest = 4;
    for (std::size_t count = 1; count <= std::min(kLongest, text.size()); ++count) {
      std::string from(text.substr(0, count));
      std::array<char, 16> into{};
      char* in = from.data();
      char* out = into.data();
      std::size_t in_left = count;
      std::size_t out_left = into.size();
      ::iconv(to_utf8_, nullptr, nullptr, nullptr, nullptr);
      const bool decoded = ::iconv(to_utf8_, &in, &in_left, &out, &out_left) != static_cast<std::size_t>(-1);
      if (decoded && in_left == 0) return Character{{into.data(), into.size() - out_left}, count};
    }
    return std::nullopt;
  }

 private:
  iconv_t to_utf8_;
};

char32_t code_point(std::string_view utf8) {
  const auto bits = [&](std::size_t at, unsigned mask) { return static_cast<Byte>(utf8[at]) & mask; };
  switch (utf8.size()) {
    case 1:
      return bits(0, 0x7f);
    case 2:
      return bits(0, 0x1f) << 6U | bits(1, 0x3f);
    case 3:
      return bits(0, 0x0f) << 12U | bits(1, 0x3f) << 6U | bits(2, 0x3f);
    default:
      return 0xfffd;
  }
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// How much a character speaks for the encoding that made it of `text` at `at`. Names are words, not signs, and
/// letters with accents stand among others.
int plausibility(char32_t c, std::string_view text, std::size_t at, const Candidate& candidate) {
  const auto within = [c](char32_t from, char32_t to) { return c >= from && c <= to; };
  if (c < 0x80) return 0;
  if (within(0x3041, 0x30ff)) return 3;   // hiragana, katakana
  if (within(0xff61, 0xff9f)) return -2;  // half-width katakana: what other encodings look like in CP932
  const auto lead = static_cast<Byte>(text[at]);
  const bool frequent = lead >= candidate.frequent_from && lead <= candidate.frequent_to;
  if (within(0x4e00, 0x9fff) || within(0xac00, 0xd7a3)) return frequent ? 2 : 0;
  if (within(0xc0, 0xff)) {
    const bool beside_letter = (at > 0 && is_letter(text[at - 1])) || (at + 1 < text.size() && is_letter(text[at + 1]));
    return beside_letter ? 2 : -1;
  }
  return within(0x80, 0x9f) || within(0xe000, 0xf8ff) ? -4 : -1;
}

struct Reading {
  int plausibility = 0;
  std::string text;
};

/// nullopt when the name is not of that encoding.
std::optional<Reading> read_name(Decoder& decoder, std::string_view name, const Candidate& candidate) {
  Reading reading;
  for (std::size_t at = 0; at < name.size();) {
    const auto character = decoder.first(name.substr(at));
    if (!character) return std::nullopt;
    reading.plausibility += plausibility(code_point(character->utf8), name, at, candidate);
    reading.text += character->utf8;
    at += character->bytes;
  }
  return reading;
}

}  // namespace

bool is_utf8(std::string_view text) {
  Decoder decoder("UTF-8");
  while (!text.empty()) {
    const auto character = decoder.first(text);
    if (!character) return false;
    text.remove_prefix(character->bytes);
  }
  return true;
}

std::vector<EncodingGuess> guess_encoding(std::span<const std::string> names) {
  std::vector<std::pair<int, EncodingGuess>> guesses;
  for (const Candidate& candidate : kCandidates) {
    Decoder decoder(candidate.charset);
    if (!decoder.usable()) continue;
    int all = 0;
    std::optional<std::string> first;
    bool fits = true;
    for (const std::string& name : names) {
      const auto reading = read_name(decoder, name, candidate);
      if (!reading) fits = false;
      if (!reading) break;
      all += reading->plausibility;
      if (!first) first = reading->text;
    }
    if (fits && first && all > 0) guesses.push_back({all, {candidate.charset, *first}});
  }
  std::stable_sort(guesses.begin(), guesses.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<EncodingGuess> sorted;
  for (auto& [ignored, guess] : guesses) sorted.push_back(std::move(guess));
  return sorted;
}

}  // namespace ftpsfs::remote
