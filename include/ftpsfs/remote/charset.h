// Charset: names between the characters a server stores them in and UTF-8, which everything here speaks.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ftpsfs/base/result.h"

namespace ftpsfs::remote {

/// Immutable; any thread may call any member. Copies share what they convert with.
///
/// Decoding loses nothing: a byte that is not part of a character, or of one that would come back as other bytes,
/// becomes U+EF00 plus the byte (U+EF80 to U+EFFF, as in MirBSD), and encoding makes it that byte again.
class Charset {
 public:
  /// UTF-8 on both sides: nothing is converted, not even bytes that are no UTF-8.
  Charset() = default;

  /// `name` as iconv(3) knows it. Errors: kInvalid, with a hint, for one it does not know, and for one in which ASCII
  /// does not stand for itself: its names could not be told from FTP's own words.
  static Result<Charset> make(std::string_view name);

  /// True when nothing is converted.
  [[nodiscard]] bool is_utf8() const { return tables_ == nullptr; }

  /// What the server said, in UTF-8. A line may be given whole: no character holds a space, a slash or a line end.
  [[nodiscard]] std::string decode(std::string_view bytes) const;

  /// The only bytes that decode() makes `text` of. Errors: kUnrepresentable when there are none; what a program writes
  /// it has to find again, lest `rsync --delete` take it for a stranger's. The two dashes and bars of Japanese (U+301C
  /// and U+FF5E, say) are one in CP932 and in IBM943, which takes the other of the two.
  [[nodiscard]] Result<std::string> encode(std::string_view text) const;

 private:
  class Tables;

  std::shared_ptr<Tables> tables_;
};

}  // namespace ftpsfs::remote
