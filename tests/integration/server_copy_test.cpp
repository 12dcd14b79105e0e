// Copies within the mount: made by the server where it can, read and written elsewhere, and the same either way.
#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

class ServerCopy : public RealServers {
 protected:
  /// Before anything is mounted.
  void make_files() {
    const CommandResult made = run_shell(R"sh(set -e
      head -c 20971520 /dev/urandom > "$HOME_DIR/large"; touch -d '2020-01-02 03:04:05 UTC' "$HOME_DIR/large"
      echo short > "$HOME_DIR/two words"; chmod 640 "$HOME_DIR/two words"; : > "$HOME_DIR/empty"
      chown --reference="$HOME_DIR" "$HOME_DIR"/*
    )sh",
                                         std::chrono::seconds(30), {"HOME_DIR=" + server_.home().string()});
    ASSERT_EQ(made.status, 0) << made.output;
  }
  void copy_all() {
    expect_script(R"sh(
      cd "$MNT"
      head -c 30000 /dev/urandom > longer
      cp large copy; cp -a large exact; cp "two words" longer; cp empty nothing
      if cp large large; then false; fi
      cp "two words" written; echo more >> written
    )sh");
  }
  /// How many files were sent either way: in ProFTPD's log "i" is for what came in, "o" for what went out.
  std::string transfers() {
    const std::string log = (server_.directory() / "transfers").string();
    return run_command({"grep", "-cE", " [io] r ", log}, std::chrono::seconds(10)).output;
  }
  /// Bytes sent either way, so far.
  std::string bytes() {
    const std::string log = (server_.directory() / "transfers").string();
    return run_command({"awk", "/ [io] r / { sum += $8 } END { print sum + 0 }", log}, std::chrono::seconds(10)).output;
  }
  void change_a_little() {
    expect_script(R"sh(
      cd "$MNT"; cp -p "$HOME_DIR/large" "$TMP/expected"
      for at in 5000000 12345678; do
        printf 'changed here' | dd of=large bs=1 seek=$at conv=notrunc status=none
        printf 'changed here' | dd of="$TMP/expected" bs=1 seek=$at conv=notrunc status=none
      done
    )sh");
  }
  void compare_all() {
    expect_script(R"sh(
      cd "$HOME_DIR"
      cmp large copy; cmp large exact; cmp "two words" longer; test -f nothing -a ! -s nothing
      test "$(stat -c %Y exact)" = "$(stat -c %Y large)"
      printf 'short\nmore\n' | cmp - written
      test "$(ls -A | wc -l)" = 8
    )sh");
  }
};

TEST_P(ServerCopy, AllCopiesAreWhole) {
  make_files();
  copy_all();
  compare_all();
  expect_script(R"sh(cd "$MNT"; cmp "$HOME_DIR/large" copy; cmp "$HOME_DIR/two words" longer)sh");
}

TEST_P(ServerCopy, WithWriteBackToo) {
  make_files();
  mount_ = std::make_unique<Mount>(server_, std::vector<std::string>{"write=back"});
  copy_all();
  mount().unmount();
  compare_all();
}

TEST_P(ServerCopy, NoByteCrossesTheLine) {
  if (server_.kind() != ServerKind::kProftpd) GTEST_SKIP() << "it cannot copy";
  make_files();
  expect_script(R"sh(cp "$MNT/large" "$MNT/copy"; cmp "$HOME_DIR/large" "$HOME_DIR/copy")sh");
  EXPECT_EQ(transfers(), "0\n");
  expect_script(R"sh(cmp "$MNT/copy" "$HOME_DIR/large")sh");
  EXPECT_NE(transfers(), "0\n") << "the log tells nothing";
}

TEST_P(ServerCopy, ASmallChangeOfALargeFile) {
  make_files();
  change_a_little();
  expect_script(R"sh(cmp "$HOME_DIR/large" "$TMP/expected"; test "$(ls -A "$HOME_DIR" | wc -l)" = 3)sh");
  if (server_.kind() == ServerKind::kProftpd) {
    EXPECT_LT(std::stol(bytes()), 4096);
  }
}

TEST_P(ServerCopy, ASmallChangeOfALargeFileWithWriteBack) {
  make_files();
  mount_ = std::make_unique<Mount>(server_, std::vector<std::string>{"write=back"});
  change_a_little();
  mount().unmount();
  expect_script(R"sh(cmp "$HOME_DIR/large" "$TMP/expected"; test "$(ls -A "$HOME_DIR" | wc -l)" = 3)sh");
  if (server_.kind() == ServerKind::kProftpd) {
    EXPECT_LT(std::stol(bytes()), 4096);
  }
}

FTPSFS_ON_REAL_SERVERS(ServerCopy);

}  // namespace
}  // namespace ftpsfs::test
