// Files that hold secrets: read only when nobody else can read them.
#pragma once

#include <optional>
#include <string>

#include "ftpsfs/base/result.h"

namespace ftpsfs::app {

/// Overwrites the text in memory, then empties it.
void wipe(std::string& secret);

/// A text that is wiped when it goes out of scope.
class Secret {
 public:
  explicit Secret(std::string text) : text_(std::move(text)) {}
  /// Copies, then wipes: a moved-from string may keep its bytes.
  Secret(Secret&& other) noexcept {
    text_ = other.text_;
    wipe(other.text_);
  }
  Secret& operator=(Secret&&) = delete;
  ~Secret() { wipe(text_); }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

struct PrivateFile {
  Secret text;
  std::optional<Error> exposed;  ///< why the file must not be trusted with a password: others may read or change it, or
                                 ///< it belongs to neither this user nor root; the message says what to do
};

/// Reads a regular file of at most 64 KiB. Errors: kNotFound when there is none, kPermission, kInvalid (not a regular
/// file, or too large), kIo.
Result<PrivateFile> read_private_file(const std::string& path);

}  // namespace ftpsfs::app
