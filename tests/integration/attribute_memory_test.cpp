// Times and modes as rsync and git find them: now, and after the next mount, whatever the server can hold.
#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

class RememberedAttributes : public RealServers {
 protected:
  void mount_with(const std::string& option) {
    mount_ = std::make_unique<Mount>(server_, std::vector<std::string>{option, "cache_ttl=1"});
  }

  /// $TMP/tree, with fractions of seconds that FTP does not have, and old times of directories.
  void make_tree() {
    expect_script(R"sh(
      mkdir -p "$TMP"/tree/{a/b,empty}
      for i in $(seq 10); do echo "$i" > "$TMP/tree/a/file$i"; done
      printf '#!/bin/sh\n' > "$TMP/tree/script"; chmod 755 "$TMP/tree/script"
      echo secret > "$TMP/tree/a/b/private"; chmod 600 "$TMP/tree/a/b/private"
      chmod 700 "$TMP/tree/empty"
      touch -d '2020-01-02 03:04:05.678901234 UTC' "$TMP"/tree/a/file?
      touch -d '2019-01-02 03:04:05.999999999 UTC' "$TMP/tree/a/b" "$TMP/tree/a" "$TMP/tree/empty" "$TMP/tree"
    )sh");
  }
  void copy_tree() { expect_script(R"sh(rsync -a "$TMP/tree/" "$MNT/copy/")sh"); }
  void expect_nothing_to_do(const std::string& when) {
    const CommandResult second = run_script(R"sh(
      second=$(rsync -ai "$TMP/tree/" "$MNT/copy/")
      test -z "$second" || { echo "itemised: $second"; exit 1; }
    )sh");
    EXPECT_EQ(second.status, 0) << when << ": " << second.output;
  }
  void expect_rsync_is_done_after_one_run() {
    make_tree();
    copy_tree();
    expect_nothing_to_do("at once");
    expect_script(R"sh(find "$MNT/copy" -type f -exec sync {} +)sh");
    expect_nothing_to_do("all is on the server");
    mount().remount();
    expect_nothing_to_do("after a remount");
    mount().remount();
    expect_nothing_to_do("after another");
  }
};

TEST_P(RememberedAttributes, RsyncFindsNothingToDo) {
  mount_with("write=sync");
  expect_rsync_is_done_after_one_run();
}

TEST_P(RememberedAttributes, RsyncFindsNothingToDoWithWriteBack) {
  mount_with("write=back");
  expect_rsync_is_done_after_one_run();
}

TEST_P(RememberedAttributes, RsyncFindsNothingToDoWhenTheUnmountUploads) {
  mount_with("write=back,settle=3600");
  make_tree();
  copy_tree();
  mount().remount();
  expect_nothing_to_do("after a remount");
}

TEST_P(RememberedAttributes, TheRootOfTheMountAsWell) {
  mount_with("write=sync");
  make_tree();
  const std::string second = R"sh(
    second=$(rsync -ai "$TMP/tree/" "$MNT/"); test -z "$second" || { echo "itemised: $second"; exit 1; }
  )sh";
  expect_script(R"sh(rsync -a "$TMP/tree/" "$MNT/")sh" + second);
  mount().remount();
  expect_script(second);
}

TEST_P(RememberedAttributes, ModesThatTheServerDoesNotSet) {
  if (GetParam() != ServerKind::kVsftpd) GTEST_SKIP() << "ProFTPD and Pure-FTPd refuse, and chmod says so";
  server_ = FtpServer::start(GetParam(), {"chmod=no"});
  mount_with("write=sync");
  expect_rsync_is_done_after_one_run();
}

TEST_P(RememberedAttributes, AnotherTimeOnTheServerIsBelieved) {
  mount_with("write=sync");
  make_tree();
  copy_tree();
  expect_nothing_to_do("at once");
  expect_script(R"sh(touch -d '2021-05-06 07:08:00 UTC' "$HOME_DIR/copy/a")sh");
  mount().remount();
  expect_script(R"sh(test "$(stat -c %Y "$MNT/copy/a")" != "$(stat -c %Y "$TMP/tree/a")")sh");
}

TEST_P(RememberedAttributes, GitFindsItsIndexUpToDate) {
  mount_with("write=sync");
  expect_script(R"sh(
    export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
    git init -q "$TMP/origin"; cd "$TMP/origin"
    for i in $(seq 8); do mkdir -p "d$((i % 3))"; echo "$i" > "d$((i % 3))/f$i"; done
    chmod 755 d1/f1; git add .; git commit -qm one
    git clone -q "$TMP/origin" "$MNT/clone"; cd "$MNT/clone"
    test -z "$(git status --porcelain)"
    test -z "$(git update-index --refresh)"
  )sh");
  mount().remount();
  expect_script(R"sh(cd "$MNT/clone"; test -z "$(git update-index --refresh)"; test -z "$(git status --porcelain)")sh");
}

FTPSFS_ON_REAL_SERVERS(RememberedAttributes);

}  // namespace
}  // namespace ftpsfs::test
