// -o debug=TOPICS: what each of them shows, and that it shows no other, and no password.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "integration/fake_mount_point.h"

namespace ftpsfs::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class Debug : public ::testing::Test {
 protected:
  Debug() { server_.tree().add_file("/d/f", "content"); }

  std::string doctor_with(const std::string& topics) {
    const FakeMountPoint place(server_, "debug=" + topics);
    const CommandResult asked = place.ask_doctor();
    EXPECT_EQ(asked.status, 0) << asked.output;
    return asked.output;
  }

  /// The log of a mount in which a file was read twice, and one looked for in vain.
  std::string mount_with(const std::string& topics) {
    const FakeMountPoint place(server_, "debug=" + topics);
    auto log = std::async(std::launch::async, [&] { return place.serve().output; });
    for (int i = 0; i < 500 && !place.is_mounted(); ++i) std::this_thread::sleep_for(20ms);
    const CommandResult used =
        run_shell("cat $MNT/d/f $MNT/d/f; test ! -e $MNT/d/none; umount $MNT", 20s, {"MNT=" + place.path().string()});
    EXPECT_EQ(used.status, 0) << used.output;
    return log.get();
  }

  FakeServer server_;
};

TEST_F(Debug, FtpShowsTheConversation) {
  const std::string log = doctor_with("ftp");
  EXPECT_THAT(log, AllOf(HasSubstr("ftp debug: [1] connected to 127.0.0.1:"), HasSubstr("[1] > USER " + server_.user()),
                         HasSubstr("[1] > PASS ****"), ContainsRegex("\\[1\\] < 230 .* \\([0-9.]+ ms\\)"),
                         HasSubstr("[2] > USER")));
  EXPECT_THAT(log, Not(HasSubstr(server_.password())));
  EXPECT_THAT(log, Not(HasSubstr("tls debug")));
}

TEST_F(Debug, TlsShowsTheHandshakes) {
  const std::string log = doctor_with("tls");
  EXPECT_THAT(log, AllOf(ContainsRegex("tls debug: \\[1\\] control connection: TLSv1.3 [A-Z0-9_]+, full handshake"),
                         ContainsRegex("certificate of .*, issued by .*, good until 20[0-9-]+, sha256:[0-9a-f]+"),
                         ContainsRegex("\\[1\\] data connection: TLSv1.3 [A-Z0-9_]+, resumed")));
  EXPECT_THAT(log, Not(HasSubstr("ftp debug")));
}

TEST_F(Debug, CacheShowsWhatWasKnown) {
  const std::string log = mount_with("cache");
  EXPECT_THAT(log, AllOf(HasSubstr("cache debug: attributes of /d/f: unknown"),
                         ContainsRegex("attributes of /d/f: known for [0-9.]+ s"), HasSubstr("not in memory"),
                         HasSubstr(": in memory"), HasSubstr("d/f: another version, or the first")));
  EXPECT_THAT(log, Not(HasSubstr("ftp debug")));
}

TEST_F(Debug, FuseShowsWhatTheKernelAsksAndIsAnswered) {
  const std::string log = mount_with("fuse");
  EXPECT_THAT(log, AllOf(ContainsRegex("fuse debug: lookup none in node [0-9]+"), HasSubstr("opcode: LOOKUP"),
                         HasSubstr("success, outsize:"), HasSubstr("opcode: READ ")));
  EXPECT_THAT(log, Not(HasSubstr("cache debug")));
}

TEST_F(Debug, AnUnknownTopicIsRefusedWithThoseThereAre) {
  const FakeMountPoint place(server_, "debug=ftp:everything");
  const CommandResult mounted = place.mount();
  EXPECT_EQ(mounted.status, 1);
  EXPECT_THAT(mounted.output, HasSubstr("must be ftp, tls, cache or fuse"));
}

}  // namespace
}  // namespace ftpsfs::test
