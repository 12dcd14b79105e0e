// write=back on real servers: what was closed gets there, whatever happens between.
#include <fstream>
#include <thread>

#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

class WriteBack : public RealServers {
 protected:
  WriteBack() { mount_ = std::make_unique<Mount>(server_, std::vector<std::string>{"write=back"}); }
};

TEST_P(WriteBack, ACopiedTreeIsOnTheServerAfterTheUnmount) {
  expect_script(R"sh(
    mkdir -p "$TMP/tree/a/b"
    for i in $(seq 40); do head -c $((i * 977)) /dev/urandom > "$TMP/tree/a/file$i"; done
    head -c 3000000 /dev/urandom > "$TMP/tree/a/b/large"
    : > "$TMP/tree/empty"
    cp -r "$TMP/tree" "$MNT/tree"
    diff -r "$TMP/tree" "$MNT/tree"
  )sh");
  mount().unmount();
  const CommandResult compared = run_command(
      {"diff", "-r", (scratch_ / "tree").string(), (server_.home() / "tree").string()}, std::chrono::seconds(30));
  EXPECT_EQ(compared.status, 0) << compared.output;
}

TEST_P(WriteBack, ASecondRsyncFindsNothingToDo) {
  const std::string tree = R"sh(
    mkdir -p "$TMP/tree/a"
    for i in $(seq 20); do echo "$i" > "$TMP/tree/a/file$i"; touch -d "2020-01-02 03:04:$i UTC" "$TMP/tree/a/file$i"; done
    touch -d '2019-01-02 03:04:05 UTC' "$TMP/tree/a" "$TMP/tree"
    rsync -a "$TMP/tree/" "$MNT/copy/"
  )sh";
  expect_script(tree + R"sh(test -z "$(rsync -ai "$TMP/tree/" "$MNT/copy/" | tee /dev/stderr)")sh");
  mount().remount();
  expect_script(R"sh(
    test -z "$(rsync -ai "$TMP/tree/" "$MNT/copy/" | tee /dev/stderr)"
    test "$(ls -A "$HOME_DIR/copy/a" | wc -l)" = 20
  )sh");
}

TEST_P(WriteBack, WhatAKilledMountWasSendingIsRemovedByTheNext) {
  const std::string foreign = ".ftpsfs-0123abcd-00000000";  // nobody knows whose that is
  write_file(server_.home() / foreign, "");
  expect_script(R"sh(mkdir "$MNT/d")sh");
  const std::string await = R"sh(
    for i in $(seq 300); do test "$(ls -A "$HOME_DIR/d" | wc -l)" = "$WANTED" && exit; sleep 0.05; done
    ls -lA "$HOME_DIR/d"; exit 1
  )sh";
  {
    std::ofstream large(mount().path() / "d/large", std::ios::binary);
    large << std::string(4'000'000, 'x') << std::flush;
    expect_script("WANTED=1\n" + await);  // it is on its way while it is written
    mount().kill();
  }
  mount().remount();
  expect_script("WANTED=0\n" + await);
  EXPECT_TRUE(std::filesystem::exists(server_.home() / foreign));
}

TEST_P(WriteBack, ACrashLosesNothingThatWasClosed) {
  expect_script(R"sh(
    for i in $(seq 20); do echo "content $i" > "$MNT/file$i"; done
    mv "$MNT/file1" "$MNT/renamed"; rm "$MNT/file2"
  )sh");
  mount().crash();
  expect_script(R"sh(
    test "$(cat "$MNT/renamed")" = "content 1"
    test ! -e "$MNT/file2"
    sync "$MNT/renamed"
  )sh");
  mount().unmount();
  expect_script(R"sh(
    cd "$HOME_DIR"
    test "$(cat renamed)" = "content 1"
    test ! -e file1; test ! -e file2
    for i in $(seq 3 20); do test "$(cat "file$i")" = "content $i"; done
  )sh");
}

TEST_P(WriteBack, AMountTakesOverFromADaemonThatStillUploads) {
  expect_script(R"sh(
    mkdir -p "$TMP/tree" "$MNT/tree"
    for i in $(seq 80); do head -c $((i * 4001)) /dev/urandom > "$TMP/tree/file$i"; done
    for i in $(seq 40); do echo old > "$MNT/tree/file$i"; sync "$MNT/tree/file$i"; done
    cp -r "$TMP/tree/." "$MNT/tree"
  )sh");
  mount().remount_at_once();
  expect_script(R"sh(diff -r "$TMP/tree" "$MNT/tree")sh");
  mount().unmount();
  expect_script(R"sh(rm -f "$HOME_DIR"/tree/.ftpsfs-*; diff -r "$TMP/tree" "$HOME_DIR/tree")sh");
}

TEST_P(WriteBack, OnlyOneMountHasTheJournal) {
  const auto elsewhere = scratch_ / "elsewhere";
  std::filesystem::create_directory(elsewhere);
  const CommandResult second = run_ftpsfs({"-o", mount().options(), mount().source(), elsewhere.string()});
  EXPECT_NE(second.status, 0);
  EXPECT_NE(second.output.find("in use by another mount"), std::string::npos) << second.output;
}

FTPSFS_ON_REAL_SERVERS(WriteBack);

}  // namespace
}  // namespace ftpsfs::test
