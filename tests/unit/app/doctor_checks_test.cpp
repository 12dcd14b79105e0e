// What the doctor says of servers of several kinds.
#include <gmock/gmock.h>

#include <ctime>

#include "app/doctor/doctor.h"
#include "app/doctor/encryption_checks.h"
#include "app/doctor/file_checks.h"
#include "app/doctor/session_checks.h"
#include "app/remote_options.h"
#include "fakes/fake_proxy.h"
#include "fakes/fake_server.h"

namespace ftpsfs::app {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class DoctorChecks : public testing::Test {
 protected:
  void start(test::FakeDialect dialect, const fakes::CertificateSpec& spec = fakes::loopback_certificate_spec()) {
    server_ = std::make_unique<test::FakeServer>(std::move(dialect), spec);
  }

  [[nodiscard]] CommandLine line(const std::string& options = "") const {
    const std::vector<std::string> words{"ftpsfs", "-o", "ca=" + server_->ca_file() + options,
                                         "ftpes://" + server_->host() + ":" + std::to_string(server_->port()), "/"};
    return parse_command_line(words).value();
  }
  [[nodiscard]] remote::RemoteOptions options(const std::string& options = "") const {
    return remote_options(line(options), Credentials{server_->user(), server_->password()}).value();
  }

  std::string session_text(const std::string& more = "") {
    remote::RemoteOptions options = this->options(more);
    check_session(line().source, options, report_, context_);
    return text_ + closing_text(report_, "SOURCE", {});
  }
  std::string writing_text() {
    check_files(line().source, options(), "scratch", report_, context_);
    return text_ + closing_text(report_, "SOURCE", {});
  }

  std::unique_ptr<test::FakeServer> server_;
  std::string text_;
  Report report_{[this](const Check& check) { text_ += check_line(check); }};
  Context context_{std::chrono::seconds(5), std::nullopt, nullptr};
};

TEST_F(DoctorChecks, ShowTheCertificateWhetherItIsTrustedOrNot) {
  start({});
  CommandLine unknown = line();
  unknown.options.certificate.ca_file.clear();
  EXPECT_TRUE(check_encryption(unknown, {}, report_, context_));
  EXPECT_THAT(text_, AllOf(HasSubstr("tls          TLSv1.3"), HasSubstr("for localhost, 127.0.0.1, ::1"),
                           HasSubstr("-o pin=sha256:" + server_->certificate().fingerprint_sha256)));
  EXPECT_TRUE(report_.all_passed());
  EXPECT_EQ(server_->count("USER"), 0);
}

TEST_F(DoctorChecks, TellACertificateThatEnded) {
  fakes::CertificateSpec spec = fakes::loopback_certificate_spec();
  spec.not_before = std::chrono::hours(-48);
  spec.not_after = std::chrono::hours(-24);
  start({}, spec);
  CommandLine trusting = line();
  trusting.options.certificate.pins = {server_->certificate().fingerprint_sha256};  // and so no login tells it
  check_encryption(trusting, {}, report_, context_);
  EXPECT_THAT(closing_text(report_, "", {}), HasSubstr("the certificate ended on 20"));
}

TEST_F(DoctorChecks, AServerWithoutTlsIsToldWithAWayOut) {
  start({.tls = test::FakeTls::kNone});
  EXPECT_FALSE(check_encryption(line(), {}, report_, context_));
  EXPECT_THAT(text_, HasSubstr("tls          FAILED"));
  EXPECT_THAT(closing_text(report_, "", {}), HasSubstr("-o tls=off"));
}

TEST_F(DoctorChecks, EachDataConnectionIsTold) {
  start({.tls13_tickets = 0});
  EXPECT_THAT(session_text(), AllOf(HasSubstr("data         opened, with a TLS handshake of its own"),
                                    HasSubstr("TLS is resumed on no data connection")));
}

TEST_F(DoctorChecks, CompressionIsToldWhereItIsOffered) {
  start({});
  EXPECT_THAT(session_text(), Not(HasSubstr("compress")));
  start({.mode_z = true});
  EXPECT_THAT(session_text(), HasSubstr("compression  MODE Z; -o compress uses it, for slow lines"));
  start({.greeting = "220 ProFTPD Server", .mode_z = true});
  EXPECT_THAT(session_text(), HasSubstr("ProFTPD spoils compressed uploads"));
}

TEST_F(DoctorChecks, AFailedDataConnectionHasARemedy) {
  start({});
  server_->on("MLSD", {.reply = "425 Unable to build data connection"});
  EXPECT_THAT(session_text(),
              AllOf(HasSubstr("data         FAILED: Unable to build"), HasSubstr("the server's words say why")));
}

TEST_F(DoctorChecks, WherePassiveModeFailsActiveModeIsTried) {
  start({});
  server_->on("EPSV", {.reply = "425 No passive ports"});
  EXPECT_THAT(session_text(), AllOf(HasSubstr("modes        passive fails (No passive ports), active works"),
                                    HasSubstr("-o active; or whoever runs the server"), Not(HasSubstr("FAILED"))));
  EXPECT_THAT(report_.advised(), ElementsAre("active"));
}

TEST_F(DoctorChecks, BothModesAreTried) {
  start({});
  EXPECT_THAT(session_text(), HasSubstr("modes        passive works, active works"));
  EXPECT_THAT(report_.advised(), IsEmpty());
}

TEST_F(DoctorChecks, AnActiveModeThatFailsIsToldAndNoFinding) {
  start({});
  server_->on("PORT", {.reply = "500 Illegal PORT command"});
  EXPECT_THAT(
      session_text(),
      HasSubstr("modes        passive works, active fails (the server refuses active mode: Illegal PORT command)"));
  EXPECT_THAT(report_.findings(), IsEmpty());
}

TEST_F(DoctorChecks, WhereActiveModeWasAskedForAndFailsPassiveModeIsTried) {
  start({});
  server_->on("PORT", {.reply = "500 Illegal PORT command"});
  EXPECT_THAT(session_text(",active"),
              AllOf(HasSubstr("modes        passive works, active fails ("),
                    HasSubstr("data         FAILED: the server refuses active mode: Illegal PORT command"),
                    HasSubstr("leave out -o active: passive mode works")));
}

TEST_F(DoctorChecks, BehindAProxyActiveModeIsNotTried) {
  start({});
  const test::FakeProxy proxy;
  EXPECT_THAT(session_text(",proxy=socks5://127.0.0.1:" + std::to_string(proxy.port())),
              HasSubstr("modes        passive works, active fails (not through a proxy)"));
  EXPECT_EQ(server_->count("PORT"), 0);
}

TEST_F(DoctorChecks, AWrongPasswordHasAFinding) {
  start({});
  remote::RemoteOptions wrong = options();
  wrong.server.password = "wrong";
  EXPECT_FALSE(check_session(line().source, wrong, report_, context_));
  EXPECT_THAT(text_, HasSubstr("login        FAILED: login refused: "));
  ASSERT_EQ(report_.findings().size(), 1U);
  EXPECT_THAT(report_.findings()[0].remedy, HasSubstr("login name was '" + server_->user() + "'"));
}

TEST_F(DoctorChecks, AMissingDirectoryHasAFinding) {
  start({});
  remote::RemoteOptions elsewhere = options();
  elsewhere.root = "nowhere";
  Source source = line().source;
  source.path = "nowhere";
  EXPECT_FALSE(check_files(source, elsewhere, "", report_, context_));
  EXPECT_THAT(text_, HasSubstr("directory    FAILED: not found: "));
  ASSERT_EQ(report_.findings().size(), 1U);
  EXPECT_THAT(report_.findings()[0].remedy, HasSubstr("'nowhere' is counted from the login directory"));
}

TEST_F(DoctorChecks, AMissingDirectoryToWriteToHasAFinding) {
  start({});
  EXPECT_THAT(writing_text(), AllOf(HasSubstr("writing      FAILED: "), HasSubstr("--write takes a directory")));
}

TEST_F(DoctorChecks, AnEmptyDirectoryThatIsRefusedIsNoFailure) {
  start({});
  server_->on("MLSD", {.reply = "550 No files found"});
  EXPECT_THAT(session_text(), AllOf(HasSubstr("not known: "), Not(HasSubstr("FAILED"))));
}

TEST_F(DoctorChecks, APrivatePassiveAddressIsIgnoredAndToldSo) {
  start({.pasv_address = "10.0.0.5"});
  EXPECT_THAT(session_text(), HasSubstr("the server announces 10.0.0.5 for its data connections: ignored, 127.0.0.1"));
}

TEST_F(DoctorChecks, ListingsToTheMinuteAreToldWithTheirZone) {
  start({.mlsd = false, .list_time_offset = std::chrono::hours(-5)});
  server_->tree().add_file("/file", "x", std::time(nullptr) - 86400);
  EXPECT_THAT(session_text(), AllOf(HasSubstr("LIST, as Unix writes it; times to the minute, in UTC-05:00"),
                                    HasSubstr("MDTM is asked for the seconds")));
}

TEST_F(DoctorChecks, NamesThatAreNotUtf8AreReadInLikelyEncodings) {
  start({});
  server_->tree().add_file("/\x83\x65\x83\x58\x83\x67", "x");
  EXPECT_THAT(session_text(), AllOf(HasSubstr("names        1 of 1 are not in UTF-8"), HasSubstr("'テスト' in CP932"),
                                    HasSubstr("-o charset=CP932")));
  EXPECT_THAT(report_.advised(), ElementsAre("charset=CP932"));
}

TEST_F(DoctorChecks, WritingLeavesNothing) {
  start({});
  server_->tree().add_directory("/scratch");
  EXPECT_THAT(writing_text(),
              AllOf(HasSubstr("upload "), HasSubstr("clock        as here"), HasSubstr("its time is kept"),
                    HasSubstr("APPE adds to the end"), HasSubstr("REST and STOR write a part of a file anew"),
                    HasSubstr("download     one stream"), Not(HasSubstr("FAILED"))));
  EXPECT_THAT(server_->tree().names("/scratch"), IsEmpty());
  EXPECT_THAT(report_.advised(), IsEmpty());
}

TEST_F(DoctorChecks, AServerThatCutsFilesIsAdvisedFor) {
  start({.rest_stor_cuts = true, .appe = false});
  server_->tree().add_directory("/scratch");
  EXPECT_THAT(writing_text(), HasSubstr("patch        a part of a file cannot be written anew"));
  EXPECT_THAT(report_.advised(), ElementsAre("append=rewrite"));
  EXPECT_THAT(server_->tree().names("/scratch"), IsEmpty());
}

TEST_F(DoctorChecks, TimesInTheServersOwnZoneAreFound) {
  start({.mlsd = false, .mdtm_time_offset = std::chrono::hours(2)});
  server_->tree().add_directory("/scratch");
  EXPECT_THAT(writing_text(), AllOf(ContainsRegex("clock        0[12]:[05][0-9]:[0-9]+ ahead of the one here"),
                                    HasSubstr("the server tells times in its own zone")));
}

TEST_F(DoctorChecks, SessionsAreCounted) {
  start({.max_sessions = 2});
  count_sessions(options(), report_, context_);
  EXPECT_THAT(text_, HasSubstr("sessions     2 of 8 at a time"));
  EXPECT_THAT(report_.advised(), ElementsAre("sessions=2"));
}

}  // namespace
}  // namespace ftpsfs::app
