// What a mount does when its server falls silent, is gone, or does not let us in any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "integration/fake_mount_point.h"

namespace ftpsfs::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class DeadServer : public ::testing::Test {
 protected:
  /// Nothing is believed for long, so that every question would go to the server.
  void mount(const std::string& options = {}) {
    server_.tree().add_file("/d/f", "content");
    mount_point_.emplace(server_, "cache_ttl=0,attr_ttl=0,timeout=10" + (options.empty() ? "" : "," + options));
    const CommandResult mounted = mount_point_->mount();
    ASSERT_EQ(mounted.status, 0) << mounted.output;
    ASSERT_EQ(shell("ls -l $MNT/d; cat $MNT/d/f; df $MNT").status, 0);
  }

  CommandResult shell(const std::string& script) {
    return run_shell(script, 60s, {"MNT=" + mount_point_->path().string()});
  }
  std::string status() { return run_ftpsfs({"status", mount_point_->path().string()}).output; }

  /// Nothing is answered any more; connections are taken, as by a firewall or a machine that hangs.
  void fall_silent() { server_.on("*", {.silent = true}); }
  void die() {
    server_.stop_accepting();
    server_.disconnect_all();
  }

  FakeServer server_;
  std::optional<FakeMountPoint> mount_point_;
};

TEST_F(DeadServer, DfAndLsOfTheDirectoryAboveDoNotHang) {
  mount();
  fall_silent();
  const auto begin = std::chrono::steady_clock::now();
  const CommandResult asked = shell("df $MNT && ls -l $MNT/.. && stat $MNT && df $MNT && ls -ld $MNT");
  EXPECT_EQ(asked.status, 0) << asked.output;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 7s) << "a moment for each question, not the timeout";
  server_.clear_faults();
}

TEST_F(DeadServer, CtrlCEndsTheWait) {
  mount();
  fall_silent();
  const auto begin = std::chrono::steady_clock::now();
  const CommandResult asked = shell("timeout -s INT 0.2 ls $MNT/d; timeout -s INT 0.2 cat $MNT/d/f");
  EXPECT_EQ(asked.status, 124) << asked.output;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  server_.clear_faults();
}

TEST_F(DeadServer, CtrlCEndsACopyWhichGoesOnInTheBackground) {
  mount("timeout=2");
  server_.on("STOR", {.silent = true});
  const auto write_and = [&](const std::string& name, const std::string& step) {
    const std::string program =
        "import os, sys\nf = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)\nos.write(f, b'x')\n";
    return run_command({"timeout", "-s", "INT", "0.5", "python3", "-c", program + step,
                        (mount_point_->path() / "d" / name).string()},
                       60s)
        .status;
  };
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(shell("timeout -s INT 0.2 cp $MNT/d/f $MNT/d/copied").status, 124);
  EXPECT_EQ(write_and("synced", "os.fsync(f)"), 124);
  EXPECT_EQ(write_and("open", "os.kill(os.getpid(), 9)"), 137);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  server_.clear_faults();
  const auto arrived = [&] {
    const auto& tree = server_.tree();
    return tree.exists("/d/copied") && tree.exists("/d/synced") && tree.exists("/d/open");
  };
  for (int i = 0; i < 1000 && !arrived(); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_TRUE(arrived());
}

TEST_F(DeadServer, CtrlCAndRmEndAnUpload) {
  mount("timeout=2");
  server_.on("STOR", {.silent = true});
  EXPECT_EQ(shell("timeout -s INT 0.2 cp $MNT/d/f $MNT/d/unwanted").status, 124);
  server_.clear_faults();
  EXPECT_EQ(shell("rm $MNT/d/unwanted && ls $MNT/d").output, "f\n");
  EXPECT_FALSE(server_.tree().exists("/d/unwanted"));
}

TEST_F(DeadServer, AWrongPasswordIsTriedOnceByAMountThatBegins) {
  server_.on("PASS", {.reply = "530 Login incorrect."});
  mount_point_.emplace(server_);
  const CommandResult mounted = mount_point_->mount();
  EXPECT_EQ(mounted.status, 1);
  EXPECT_THAT(mounted.output, HasSubstr("Login incorrect"));
  EXPECT_EQ(server_.count("PASS"), 1);
}

TEST_F(DeadServer, AWrongPasswordIsTriedOnceByAMountThatStands) {
  mount();
  server_.forget_history();
  server_.on("PASS", {.reply = "530 Login incorrect."});
  server_.disconnect_all();
  const CommandResult asked = shell("cat $MNT/d/f & ls $MNT/d & stat $MNT/d & wait; cat $MNT/d/f");
  EXPECT_NE(asked.status, 0) << asked.output;
  EXPECT_THAT(asked.output, HasSubstr("Input/output error"));
  EXPECT_LE(server_.count("PASS"), 2) << "once beside sessions that still seemed to stand, once when none was left";
  EXPECT_THAT(status(), AllOf(HasSubstr("offline     for "), HasSubstr("Login incorrect"),
                              HasSubstr("left alone for 5 minutes")));
}

TEST_F(DeadServer, IsUsedAgainOnceItIsBack) {
  mount();
  die();
  EXPECT_THAT(shell("cat $MNT/d/f").output, HasSubstr("Input/output error"));
  EXPECT_THAT(status(), HasSubstr("only what is in memory can be reached"));
  server_.resume_accepting();
  EXPECT_EQ(shell("for i in $(seq 50); do cat $MNT/d/f 2>/dev/null && exit 0; sleep 0.1; done; exit 1").output,
            "content");
  EXPECT_THAT(status(), Not(HasSubstr("offline")));
}

TEST_F(DeadServer, OfflineStaleShowsWhatIsKnownAndTakesNoChanges) {
  mount("offline=stale");
  die();
  const CommandResult seen = shell("ls $MNT/d && cat $MNT/d/f && ls $MNT");
  EXPECT_EQ(seen.status, 0) << seen.output;
  EXPECT_EQ(seen.output, "f\ncontentd\n");
  const CommandResult changed = shell("touch $MNT/d/new; mkdir $MNT/new; rm -f $MNT/d/f; echo x > $MNT/d/f");
  EXPECT_THAT(changed.output, HasSubstr("Read-only file system"));
  EXPECT_THAT(changed.output, Not(HasSubstr("Input/output error")));
  EXPECT_THAT(status(), HasSubstr("what is known is shown, and nothing can be changed"));
  server_.resume_accepting();
  EXPECT_EQ(shell("for i in $(seq 50); do touch $MNT/d/new 2>/dev/null && exit 0; sleep 0.1; done; exit 1").status, 0);
  // An empty new file is sent right after its last close.
  for (int i = 0; i < 500 && !server_.tree().exists("/d/new"); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_TRUE(server_.tree().exists("/d/new"));
  EXPECT_THAT(status(), Not(HasSubstr("offline")));
}

}  // namespace
}  // namespace ftpsfs::test
