// PrivateSystem: this machine with ftpsfs installed, as the processes of one script see it and nobody else.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "integration/command.h"

namespace ftpsfs::test {

/// The account scripts use through `as_user`; not the one the servers' sessions run as.
constexpr const char* kUnprivilegedUser = "nobody";

/// An installation by `cmake --install` in a temporary directory, laid over the machine's own directories for the time
/// of a script. The machine stays as it is.
class PrivateSystem {
 public:
  /// Installs the build below `prefix` ("/usr", "/usr/local"). Throws std::runtime_error with CMake's words.
  explicit PrivateSystem(const std::string& prefix);
  PrivateSystem(const PrivateSystem&) = delete;
  PrivateSystem& operator=(const PrivateSystem&) = delete;
  ~PrivateSystem();

  /// Why there can be none here, in a few words; empty when there can.
  [[nodiscard]] static std::string obstacle();

  /// The content of /etc/fstab, and of /etc/fuse.conf; both begin empty.
  void write_fstab(const std::string& lines);
  void write_fuse_conf(const std::string& lines);

  /// A directory of the unprivileged user, removed with this; and what a mount needs in it: the empty directory "mnt".
  [[nodiscard]] const std::filesystem::path& home() const { return home_; }
  [[nodiscard]] std::filesystem::path mount_point() const { return home_ / "mnt"; }
  /// Makes a file or directory below home() the user's.
  void give_to_user(const std::filesystem::path& path) const;

  /// Runs a bash script, which ends at its first failure and names it, in mount and process namespaces of its own. In
  /// there the installation lies over the machine's directories, /dev/fuse is open to everybody, $HOME_DIR and $MNT
  /// name home() and mount_point(), and `as_user COMMAND...` runs a command as the unprivileged user. Whatever the
  /// script starts or mounts ends with it.
  [[nodiscard]] CommandResult run(const std::string& script, const std::vector<std::string>& environment = {}) const;

 private:
  std::filesystem::path directory_;
  std::filesystem::path root_;  ///< DESTDIR
  std::filesystem::path home_;
};

}  // namespace ftpsfs::test
