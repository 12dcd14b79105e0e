// Mount: a mounted ftpsfs for the time of a test.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "integration/command.h"
#include "integration/ftp_server.h"

namespace ftpsfs::test {

/// Runs the real program in a temporary directory of its own and unmounts in its destructor.
class Mount {
 public:
  /// Mounts `server`, as a user would: credentials in a file, its certificate trusted. `options` are added to -o;
  /// `path` follows the address in the source ("" the login directory, "/a" below it). Throws std::runtime_error with
  /// the program's words when it fails.
  explicit Mount(const FtpServer& server, const std::vector<std::string>& options = {}, const std::string& path = "");
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;
  ~Mount();

  [[nodiscard]] const std::filesystem::path& path() const { return mount_point_; }
  [[nodiscard]] std::string source() const { return source_; }
  /// What follows -o.
  [[nodiscard]] const std::string& options() const { return options_; }

  /// Unmounts and waits until the daemon has ended. Throws when the mount is busy.
  void unmount();
  /// Unmounts and mounts again with the same options: what is remembered is on a disk.
  void remount();
  /// The same without waiting for the daemon: the next one begins while it still uploads.
  void remount_at_once();
  /// The daemon is killed; remount() cleans up once nobody has a file open.
  void kill();
  /// The daemon is killed as by a crash of the system; what it left behind is cleaned up and mounted anew.
  void crash();

 private:
  void mount();
  void detach();

  std::filesystem::path directory_;
  std::filesystem::path mount_point_;
  std::string source_;
  std::string options_;
  bool mounted_ = false;
};

/// Runs the program with `arguments` against nothing in particular, for tests of what it says.
CommandResult run_ftpsfs(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {});

/// Writes the credentials of `server` to a file only its owner can read.
void write_credentials(const FtpServer& server, const std::filesystem::path& file);

/// A new empty directory for a test; removed by the caller.
std::filesystem::path make_temporary_directory();

/// Whole content of a file; throws when it cannot be read.
std::string read_file(const std::filesystem::path& file);
/// Creates or replaces a file; throws when open, write or close fails.
void write_file(const std::filesystem::path& file, const std::string& content);

}  // namespace ftpsfs::test
