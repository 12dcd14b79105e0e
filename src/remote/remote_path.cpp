// RemotePath: the rules for names, and paths taken apart.
#include "ftpsfs/remote/remote_path.h"

#include <algorithm>

namespace ftpsfs::remote {
namespace {

constexpr std::size_t kLongestName = 255UL * 3;  // letters take up to three bytes
constexpr std::string_view kUnsendable("\0\r\n", 3);

Status check_name(std::string_view name) {
  if (name.empty() || name == "." || name == "..") return fail(ErrorKind::kInvalid, "not a file name");
  if (name.find('/') != std::string_view::npos) return fail(ErrorKind::kInvalid, "'/' in a file name");
  if (name.find_first_of(kUnsendable) != std::string_view::npos) {
    return fail(ErrorKind::kUnrepresentable, "FTP cannot carry CR, LF or NUL in a file name");
  }
  if (name.size() > kLongestName) return fail(ErrorKind::kNameTooLong, "file name over 765 bytes");
  return {};
}

}  // namespace

bool is_representable_name(std::string_view name) { return check_name(name).has_value(); }

bool is_other_spelling(std::string_view name, std::string_view other) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return name != other && std::equal(name.begin(), name.end(), other.begin(), other.end(),
                                     [&](char a, char b) { return lower(a) == lower(b); });
}

Result<RemotePath> RemotePath::parse(std::string_view text) {
  RemotePath path;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('/'), text.size());
    FTPSFS_TRY_ASSIGN(path, path.child(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return path;
}

Result<RemotePath> RemotePath::child(std::string_view name) const {
  FTPSFS_TRY(check_name(name));
  return RemotePath(is_root() ? std::string(name) : text_ + '/' + std::string(name));
}

RemotePath RemotePath::parent() const {
  const auto slash = text_.rfind('/');
  return slash == std::string::npos ? RemotePath() : RemotePath(text_.substr(0, slash));
}

std::string_view RemotePath::name() const {
  const auto slash = text_.rfind('/');
  return slash == std::string::npos ? std::string_view(text_) : std::string_view(text_).substr(slash + 1);
}

bool RemotePath::is_within(const RemotePath& ancestor) const {
  if (ancestor.is_root()) return true;
  if (!text_.starts_with(ancestor.text_)) return false;
  return text_.size() == ancestor.text_.size() || text_[ancestor.text_.size()] == '/';
}

}  // namespace ftpsfs::remote
