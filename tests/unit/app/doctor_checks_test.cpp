// What the doctor says of servers of several kinds.
#include <gmock/gmock.h>

#include <ctime>

#include "app/doctor/doctor.h"
#include "app/doctor/encryption_checks.h"
#include "app/doctor/file_checks.h"
#include "app/doctor/session_checks.h"
#include "app/remote_options.h"
#include "fakes/fake_server.h"

namespace ftpsfs::app {
namespace {

using testing::AllOf;
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
  [[nodiscard]] remote::RemoteOptions options() const {
    return remote_options(line(), Credentials{server_->user(), server_->password()}).value();
  }

  std::string session_text() {
    remote::RemoteOptions options = this->options();
    check_session(line().source, options, report_, context_);
    return text_ + closing_text(report_, "SOURCE", {});
  }
  std::string writing_text() {
    check_files(options(), "scratch", report_, context_);
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
  check_encryption(line(), {}, report_, context_);
  EXPECT_THAT(closing_text(report_, "", {}), HasSubstr("the certificate ended on 20"));
}

TEST_F(DoctorChecks, AServerWithoutTlsIsToldWithAWayOut) {
  start({.tls = test::FakeTls::kNone});
  EXPECT_FALSE(check_encryption(line(), {}, report_, context_));
  EXPECT_THAT(text_, AllOf(HasSubstr("tls          FAILED"), HasSubstr("-o tls=off")));
}

TEST_F(DoctorChecks, EachDataConnectionIsTold) {
  start({.tls13_tickets = 0});
  EXPECT_THAT(session_text(), AllOf(HasSubstr("data         opened, with a TLS handshake of its own"),
                                    HasSubstr("TLS is not resumed on every data connection")));
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
  EXPECT_THAT(session_text(), AllOf(HasSubstr("data         FAILED: 425"), HasSubstr("the server's words say why")));
}

TEST_F(DoctorChecks, WherePassiveModeFailsActiveModeIsTried) {
  start({});
  server_->on("EPSV", {.reply = "425 No passive ports"});
  EXPECT_THAT(session_text(), AllOf(HasSubstr("data         in active mode alone; passive mode: 425 No passive ports"),
                                    HasSubstr("-o active; or whoever runs the server"), Not(HasSubstr("FAILED"))));
  EXPECT_THAT(report_.advised(), ElementsAre("active"));
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
  EXPECT_THAT(writing_text(), HasSubstr("the server tells times in its own zone"));
}

TEST_F(DoctorChecks, SessionsAreCounted) {
  start({.max_sessions = 2});
  count_sessions(options(), report_, context_);
  EXPECT_THAT(text_, HasSubstr("sessions     2 of 8 at a time"));
  EXPECT_THAT(report_.advised(), ElementsAre("sessions=2"));
}

}  // namespace
}  // namespace ftpsfs::app
