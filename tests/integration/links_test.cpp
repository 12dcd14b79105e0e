// Symbolic links of the server: shown as links, contained in the mount, and never a way to what they point to.
#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

class Links : public RealServers {
 protected:
  static constexpr const char* kRefused = R"sh(
    refused() { if "$@" 2>/dev/null; then echo "not refused: $*"; exit 1; fi; }
  )sh";

  /// Before anything is mounted: links that stay in inside/, and others that lead to outside/.
  void make_files() {
    const CommandResult made = run_shell(R"sh(set -e
      cd "$HOME_DIR"; mkdir -p inside/d outside/sub
      seq 1000 > outside/file; echo keep > outside/sub/keep; echo self > inside/self
      ln -s ../outside/file inside/ok; ln -s ../outside inside/dir; ln -s .. inside/up; ln -s . inside/dot
      ln -s self inside/near; ln -s d inside/dnear
      touch -d '2001-01-01 01:01:01 UTC' inside/self outside/file
      chown -hR --reference=. inside outside; cp -a outside "$TMP/expected"
    )sh",
                                         std::chrono::seconds(30), environment());
    ASSERT_EQ(made.status, 0) << made.output;
  }
  [[nodiscard]] std::vector<std::string> environment() const {
    return {"HOME_DIR=" + server_.home().string(), "TMP=" + scratch_.string()};
  }
  void mount_below(const std::string& path, const std::string& option = "cache_ttl=30") {
    mount_.reset();
    mount_ = std::make_unique<Mount>(server_, std::vector<std::string>{option}, path);
  }
  void expect_untouched() {
    const CommandResult same = run_shell(R"sh(set -e
      diff -r "$TMP/expected" "$HOME_DIR/outside"
      test "$(stat -c %Y "$HOME_DIR/outside/file")" = 978310861
      test "$(cat "$HOME_DIR/inside/self")" = self
    )sh",
                                         std::chrono::seconds(30), environment());
    EXPECT_EQ(same.status, 0) << same.output;
  }
};

TEST_P(Links, LeadNowhereOutOfTheMount) {
  make_files();
  for (const bool listed : {true, false}) {
    mount_below("/inside");
    expect_script(kRefused + std::string(listed ? "ls -l $MNT || true" : "") + R"sh(
      cd "$MNT"
      for link in dir up; do test -L "$link"; refused readlink "$link"; refused ls "$link/"; done
      test -L dot
      test "$(readlink near)" = self; test "$(cat near)" = self; test "$(readlink dnear)" = d; test -d dnear
    )sh");
  }
  expect_script(R"sh(rm -rf "$MNT/dir" "$MNT/up" "$MNT/dot"; rm -f "$MNT/ok" "$MNT/near" "$MNT/dnear"
    test "$(ls "$MNT")" = $'d\nself'; test "$(ls -A "$HOME_DIR/inside")" = $'d\nself')sh");
  expect_untouched();
}

TEST_P(Links, ToTheirOwnDirectoryAreRemovedAlone) {
  make_files();
  mount_below("");
  expect_script(R"sh(rm -rf "$MNT/inside/dot" "$MNT/inside/up" "$MNT/inside/dir"
    test "$(ls -A "$HOME_DIR/inside")" = $'d\ndnear\nnear\nok\nself')sh");
  expect_untouched();
}

TEST_P(Links, ToAFileOutOfTheMountAreReadAlone) {
  make_files();
  for (const bool listed : {true, false}) {
    mount_below("/inside", "attr_ttl=0");
    expect_script(kRefused + std::string(listed ? "ls -l $MNT || true" : "") + R"sh(
      cd "$MNT"
      cmp ok "$TMP/expected/file"; cp ok "$TMP/copy"; cmp "$TMP/copy" "$TMP/expected/file"
      test "$(tail -c 1000 ok | md5sum)" = "$(tail -c 1000 "$TMP/expected/file" | md5sum)"
      for how in 'echo more >> ok' 'echo new > ok' 'cp self ok' 'truncate -s 3 ok'; do refused bash -c "$how"; done
      test -L "$HOME_DIR/inside/ok"
    )sh");
    expect_untouched();
  }
}

TEST_P(Links, HaveATimeOfTheirOwn) {
  make_files();
  mount_below("/inside");
  const bool made = GetParam() == ServerKind::kProftpd;
  if (made) expect_script(R"sh(ln -s self "$MNT/made")sh");
  const std::string check = std::string("\nlinks='dir dot up near dnear'") + (made ? "' made'" : "") + R"sh(
    for link in $links; do test "$(stat -c %Y "$MNT/$link")" = 1046660583 || { echo "$link"; exit 1; }; done
    test "$(stat -c %Y "$HOME_DIR/inside/self" "$MNT/self")" = $'978310861\n978310861'
  )sh";
  expect_script(R"sh(find "$MNT" -type l -exec touch -h -d '2003-03-03 03:03:03 UTC' {} +)sh" + check);
  mount().remount();
  expect_script(check);
}

TEST_P(Links, RsyncFindsNothingToDo) {
  expect_script(R"sh(
    mkdir -p "$TMP/tree/a/b"; cd "$TMP/tree"
    echo content > a/services; echo more > a/b/f; ln -s services a/ln; ln -s ../services a/b/up; ln -s b a/dir
    touch -h -d '2003-03-03 03:03:03 UTC' a/ln a/b/up a/dir; touch -d '2002-02-02 02:02:02 UTC' a/services a/b/f a/b a
    mkdir "$HOME_DIR/copy"; cp -dR a "$HOME_DIR/copy/"; chown -hR --reference="$HOME_DIR" "$HOME_DIR/copy"
  )sh");
  mount_below("/copy");
  expect_script(R"sh(rsync -a "$TMP/tree/" "$MNT/")sh");
  const std::string again = R"sh(
    again=$(rsync -ai "$TMP/tree/" "$MNT/"); test -z "$again" || { echo "itemised: $again"; exit 1; }
    test "$(cd "$HOME_DIR/copy"; stat -c %Y a/services a/b/f)" = "$(cd "$TMP/tree"; stat -c %Y a/services a/b/f)"
  )sh";
  expect_script(again);
  mount().remount();
  expect_script(again);
  expect_script(R"sh(test "$(ls -lR --time-style=+ "$MNT" | wc -l)" -gt 5)sh" + again);
}

FTPSFS_ON_REAL_SERVERS(Links);

}  // namespace
}  // namespace ftpsfs::test
