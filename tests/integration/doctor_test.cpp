// The doctor at real servers.
#include <gmock/gmock.h>

#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Doctor : public RealServers {
 protected:
  CommandResult ask(std::vector<std::string> words, const std::string& options = {}) {
    const auto credentials = scratch_ / "credentials";
    write_file(credentials, "username=" + server_.user() + "\npassword=" + server_.password() + "\n");
    std::filesystem::permissions(credentials, std::filesystem::perms::owner_read);
    words.insert(words.begin(),
                 {"doctor", "-o",
                  "credentials=" + credentials.string() + ",staging_dir=" + (scratch_ / "staging").string() + options});
    words.push_back("ftpes://localhost:" + std::to_string(server_.port()) + "/");
    return run_ftpsfs(words);
  }
  [[nodiscard]] std::string trusted() const { return ",ca=" + server_.ca().string(); }
};

TEST_P(Doctor, TellsWhatAMountWouldMeet) {
  const CommandResult result = ask({}, trusted());
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("tls          TLSv1.3"), HasSubstr("-o pin=sha256:"),
                    HasSubstr("login        as " + server_.user() + "; at /"), HasSubstr("data         opened, "),
                    HasSubstr("modes        passive works, active works"), HasSubstr("sessions     8 of 8"),
                    HasSubstr("\nTo mount it\n  ftpsfs -o credentials=")));
  EXPECT_THAT(result.output, Not(HasSubstr("FAILED")));
  EXPECT_THAT(result.output, Not(HasSubstr(server_.password())));
  const bool takes_first_group = GetParam() == ServerKind::kProftpd;
  EXPECT_THAT(result.output, HasSubstr(takes_first_group ? "" : "key exchange by P-256"));
}

TEST_P(Doctor, WritesWhereItMayAndLeavesNothing) {
  std::filesystem::create_directory(server_.home() / "scratch");
  expect_script("chown --reference=$HOME_DIR $HOME_DIR/scratch");
  const CommandResult result = ask({"--write", "scratch", "--json"}, trusted());
  EXPECT_EQ(result.status, 0) << result.output;
  for (const char* name : {"upload", "clock", "rename", "append", "patch", "download"}) {
    EXPECT_THAT(result.output, HasSubstr(std::string("\"name\": \"") + name + "\",\n      \"ok\": true"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(server_.home() / "scratch"));
}

TEST_P(Doctor, AnUnknownCertificateIsShownAndNoPasswordSent) {
  const CommandResult result = ask({});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, AllOf(HasSubstr("certificate  FAILED: "), HasSubstr("-o pin=sha256:")));
}

FTPSFS_ON_REAL_SERVERS(Doctor);

}  // namespace
}  // namespace ftpsfs::test
