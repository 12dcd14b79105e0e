// RemotePath: an absolute name on the server, safe to send.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "ftpsfs/base/result.h"

namespace ftpsfs::remote {

/// A path relative to the mount's root, "" for the root itself, "a/b" below it. No component is empty, "." or "..", and
/// none holds '/', NUL, CR or LF. RemoteFs puts the mount's place on the server before it.
class RemotePath {
 public:
  RemotePath() = default;

  /// From what text() gave. Errors: as child().
  static Result<RemotePath> parse(std::string_view text);

  /// The name below this directory. Errors: kNameTooLong over 765 bytes (255 letters of a server that counts letters),
  /// kUnrepresentable for NUL, CR or LF, kInvalid for "", ".", ".." and names with '/'.
  [[nodiscard]] Result<RemotePath> child(std::string_view name) const;

  [[nodiscard]] bool is_root() const { return text_.empty(); }
  [[nodiscard]] RemotePath parent() const;      ///< the root's parent is the root
  [[nodiscard]] std::string_view name() const;  ///< last component; "" for the root
  [[nodiscard]] const std::string& text() const { return text_; }
  /// True for `ancestor` itself and everything below it.
  [[nodiscard]] bool is_within(const RemotePath& ancestor) const;

  auto operator<=>(const RemotePath&) const = default;

 private:
  explicit RemotePath(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

/// True when `name` may be shown to the kernel and sent to the server; the rule behind child().
[[nodiscard]] bool is_representable_name(std::string_view name);

/// True when the names differ in the case of ASCII letters and in nothing else: one file, where a server does not tell
/// case apart.
[[nodiscard]] bool is_other_spelling(std::string_view name, std::string_view other);

}  // namespace ftpsfs::remote

template <>
struct std::hash<ftpsfs::remote::RemotePath> {
  std::size_t operator()(const ftpsfs::remote::RemotePath& path) const noexcept {
    return std::hash<std::string>()(path.text());
  }
};
