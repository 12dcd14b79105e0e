// Directories at scale, and what the kernel remembers of files that others change.
#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

class Directories : public RealServers {
 protected:
  /// Mounts with options of the test's own.
  void mount_with(const std::vector<std::string>& options) { mount_ = std::make_unique<Mount>(server_, options); }
};

TEST_P(Directories, ALargeDirectoryIsToldWholeAndOnce) {
  expect_script(R"sh(
    mkdir "$MNT/large"
    (cd "$HOME_DIR/large" && seq -f 'entry-%06g' 1 5000 | xargs touch)
    for round in 1 2; do
      ls -f "$MNT/large" | grep entry | sort > "$TMP/names"
      diff "$TMP/names" <(ls "$HOME_DIR/large")
    done
    attributes() { find . -name 'entry-004*' -printf '%f %s %Ts\n' | sort; }
    diff <(cd "$MNT/large" && attributes) <(cd "$HOME_DIR/large" && attributes)
    rm "$MNT"/large/entry-0049*
    diff <(ls "$MNT/large") <(ls "$HOME_DIR/large")
  )sh");
}

TEST_P(Directories, AFileThatGrewElsewhereIsReadWhole) {
  mount_with({"attr_ttl=0", "cache_ttl=3600"});
  expect_script(R"sh(
    mkdir "$MNT/d"
    for i in 1 2 3 4 5; do echo short > "$HOME_DIR/d/file$i"; done
    for i in 1 2 3 4 5; do test "$(stat -c %s "$MNT/d/file$i")" = 6; done
    for i in 1 2 3 4 5; do echo "much longer than it was before" > "$HOME_DIR/d/file$i"; done
    for i in 1 2 3 4 5; do
      cmp "$MNT/d/file$i" "$HOME_DIR/d/file$i"
      test "$(stat -c %s "$MNT/d/file$i")" = 31
    done
  )sh");
}

TEST_P(Directories, ARefreshedListingTakesBackWhatTheKernelKnew) {
  // The last questions about single names were asked after the listing, and are believed for longer; the next listing
  // knows better.
  mount_with({"cache_ttl=4"});
  expect_script(R"sh(
    mkdir "$MNT/d"
    for i in $(seq 1 20); do echo short > "$HOME_DIR/d/file$i"; done
    ls -f "$MNT/d" > /dev/null
    listed=$SECONDS
    until ((SECONDS - listed > 5)); do stat "$MNT"/d/file{7,8} > /dev/null; sleep 0.2; done
    echo "longer than it was" > "$HOME_DIR/d/file7"; rm "$HOME_DIR/d/file8"
    changed=$SECONDS
    until [ "$(stat -c %s "$MNT/d/file7")" = 19 ] && [ ! -e "$MNT/d/file8" ]; do
      ls -f "$MNT/d" > /dev/null
      ((SECONDS - changed < 20)) || exit 1
      sleep 0.1
    done
  )sh");
}

FTPSFS_ON_REAL_SERVERS(Directories);

}  // namespace
}  // namespace ftpsfs::test
