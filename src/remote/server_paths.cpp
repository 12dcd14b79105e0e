// ServerPaths: paths joined and links followed, as text alone.
#include "remote/server_paths.h"

#include <algorithm>

namespace ftpsfs::remote {
namespace {

using Components = std::vector<std::string>;

/// Follows `path` from `place`. Above the beginning there is nothing: an absolute place stays, a relative one fails.
bool walk(Components& place, std::string_view path, bool absolute) {
  while (!path.empty()) {
    const auto slash = std::min(path.find('/'), path.size());
    const std::string_view step = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (step.empty() || step == ".") continue;
    if (step != "..") {
      place.emplace_back(step);
    } else if (!place.empty()) {
      place.pop_back();
    } else if (!absolute) {
      return false;
    }
  }
  return true;
}

std::string join(const Components& components) {
  std::string text;
  for (const std::string& component : components) {
    if (!text.empty()) text += '/';
    text += component;
  }
  return text;
}

}  // namespace

Result<ServerPaths> ServerPaths::make(std::string_view login_directory, std::string_view root) {
  if (root.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos) {
    return fail(ErrorKind::kUnrepresentable, "FTP cannot carry CR, LF or NUL in a path");
  }
  ServerPaths paths;
  if (login_directory.starts_with('/')) paths.login_directory_ = login_directory;
  paths.absolute_ = root.starts_with('/') || !paths.login_directory_.empty();
  if (!root.starts_with('/')) walk(paths.root_, paths.login_directory_, true);
  if (!walk(paths.root_, root, paths.absolute_)) {
    return fail(ErrorKind::kInvalid, "the path leaves the login directory: " + std::string(root));
  }
  return paths;
}

std::string ServerPaths::argument(const RemotePath& path) const {
  std::string text = join(root_);
  if (!text.empty() && !path.is_root()) text += '/';
  text += path.text();
  if (absolute_) return '/' + text;
  if (text.empty()) return ".";
  return text.find_first_of("- ~") == 0 ? "./" + text : text;
}

bool ServerPaths::root_is_login_directory() const {
  if (login_directory_.empty()) return !absolute_ && root_.empty();
  Components login;
  walk(login, login_directory_, true);
  return root_ == login;
}

/// From the mount's root to where the link leads.
std::optional<ServerPaths::Components> ServerPaths::follow(const RemotePath& link, std::string_view target) const {
  if (target.empty() || target.find('\0') != std::string_view::npos) return std::nullopt;
  Components place;
  if (!target.starts_with('/')) {
    walk(place, link.parent().text(), false);
    return walk(place, target, false) ? std::optional(std::move(place)) : std::nullopt;
  }
  walk(place, target, true);
  if (!absolute_ || place.size() < root_.size() || !std::equal(root_.begin(), root_.end(), place.begin())) {
    return std::nullopt;
  }
  place.erase(place.begin(), place.begin() + static_cast<std::ptrdiff_t>(root_.size()));
  return place;
}

std::optional<std::string> ServerPaths::link_inside(const RemotePath& link, std::string_view target) const {
  const auto to = follow(link, target);
  if (!to) return std::nullopt;
  Components from;
  walk(from, link.parent().text(), false);
  const auto [from_rest, to_rest] = std::mismatch(from.begin(), from.end(), to->begin(), to->end());
  Components relative(static_cast<std::size_t>(from.end() - from_rest), "..");
  relative.insert(relative.end(), to_rest, to->end());
  return relative.empty() ? "." : join(relative);
}

std::optional<RemotePath> ServerPaths::place_of_target(const RemotePath& link, std::string_view target) const {
  const auto place = follow(link, target);
  auto path = place ? RemotePath::parse(join(*place)) : fail(ErrorKind::kInvalid, "it leads out of the mount");
  return path ? std::optional(*std::move(path)) : std::nullopt;
}

}  // namespace ftpsfs::remote
