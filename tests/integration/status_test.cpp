// What waits for its upload is seen, waited for, tried again and given up, by the verbs.
#include <gmock/gmock.h>

#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

using testing::HasSubstr;

/// Uploads wait until they are asked for: nobody waits an hour.
class Status : public RealServers {
 protected:
  Status() { mount_ = std::make_unique<Mount>(server_, std::vector<std::string>{"write=back", "settle=3600"}); }

  /// Runs a verb on the mount.
  CommandResult ask(const std::string& verb, std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {verb, mount().path().string()});
    return run_ftpsfs(arguments);
  }
  std::string status() { return ask("status").output; }

  /// Lets the server accept no new file, or any.
  void make_writable(bool writable) const {
    using std::filesystem::perms;
    std::filesystem::permissions(server_.home(), writable ? perms::owner_all : perms::owner_read | perms::owner_exec);
  }
};

TEST_P(Status, ShowsWhatWaitsAndSyncSendsIt) {
  EXPECT_THAT(status(), HasSubstr("(write=back, process "));
  EXPECT_THAT(status(), HasSubstr("\nnothing waits\n"));
  write_file(mount().path() / "file", "content");
  EXPECT_THAT(status(), HasSubstr("\n1 pending, 7 B to send\n"));
  EXPECT_THAT(ask("status", {"--json"}).output, HasSubstr("\"path\": \"file\""));
  const CommandResult synced = ask("sync");
  EXPECT_EQ(synced.status, 0) << synced.output;
  EXPECT_EQ(read_file(server_.home() / "file"), "content");
  EXPECT_THAT(status(), HasSubstr("\nnothing waits\n"));
}

TEST_P(Status, AFailedFileIsNamedAndTriedAgain) {
  make_writable(false);
  write_file(mount().path() / "file", "content");
  const CommandResult refused = ask("sync");
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.output, HasSubstr("\nfile: "));
  EXPECT_THAT(status(), HasSubstr("\n1 failed, 7 B to send\nfailed "));
  EXPECT_EQ(ask("retry", {"file"}).status, 1);
  make_writable(true);
  const CommandResult sent = ask("retry", {(mount().path() / "file").string()});
  EXPECT_EQ(sent.status, 0) << sent.output;
  EXPECT_EQ(read_file(server_.home() / "file"), "content");
  EXPECT_EQ(ask("retry", {"file"}).status, 1) << "it waits no more";
}

TEST_P(Status, AFailedFileIsGivenUp) {
  make_writable(false);
  write_file(mount().path() / "file", "content");
  EXPECT_EQ(ask("discard", {"file"}).status, 1) << "it has not failed yet";
  EXPECT_EQ(ask("sync").status, 1);
  const CommandResult discarded = ask("discard", {"file"});
  EXPECT_EQ(discarded.status, 0) << discarded.output;
  EXPECT_THAT(status(), HasSubstr("\nnothing waits\n"));
  make_writable(true);
  EXPECT_FALSE(std::filesystem::exists(mount().path() / "file"));
}

FTPSFS_ON_REAL_SERVERS(Status);

TEST(StatusOfNoMount, IsRefused) {
  const CommandResult asked = run_ftpsfs({"status", "/proc"});
  EXPECT_EQ(asked.status, 1);
  EXPECT_EQ(asked.output, "ftpsfs: /proc is not on an ftpsfs mount\n");
}

}  // namespace
}  // namespace ftpsfs::test
