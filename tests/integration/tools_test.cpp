// The tools people use: cp, rsync, tar, git, diff, on each real server.
#include <sys/xattr.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

class Tools : public RealServers {
 protected:
  /// A tree in $TMP/tree: nested directories, empty and binary files, several modes and times.
  static constexpr const char* kMakeTree = R"(
    mkdir -p "$TMP"/tree/{a/b/c,empty,"with space"/d}
    for i in $(seq 1 40); do head -c $((i * 777)) /dev/urandom > "$TMP/tree/a/file$i"; done
    : > "$TMP/tree/a/empty"
    printf 'hello\n' > "$TMP/tree/a/b/c/deep.txt"
    printf '#!/bin/sh\necho hi\n' > "$TMP/tree/script"; chmod 755 "$TMP/tree/script"
    printf 'secret\n' > "$TMP/tree/private"; chmod 600 "$TMP/tree/private"
    printf 'frozen\n' > "$TMP/tree/readonly"; chmod 444 "$TMP/tree/readonly"
    touch -d '2001-02-03 04:05:06 UTC' "$TMP/tree/a/file1" "$TMP/tree/a/b"
    touch -d '2023-11-12 13:14:15 UTC' "$TMP/tree/script" "$TMP/tree/empty"
    chmod 700 "$TMP/tree/empty"
  )";
};

TEST_P(Tools, CopyInAndOutIsIdentical) {
  expect_script(std::string(kMakeTree) + R"(
    cp -r "$TMP/tree" "$MNT/tree"
    diff -r "$TMP/tree" "$MNT/tree"
    diff -r "$TMP/tree" "$HOME_DIR/tree"
    cp -r "$MNT/tree" "$TMP/back"
    diff -r "$TMP/tree" "$TMP/back"
  )");
  mount().remount();
  expect_script(R"(diff -r "$TMP/tree" "$MNT/tree")");
}

TEST_P(Tools, ArchiveCopyKeepsTimesAndModes) {
  expect_script(std::string(kMakeTree) + R"(
    cp -a "$TMP/tree" "$MNT/tree"
    list() { (cd "$1" && find . -type f -printf '%P %m %s %Ts\n' -o -printf '%P %m %Ts\n' | sort); }
    diff <(list "$TMP/tree") <(list "$MNT/tree")
  )");
}

TEST_P(Tools, SecondRsyncHasNothingToDo) {
  expect_script(std::string(kMakeTree) + R"(
    rsync -a "$TMP/tree/" "$MNT/tree/"
    diff -r "$TMP/tree" "$HOME_DIR/tree"
    second=$(rsync -ai "$TMP/tree/" "$MNT/tree/")
    test -z "$second" || { echo "itemised: $second"; exit 1; }
    back=$(rsync -ain "$MNT/tree/" "$TMP/tree/")
    test -z "$back" || { echo "itemised back: $back"; stat -c "%n %y" "$TMP"/tree/* "$MNT"/tree/* "$HOME_DIR"/tree/*; exit 1; }
  )");
}

TEST_P(Tools, RsyncFindsNothingToDoAfterARemount) {
  expect_script(std::string(kMakeTree) + R"sh(rsync -a "$TMP/tree/" "$MNT/tree/")sh");
  mount().remount();
  expect_script(R"sh(
    second=$(rsync -ai "$TMP/tree/" "$MNT/tree/")
    test -z "$second" || { echo "itemised: $second"; exit 1; }
  )sh");
}

TEST_P(Tools, RsyncDeletesAndUpdates) {
  expect_script(std::string(kMakeTree) + R"sh(
    rsync -a "$TMP/tree/" "$MNT/tree/"
    rm -r "$TMP/tree/a/b"; echo more >> "$TMP/tree/a/file2"; echo new > "$TMP/tree/new"
    rsync -a --delete "$TMP/tree/" "$MNT/tree/"
    diff -r "$TMP/tree" "$HOME_DIR/tree"
    echo again >> "$TMP/tree/a/file2"
    rsync -a --inplace "$TMP/tree/" "$MNT/tree/"
    diff -r "$TMP/tree" "$HOME_DIR/tree"
  )sh");
}

TEST_P(Tools, TarPacksAndUnpacks) {
  expect_script(std::string(kMakeTree) + R"sh(
    tar -C "$TMP" -cf "$TMP/in.tar" tree
    tar -C "$MNT" -xf "$TMP/in.tar"
    diff -r "$TMP/tree" "$HOME_DIR/tree"
    tar -C "$MNT" -cf "$MNT/out.tar" tree
    mkdir "$TMP/unpacked"; tar -C "$TMP/unpacked" -xf "$MNT/out.tar"
    diff -r "$TMP/tree" "$TMP/unpacked/tree"
  )sh");
}

TEST_P(Tools, GitClonesCommitsAndChecks) {
  expect_script(R"sh(
    export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
    git init -q "$TMP/origin"; cd "$TMP/origin"
    for i in $(seq 1 20); do mkdir -p "d$((i % 4))"; head -c 2000 /dev/urandom | base64 > "d$((i % 4))/f$i"; done
    git add . && git commit -qm one
    echo more >> d1/f1; git commit -qam two
    git clone -q "$TMP/origin" "$MNT/clone"
    cd "$MNT/clone"
    git fsck --strict
    test -z "$(git status --porcelain)"
    echo change > d2/new; echo edit >> d1/f1
    git add . && git commit -qm three
    test "$(git log --oneline | wc -l)" = 3
    git gc -q
    git fsck --strict
  )sh");
  mount().remount();
  expect_script(R"sh(cd "$MNT/clone"; git fsck --strict; test -z "$(git status --porcelain)")sh");
}

TEST_P(Tools, LinksAreRefusedAsOnFileSystemsWithoutThem) {
  const CommandResult symbolic = run_script(R"(ln -s target "$MNT/link")");
  EXPECT_NE(symbolic.status, 0);
  EXPECT_NE(symbolic.output.find("Operation not permitted"), std::string::npos) << symbolic.output;
  const CommandResult hard = run_script(R"(echo x > "$MNT/file"; ln "$MNT/file" "$MNT/hard")");
  EXPECT_NE(hard.status, 0);
  EXPECT_NE(hard.output.find("Operation not permitted"), std::string::npos) << hard.output;
  const CommandResult pipe = run_script(R"(mkfifo "$MNT/pipe")");
  EXPECT_NE(pipe.status, 0);
}

TEST_P(Tools, SymbolicLinksAreMadeWhereTheServerMakesThem) {
  if (GetParam() != ServerKind::kProftpd) GTEST_SKIP() << "it makes none";
  expect_script(R"sh(
    mkdir -p "$MNT/a/b"; echo content > "$MNT/a/target"
    ln -s ../target "$MNT/a/b/link"
    test "$(readlink "$MNT/a/b/link")" = ../target
    test "$(cat "$MNT/a/b/link")" = content
    test -L "$HOME_DIR/a/b/link"
    ln -s a "$MNT/directory"; test "$(cat "$MNT/directory/target")" = content
    if ln -s ../../../etc/passwd "$MNT/a/out"; then exit 1; fi
    if ln -s /etc/passwd "$MNT/a/out"; then exit 1; fi
    rm "$MNT/a/b/link"; test -e "$MNT/a/target"
    cd "$MNT/a"
    for target in 'two words' ' before' '"quoted"' 'a "b" c\d' plain; do
      echo "$target" >"$target"
      for link in 'a link' 'link ' '"link"' 'l\ink' link; do
        ln -s "../$target" "b/$link"
        test "$(readlink "b/$link")" = "../$target"
        test "$(cat "b/$link")" = "$target"
        rm "b/$link"
      done
    done
    cd ..
    if ln -s missing "$MNT/dangling" 2>"$TMP/why"; then exit 1; fi
    grep -q 'Operation not permitted' "$TMP/why"
    rm "$MNT/directory"; test -e "$MNT/a/target"
  )sh");
}

std::string attribute(const std::filesystem::path& file, const char* name) {
  std::array<char, 1000> value;
  const ssize_t length = ::getxattr(file.c_str(), name, value.data(), value.size());
  return length < 0 ? std::strerror(errno) : std::string(value.data(), static_cast<std::size_t>(length));
}

TEST_P(Tools, TheServerTellsOfAFileInExtendedAttributes) {
  const std::filesystem::path file = mount().path() / "file";
  write_file(file, "content\n");
  const std::string none = std::strerror(ENODATA);
  const std::string facts = attribute(file, "user.ftp.facts");
  if (GetParam() == ServerKind::kVsftpd) {
    EXPECT_EQ(facts, none);
  } else {
    EXPECT_NE(facts.find("size=8;"), std::string::npos) << facts;
  }
  EXPECT_EQ(
      attribute(file, "user.ftp.checksum.sha256"),
      GetParam() == ServerKind::kProftpd ? "434728a410a78f56fc1b5899c3593436e61ab0c731e9072d95e96db290205e53" : none);
  EXPECT_EQ(::listxattr(file.c_str(), nullptr, 0), 0) << "listed, they would be copied";
}

TEST_P(Tools, WhatTheServerForbidsIsToldByAccess) {
  if (GetParam() != ServerKind::kProftpd) GTEST_SKIP() << "it tells no perm fact";
  expect_script(R"sh(
    mkdir -m 0700 "$HOME_DIR/locked"; echo x > "$HOME_DIR/theirs"; echo x > "$HOME_DIR/ours"
    chown root "$HOME_DIR/locked" "$HOME_DIR/theirs"; chown --reference="$HOME_DIR" "$HOME_DIR/ours"
  )sh");
  mount().remount();
  expect_script(R"sh(
    test -w "$MNT/ours"; test -r "$MNT/theirs"; test -x "$MNT"
    test ! -r "$MNT/locked"; test ! -w "$MNT/locked"; test ! -x "$MNT/locked"
  )sh");
}

TEST_P(Tools, SymbolicLinksOfTheServerAreSeenOrFollowed) {
  expect_script(R"sh(
    mkdir "$HOME_DIR/d"; echo content > "$HOME_DIR/d/target"
    ln -s target "$HOME_DIR/d/link"
  )sh");
  mount().remount();
  expect_script(R"sh(
    test "$(cat "$MNT/d/link")" = content
  )sh");
}

FTPSFS_ON_REAL_SERVERS(Tools);

}  // namespace
}  // namespace ftpsfs::test
