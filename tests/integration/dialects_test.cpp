// What servers do differently, seen through a mount, the status and the doctor.
#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "fakes/server_presets.h"
#include "integration/fake_mount_point.h"

namespace ftpsfs::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(DataSets, AreRefusedWithAClearWord) {
  FakeServer server(server_preset("zos").dialect);
  const FakeMountPoint mount_point(server);
  const CommandResult result = mount_point.mount();
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output,
              HasSubstr("is z/OS, and 'FTPUSER.' holds data sets, which cannot be mounted; a directory of "
                        "z/OS UNIX can, as by ftpes://127.0.0.1//u/ftpuser"));
  EXPECT_FALSE(mount_point.is_mounted());
}

TEST(Dialects, TheStatusTellsTheServerAndWhatWasFoundOut) {
  FakeServer server(server_preset("iis").dialect);
  server.tree().add_file("/file", "content");
  const FakeMountPoint mount_point(server);
  ASSERT_EQ(mount_point.mount().status, 0);
  EXPECT_EQ(run_command({"chmod", "600", (mount_point.path() / "file").string()}, std::chrono::seconds(20)).status, 0);
  const CommandResult status = run_ftpsfs({"status", mount_point.path().string()});
  EXPECT_THAT(status.output, AllOf(HasSubstr("\nserver      IIS; "), HasSubstr("no SITE CHMOD")));
}

TEST(Dialects, TheNextMountBeginsWithWhatThisOneFoundOut) {
  FakeServer server({.site_chmod = false});
  server.tree().add_file("/file", "content");
  const FakeMountPoint mount_point(server);
  const auto change_mode = [&] {
    return run_command({"chmod", "600", (mount_point.path() / "file").string()}, std::chrono::seconds(20)).status;
  };
  const auto attempts = [&] {
    const auto commands = server.commands();
    return std::count_if(commands.begin(), commands.end(),
                         [](const FakeCommand& each) { return each.line() == "SITE CHMOD 600 /file"; });
  };
  ASSERT_EQ(mount_point.mount().status, 0);
  EXPECT_EQ(change_mode(), 0);
  EXPECT_EQ(attempts(), 1);
  mount_point.unmount();
  for (int i = 0; i < 500 && server.open_connections() > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));  // the last thing that the daemon does
  }
  ASSERT_EQ(mount_point.mount().status, 0);
  EXPECT_EQ(change_mode(), 0);
  EXPECT_EQ(attempts(), 1) << "it is known to be refused";
}

TEST(Dialects, AnUploadOutlivesItsControlConnection) {
  FakeServer server;
  const FakeMountPoint mount_point(server);
  ASSERT_EQ(mount_point.mount().status, 0);
  const int fault = server.on("STOR", {.nth = 1, .data = DataFault::kLoseControl, .after = 500'000});
  const std::string content(3'000'000, 'x');
  write_file(mount_point.path() / "file", content);
  EXPECT_EQ(server.hits(fault), 1);
  EXPECT_TRUE(server.tree().content("/file") == content);
  EXPECT_GT(server.count("SIZE") + server.count("MLST"), 0) << "what arrived is compared before anything is sent again";
}

}  // namespace
}  // namespace ftpsfs::test
