// Which encoding names are in that are not UTF-8, guessed from what they would read like.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ftpsfs::remote {

/// RFC 3629.
[[nodiscard]] bool is_utf8(std::string_view text);

struct EncodingGuess {
  std::string charset;  ///< as iconv(3) names it
  std::string reading;  ///< the first name that is not UTF-8, read in it: what a person can judge
};

/// The encodings in which all of `names` make sense, the likeliest first; none when none does.
[[nodiscard]] std::vector<EncodingGuess> guess_encoding(std::span<const std::string> names);

}  // namespace ftpsfs::remote
