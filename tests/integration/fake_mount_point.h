// FakeMountPoint: the real program on a fake server.
#pragma once

#include <filesystem>
#include <string>

#include "fakes/fake_server.h"
#include "integration/mount.h"

namespace ftpsfs::test {

/// Where a fake server is, or is not, mounted.
class FakeMountPoint {
 public:
  /// `options` are added to -o, `place` to the address.
  explicit FakeMountPoint(const FakeServer& server, const std::string& options = {}, const std::string& place = {})
      : scratch_(make_temporary_directory()) {
    std::filesystem::create_directory(path());
    const std::filesystem::path credentials = scratch_ / "credentials";
    write_file(credentials, "username=" + server.user() + "\npassword=" + server.password() + "\n");
    std::filesystem::permissions(credentials, std::filesystem::perms::owner_read);
    options_ = "credentials=" + credentials.string() + ",ca=" + server.ca_file() + ",timeout=2" +
               ",staging_dir=" + (scratch_ / "staging").string() + (options.empty() ? "" : "," + options);
    source_ = "ftpes://" + server.host() + ":" + std::to_string(server.port()) + place;
  }
  ~FakeMountPoint() {
    if (is_mounted()) (void)run_command({"umount", path().string()}, std::chrono::seconds(20));
    std::error_code ignored;
    std::filesystem::remove_all(scratch_, ignored);
  }
  FakeMountPoint(const FakeMountPoint&) = delete;
  FakeMountPoint& operator=(const FakeMountPoint&) = delete;

  [[nodiscard]] std::filesystem::path path() const { return scratch_ / "mnt"; }
  [[nodiscard]] CommandResult mount() const { return mount_at(path()); }
  /// The same source, with the same options, elsewhere.
  [[nodiscard]] CommandResult mount_at(const std::filesystem::path& directory) const {
    return run_ftpsfs({"-o", options_, source_, directory.string()});
  }
  /// In the foreground: returns, with the log, when it was unmounted.
  [[nodiscard]] CommandResult serve() const { return run_ftpsfs({"-f", "-o", options_, source_, path().string()}); }
  /// What the doctor says of the server, asked with the same options.
  [[nodiscard]] CommandResult ask_doctor() const { return run_ftpsfs({"doctor", "-o", options_, source_}); }
  /// The daemon may go on for a moment.
  void unmount() const { (void)run_command({"umount", path().string()}, std::chrono::seconds(20)); }
  [[nodiscard]] bool is_mounted() const {
    return run_command({"mountpoint", "-q", path().string()}, std::chrono::seconds(5)).status == 0;
  }

 private:
  std::filesystem::path scratch_;
  std::string options_;
  std::string source_;
};

}  // namespace ftpsfs::test
