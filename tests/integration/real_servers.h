// RealServers: the fixture of every scenario; each runs on vsftpd, ProFTPD and Pure-FTPd through the kernel.
#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <memory>
#include <string>

#include "integration/ftp_server.h"
#include "integration/mount.h"

namespace ftpsfs::test {

class RealServers : public ::testing::TestWithParam<ServerKind> {
 protected:
  RealServers() : server_(FtpServer::start(GetParam())), scratch_(make_temporary_directory()) {}
  ~RealServers() override { std::filesystem::remove_all(scratch_); }

  /// Runs a script with $MNT, $HOME_DIR (the files on the server's side) and $TMP (scratch space) set; expects status
  /// 0.
  void expect_script(const std::string& script, std::chrono::seconds limit = std::chrono::seconds(120)) {
    const CommandResult result = run_script(script, limit);
    EXPECT_EQ(result.status, 0) << script << "\n" << result.output;
  }
  CommandResult run_script(const std::string& script, std::chrono::seconds limit = std::chrono::seconds(120)) {
    return run_shell("set -euo pipefail\n" + script, limit,
                     {"MNT=" + mount().path().string(), "HOME_DIR=" + server_.home().string(),
                      "TMP=" + scratch_.string(), "LC_ALL=C.UTF-8", "HOME=" + scratch_.string()});
  }

  /// Mounted at the first call.
  Mount& mount() {
    if (!mount_) mount_ = std::make_unique<Mount>(server_);
    return *mount_;
  }

  FtpServer server_;
  std::filesystem::path scratch_;
  std::unique_ptr<Mount> mount_;
};

inline std::string server_name(const ::testing::TestParamInfo<ServerKind>& info) {
  std::string name = to_string(info.param);
  std::erase_if(name, [](unsigned char c) { return std::isalnum(c) == 0; });
  return name;
}

/// Instantiates a suite derived from RealServers on all three.
#define FTPSFS_ON_REAL_SERVERS(suite) \
  INSTANTIATE_TEST_SUITE_P(           \
      , suite, ::testing::Values(ServerKind::kVsftpd, ServerKind::kProftpd, ServerKind::kPureFtpd), server_name)

}  // namespace ftpsfs::test
