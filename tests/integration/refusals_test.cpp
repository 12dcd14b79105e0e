// What a mount that cannot be says: one clear line, exit status 1, and the mount point untouched.
#include <algorithm>
#include <string>
#include <vector>

#include "integration/real_servers.h"

namespace ftpsfs::test {
namespace {

class Refusals : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new FtpServer(FtpServer::start(ServerKind::kProftpd)); }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  Refusals() : scratch_(make_temporary_directory()) {
    std::filesystem::create_directory(scratch_ / "mnt");
    write_credentials(*server_, scratch_ / "credentials");
  }
  ~Refusals() override { std::filesystem::remove_all(scratch_); }

  [[nodiscard]] std::string source() const { return "ftpes://localhost:" + std::to_string(server_->port()); }
  [[nodiscard]] std::string login() const { return "credentials=" + (scratch_ / "credentials").string(); }
  [[nodiscard]] std::string good_options() const { return login() + ",ca=" + server_->ca().string(); }

  /// Expects one line on the terminal that holds each of `words`.
  void expect_refusal(const std::string& options, const std::string& source, const std::vector<std::string>& words) {
    const CommandResult result = run_ftpsfs({"-o", options, source, (scratch_ / "mnt").string()});
    EXPECT_EQ(result.status, 1) << result.output;
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
    for (const std::string& word : words) EXPECT_NE(result.output.find(word), std::string::npos) << result.output;
    EXPECT_TRUE(std::filesystem::is_empty(scratch_ / "mnt"));
    EXPECT_NE(run_command({"mountpoint", "-q", (scratch_ / "mnt").string()}, std::chrono::seconds(5)).status, 0);
  }

  static FtpServer* server_;
  std::filesystem::path scratch_;
};

FtpServer* Refusals::server_ = nullptr;

TEST_F(Refusals, AnUnknownOptionIsNamedWithTheNearestKnownOne) {
  expect_refusal(good_options() + ",sesions=3", source(), {"'sesions'", "'sessions'"});
}

TEST_F(Refusals, AValueOutOfRangeIsToldTheRange) {
  expect_refusal(good_options() + ",sessions=99", source(), {"sessions=99", "1..64"});
}

TEST_F(Refusals, ACacheDirectoryThatIsNoneIsNamed) {
  write_file(scratch_ / "file", "");
  expect_refusal(good_options() + ",cache_dir=" + (scratch_ / "file").string(), source(),
                 {(scratch_ / "file").string(), "is not a directory", "cache_dir=DIR"});
}

TEST_F(Refusals, AWrongPasswordNamesTheLogin) {
  write_file(scratch_ / "credentials", "username=demo\npassword=wrong\n");
  expect_refusal(good_options(), source(), {"login refused", "'demo'", "ftpsfs doctor " + source()});
}

TEST_F(Refusals, CredentialsOthersCanReadAreRefused) {
  std::filesystem::permissions(scratch_ / "credentials", std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  expect_refusal(good_options(), source(), {"credentials", "chmod 600"});
}

TEST_F(Refusals, AnUntrustedCertificateShowsItsFingerprintAndTheWayToTrustIt) {
  const std::string options = login();
  expect_refusal(options, source(), {"self-signed", "-o ca=FILE", "-o pin=sha256:", "ftpsfs doctor"});
}

TEST_F(Refusals, ThePrintedFingerprintIsTheOneThatTrusts) {
  const CommandResult refused = run_ftpsfs({"-o", login(), source(), (scratch_ / "mnt").string()});
  const std::size_t at = refused.output.find("pin=sha256:");
  ASSERT_NE(at, std::string::npos) << refused.output;
  const std::string pin = refused.output.substr(at, 11 + 64);
  const Mount pinned(*server_, {"ca=/etc/ssl/certs/ca-certificates.crt", pin});
  EXPECT_TRUE(std::filesystem::is_directory(pinned.path()));
}

TEST_F(Refusals, AMissingRemoteDirectoryIsNamed) {
  expect_refusal(good_options(), source() + "/nowhere", {"nowhere", "not found"});
}

TEST_F(Refusals, ARefusedPortIsNamed) {
  expect_refusal(good_options(), "ftpes://localhost:1", {"localhost:1", "Connection refused"});
}

TEST_F(Refusals, AServerWithoutTlsAtOnceSuggestsExplicitTls) {
  expect_refusal(good_options(), "ftps://localhost:" + std::to_string(server_->port()),
                 {"does not speak TLS", "ftpes://"});
}

TEST_F(Refusals, ThePlainSchemeAsksForAnExplicitWord) {
  expect_refusal(good_options(), "ftp://localhost/", {"tls=off"});
}

TEST_F(Refusals, APasswordInTheSourceIsRefused) {
  expect_refusal(good_options(), "ftpes://user:secret@localhost/", {"password in SOURCE", "credentials=FILE"});
}

TEST_F(Refusals, AMissingMountPointIsNamed) {
  const CommandResult result = run_ftpsfs({"-o", good_options(), source(), (scratch_ / "missing").string()});
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.output.find("does not exist"), std::string::npos) << result.output;
}

TEST_F(Refusals, ThePasswordIsNotInTheProcessList) {
  const Mount mount(*server_);
  const CommandResult processes = run_command({"ps", "axww", "-o", "args"}, std::chrono::seconds(10));
  EXPECT_NE(processes.output.find(mount.path().string()), std::string::npos);
  EXPECT_EQ(processes.output.find(server_->password()), std::string::npos);
}

}  // namespace
}  // namespace ftpsfs::test
