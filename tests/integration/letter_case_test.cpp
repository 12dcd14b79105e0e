// A server that takes names which differ in case alone for one, through the kernel, which remembers names as well.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fakes/fake_server.h"
#include "integration/fake_mount_point.h"

namespace ftpsfs::test {
namespace {

TEST(LetterCase, OneFileHasOneNameAtATime) {
  FakeDialect windows;
  windows.greeting = "220 FileZilla Server 1.7.3";
  windows.folds_case = true;
  windows.rnto_overwrites = false;
  FakeServer server(windows);
  server.tree().add_file("/readme", "content");
  const FakeMountPoint mount_point(server);
  ASSERT_EQ(mount_point.mount().status, 0);
  const CommandResult result = run_shell(R"sh(
    set -eu
    cd "$MNT"
    test ! -e README; test -e readme
    mv readme README; test "$(ls)" = README; test ! -e readme
    mv -n README Readme; test "$(ls)" = Readme; test "$(cat Readme)" = content
    if mkdir README; then exit 1; fi
    if sh -c 'echo other > readme'; then exit 1; fi
    test "$(cat Readme)" = content
    rm Readme; echo other > readme; test "$(ls)" = readme; test ! -e Readme
  )sh",
                                         std::chrono::seconds(30), {"MNT=" + mount_point.path().string()});
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_EQ(server.tree().names("/"), std::vector<std::string>{"readme"});
  EXPECT_EQ(server.tree().content("/readme"), "other\n");
}

}  // namespace
}  // namespace ftpsfs::test
