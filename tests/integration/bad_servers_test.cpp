// Bad servers: what the command says of one that breaks off, babbles or is silent, and what a mount shows of nonsense.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "integration/fake_mount_point.h"

namespace ftpsfs::test {
namespace {

using ::testing::UnorderedElementsAre;

/// Expects one line on the terminal that names the server and holds `words`, and nothing mounted.
void expect_no_mount(FakeServer& server, const std::string& words) {
  const FakeMountPoint mount_point(server);
  const CommandResult result = mount_point.mount();
  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
  EXPECT_LT(result.output.size(), 1000U) << result.output;
  EXPECT_NE(result.output.find("127.0.0.1:" + std::to_string(server.port())), std::string::npos) << result.output;
  EXPECT_NE(result.output.find(words), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("; ftpsfs doctor ftpes://127.0.0.1:"), std::string::npos) << result.output;
  EXPECT_FALSE(mount_point.is_mounted());
  EXPECT_TRUE(std::filesystem::is_empty(mount_point.path()));
}

/// The commands that no mount can do without.
class BadReplies : public ::testing::TestWithParam<const char*> {
 protected:
  FakeServer server_;
};

TEST_P(BadReplies, OneThatBreaksOffIsALostConnection) {
  const int fault = server_.on(GetParam(), {.cut = ControlCut::kMidReply});
  expect_no_mount(server_, "connection lost");
  EXPECT_GT(server_.hits(fault), 0);
}

TEST_P(BadReplies, OneWithoutEndIsAProtocolError) {
  const int fault = server_.on(GetParam(), {.huge_reply_bytes = 65 * 1024});
  expect_no_mount(server_, "protocol");
  EXPECT_GT(server_.hits(fault), 0);
}

INSTANTIATE_TEST_SUITE_P(, BadReplies,
                         ::testing::Values("AUTH", "USER", "PASS", "FEAT", "PBSZ", "PROT", "EPSV", "MLSD"),
                         [](const auto& info) { return std::string(info.param); });

TEST(BadGreeting, OneLineWithoutEndIsAProtocolError) {
  FakeServer server({.greeting = "220 " + std::string(70000, 'x')});
  expect_no_mount(server, "protocol");
}

TEST(BadGreeting, NoFtpIsAProtocolError) {
  FakeServer server({.greeting = "SSH-2.0-OpenSSH_9.2p1"});
  expect_no_mount(server, "protocol");
}

TEST(SilentServer, TheWaitHasAnEnd) {
  FakeServer server;
  server.on("PASS", {.silent = true});
  expect_no_mount(server, "timed out");
}

enum class Format { kFacts, kUnix };

std::string to_string(Format format) { return format == Format::kFacts ? "facts" : "unix"; }
void PrintTo(Format format, std::ostream* out) { *out << to_string(format); }

class NonsenseListing : public ::testing::TestWithParam<Format> {
 protected:
  NonsenseListing() : server_({.mlsd = GetParam() == Format::kFacts}), mount_point_(server_) {}

  /// A listing line for a file of three bytes.
  [[nodiscard]] static std::string line_for(std::string_view name) {
    const std::string facts = GetParam() == Format::kFacts ? "type=file;size=3;modify=20231114221320; "
                                                           : "-rw-r--r--   1 ftp      ftp             3 Nov 14  2023 ";
    return facts + std::string(name);
  }
  void add_line_for(std::string_view name) { server_.tree().add_raw_listing_line("/pub", line_for(name)); }

  FakeServer server_;
  FakeMountPoint mount_point_;
};

TEST_P(NonsenseListing, HidesWhatIsNoNameAndShowsTheRest) {
  server_.tree().add_file("/pub/good", "yes");
  server_.tree().add_directory("/pub/directory");
  server_.tree().add_file("/secret", "no");
  for (const std::string_view name :
       {"../secret", "/secret", "/", "a/b", "slash/", "..", ".", "carriage\rreturn", "\r", "", " \r "}) {
    add_line_for(name);
  }
  add_line_for(std::string_view("nul\0inside", 10));
  add_line_for(std::string_view("\0", 1));
  add_line_for(std::string(766, 'l'));
  add_line_for(std::string(5000, 'l'));
  for (const char* line : {"", " ", "nonsense", "type=", "= x", ";;;", "drwx", "ftpd: internal error: 12",
                           "-rw-r--r-- 1 ftp ftp", "\x01\x02\xff\xfe", "226 Transfer complete"}) {
    server_.tree().add_raw_listing_line("/pub", line);
  }
  const CommandResult mounted = mount_point_.mount();
  ASSERT_EQ(mounted.status, 0) << mounted.output;

  const CommandResult listed =
      run_command({"ls", "-lA", (mount_point_.path() / "pub").string()}, std::chrono::seconds(20));
  EXPECT_EQ(listed.status, 0) << listed.output;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(mount_point_.path() / "pub")) {
    names.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(names, UnorderedElementsAre("good", "directory"));
  EXPECT_EQ(read_file(mount_point_.path() / "pub" / "good"), "yes");
}

INSTANTIATE_TEST_SUITE_P(, NonsenseListing, ::testing::Values(Format::kFacts, Format::kUnix),
                         [](const auto& info) { return to_string(info.param); });

}  // namespace
}  // namespace ftpsfs::test
