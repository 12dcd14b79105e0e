// Mount points: which directories one can mount on, and what is said about the others.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "integration/ftp_server.h"
#include "integration/mount.h"

namespace ftpsfs::test {
namespace {

class MountPoints : public ::testing::Test {
 protected:
  MountPoints() : server_(FtpServer::start(ServerKind::kProftpd)), scratch_(make_temporary_directory()) {
    std::filesystem::create_directory(mount_point());
    write_credentials(server_, scratch_ / "credentials");
  }
  ~MountPoints() override {
    (void)run_command({"umount", "-q", "-l", mount_point().string()}, std::chrono::seconds(20));  // after a failure
    std::error_code ignored;
    std::filesystem::remove_all(scratch_, ignored);
  }

  [[nodiscard]] std::filesystem::path mount_point() const { return scratch_ / "mnt"; }
  [[nodiscard]] std::string source() const { return "ftpes://localhost:" + std::to_string(server_.port()); }
  [[nodiscard]] std::string options() const {
    return "credentials=" + (scratch_ / "credentials").string() + ",ca=" + server_.ca().string() +
           ",staging_dir=" + (scratch_ / "staging").string();
  }

  /// Expects one line on the terminal that holds each of `words`.
  void expect_refusal(const std::filesystem::path& place, const std::vector<std::string>& words) {
    const CommandResult result = run_ftpsfs({"-o", options(), source(), place.string()});
    EXPECT_EQ(result.status, 1) << result.output;
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
    for (const std::string& word : words) EXPECT_NE(result.output.find(word), std::string::npos) << result.output;
  }

  CommandResult run_script(const std::string& script) {
    return run_shell("set -euo pipefail\n" + script, std::chrono::seconds(60),
                     {std::string("FTPSFS=") + FTPSFS_BINARY, "OPTIONS=" + options(), "SOURCE=" + source(),
                      "MNT=" + mount_point().string()});
  }

  FtpServer server_;
  std::filesystem::path scratch_;
};

TEST_F(MountPoints, AFileIsRefused) {
  const std::filesystem::path file = scratch_ / "file";
  write_file(file, "untouched");
  expect_refusal(file, {file.string(), "not a directory"});
  EXPECT_EQ(read_file(file), "untouched");
}

TEST_F(MountPoints, APathThroughAFileIsRefused) {
  write_file(scratch_ / "file", "untouched");
  expect_refusal(scratch_ / "file" / "mnt", {"not a directory"});
}

TEST_F(MountPoints, ADirectoryNeedNotBeEmpty) {
  write_file(mount_point() / "covered", "still here");
  const CommandResult result = run_script(R"sh(
    "$FTPSFS" -o "$OPTIONS" "$SOURCE" "$MNT"
    trap 'umount -l "$MNT"' EXIT
    test -z "$(ls -A "$MNT")"
  )sh");
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(read_file(mount_point() / "covered"), "still here");
}

TEST_F(MountPoints, TheOneOfAnotherFtpsfsIsRefused) {
  const Mount first(server_);
  write_file(first.path() / "file", "reachable");
  expect_refusal(first.path(),
                 {"already mounted on " + first.path().string(), "fusermount3 -u " + first.path().string()});
  EXPECT_EQ(read_file(first.path() / "file"), "reachable");
}

TEST_F(MountPoints, ADirectoryInsideAnotherMountWillDo) {
  const Mount outer(server_);
  std::filesystem::create_directory(outer.path() / "inner");
  const CommandResult result = run_script("MNT=" + outer.path().string() + R"sh(/inner
    "$FTPSFS" -o "$OPTIONS" "$SOURCE" "$MNT"
    trap 'umount "$MNT"' EXIT
    test "$(ls "$MNT")" = inner
  )sh");
  EXPECT_EQ(result.status, 0) << result.output;
}

// While the kernel still believes what it was told of the directory, the line says that an ftpsfs is mounted there;
// here it believes nothing.
TEST_F(MountPoints, TheOneOfADeadFtpsfsIsRefusedWithTheWayToFreeIt) {
  const CommandResult died = run_script(R"sh(
    "$FTPSFS" -f -o "$OPTIONS,cache_ttl=0,attr_ttl=0" "$SOURCE" "$MNT" & daemon=$!
    for _ in $(seq 100); do mountpoint -q "$MNT" && break; sleep 0.1; done
    mountpoint -q "$MNT"
    kill -KILL $daemon
    wait $daemon || true
  )sh");
  ASSERT_EQ(died.status, 0) << died.output;
  const std::string remedy = "fusermount3 -u " + mount_point().string();
  expect_refusal(mount_point(), {mount_point().string(), "has died", remedy});
  const CommandResult freed = run_shell(remedy, std::chrono::seconds(20));
  EXPECT_EQ(freed.status, 0) << freed.output;
  const CommandResult again = run_script(R"sh(
    "$FTPSFS" -o "$OPTIONS" "$SOURCE" "$MNT"
    umount "$MNT"
  )sh");
  EXPECT_EQ(again.status, 0) << again.output;
}

}  // namespace
}  // namespace ftpsfs::test
