// ServerPaths: where the mount's paths lie on the server, and where symbolic links lead from there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ftpsfs/base/result.h"
#include "ftpsfs/remote/remote_path.h"

namespace ftpsfs::remote {

/// Immutable. Arguments are absolute when the mount's place is known from the server's root, so that no name can be
/// taken for an option; else they are relative to the login directory and begin with "./" where a dash would mislead.
class ServerPaths {
 public:
  /// `login_directory`: what PWD told, or "". `root`: "" the login directory, "a/b" below it, "/x" from the server's
  /// root. Errors: kUnrepresentable for CR, LF or NUL, kInvalid for a ".." that leaves a relative place.
  static Result<ServerPaths> make(std::string_view login_directory, std::string_view root);

  /// What a command takes for `path`; never empty.
  [[nodiscard]] std::string argument(const RemotePath& path) const;

  /// What CWD takes to go back to where a session began; empty when unknown.
  [[nodiscard]] const std::string& login_directory() const { return login_directory_; }

  /// True when the mount is the login directory itself, which needs no proof that it exists.
  [[nodiscard]] bool root_is_login_directory() const;

  /// The target of the symbolic link at `link`, as a relative path that stays inside the mount whatever other links
  /// lie on its way: ".." only at its beginning. nullopt when it leads out, or nobody can tell.
  [[nodiscard]] std::optional<std::string> link_inside(const RemotePath& link, std::string_view target) const;
  /// The same target as a place in the mount.
  [[nodiscard]] std::optional<RemotePath> place_of_target(const RemotePath& link, std::string_view target) const;

 private:
  using Components = std::vector<std::string>;

  [[nodiscard]] std::optional<Components> follow(const RemotePath& link, std::string_view target) const;

  std::string login_directory_;
  bool absolute_ = false;
  Components root_;  ///< components, from the server's root when absolute_, else the login directory
};

}  // namespace ftpsfs::remote
