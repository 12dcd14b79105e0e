// Reply: what a server says on the control connection (RFC 959 section 4.2), and the parser that assembles it.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ftpsfs/base/result.h"

namespace ftpsfs::ftp {

struct Reply {
  int code = 0;  ///< 100 to 599
  /// The text of each line, at least one, without its line end. The reply's own code and the separator behind it are
  /// removed where present; an inner line that begins otherwise is kept byte for byte, its leading space included.
  std::vector<std::string> lines;

  [[nodiscard]] bool preliminary() const { return code / 100 == 1; }
  [[nodiscard]] bool success() const { return code / 100 == 2; }
  [[nodiscard]] bool intermediate() const { return code / 100 == 3; }
  [[nodiscard]] bool refused() const { return code / 100 >= 4; }
  /// All lines joined by "; ", for logs and errors.
  [[nodiscard]] std::string text() const;
};

/// Push parser: bytes in as they arrive, whole replies out. Line ends are CRLF or a bare LF. The length of a reply and
/// the number of replies not yet taken are bounded.
class ReplyParser {
 public:
  static constexpr std::size_t kMaxReplyBytes = std::size_t{64} * 1024;
  static constexpr std::size_t kMaxUnreadReplies = 1024;

  /// Takes in `bytes`. A multi-line reply ends with a line of its own code and a space, or of its bare code (RFC 959
  /// section 4.2); blank lines between replies are passed over. Errors: kProtocol when a line is no reply (the message
  /// quotes it) or a bound is exceeded; replies completed before it can still be taken, but nothing more fed.
  Status feed(std::string_view bytes);

  /// Bounds replies from now on: a STAT may be answered by a whole directory.
  void set_limit(std::size_t bytes) { limit_ = bytes; }

  /// The oldest complete reply, if any.
  std::optional<Reply> next();

  /// True when nothing is pending: neither a complete reply nor a part of one.
  [[nodiscard]] bool empty() const;

 private:
  Status take_line(std::string_view line);
  Status complete();

  std::size_t limit_ = kMaxReplyBytes;
  std::string partial_line_;
  std::optional<Reply> open_;  ///< a multi-line reply not yet ended
  std::size_t open_bytes_ = 0;
  std::deque<Reply> complete_;
};

}  // namespace ftpsfs::ftp
