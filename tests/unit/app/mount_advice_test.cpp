#include "app/mount_advice.h"

#include <gmock/gmock.h>

namespace ftpsfs::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Source source_of(ftp::TlsMode tls) {
  Source source;
  source.tls = tls;
  source.host = "files.example.org";
  source.port = 2121;
  source.path = "pub";
  return source;
}

struct AdviceCase {
  ErrorKind kind;
  ftp::TlsMode tls;
  std::string_view advice;
  std::string_view words = "the server's own words";
};

const AdviceCase kCases[] = {
    {ErrorKind::kResolve, ftp::TlsMode::kExplicit, "host's name"},
    {ErrorKind::kConnectionRefused, ftp::TlsMode::kExplicit, "write ftps:// (port 990)"},
    {ErrorKind::kConnectionRefused, ftp::TlsMode::kImplicit, "write ftpes:// (port 21)"},
    {ErrorKind::kTimeout, ftp::TlsMode::kExplicit, "write ftps://", "connecting to 192.0.2.1:2121: no answer"},
    {ErrorKind::kProtocol, ftp::TlsMode::kOff, "write ftpes://", "greeting: no FTP reply"},
    {ErrorKind::kConnectionLost, ftp::TlsMode::kExplicit, "in the middle of the conversation"},
    {ErrorKind::kTls, ftp::TlsMode::kExplicit, "-o tls=off"},
    {ErrorKind::kLogin, ftp::TlsMode::kExplicit, "login name was 'ann'"},
    {ErrorKind::kLogin, ftp::TlsMode::kOff, "write ftpes:// (port 21)",
     "530 Non-anonymous sessions must use encryption."},
    {ErrorKind::kTooManySessions, ftp::TlsMode::kOff, "the server wants TLS: ", "421 cleartext sessions are refused"},
    {ErrorKind::kResolve, ftp::TlsMode::kOff, "host's name", "ssl-vps.example.org: unknown host"},
    {ErrorKind::kNotFound, ftp::TlsMode::kOff, "is counted from the login directory", "CWD /tls: no such directory"},
    {ErrorKind::kTooManySessions, ftp::TlsMode::kExplicit, "no room"},
    {ErrorKind::kNotFound, ftp::TlsMode::kExplicit, "'pub' is counted from the login directory"},
    {ErrorKind::kNotDirectory, ftp::TlsMode::kExplicit, "only directories can be mounted"},
};

TEST(MountAdvice, NamesTheServerItsWordsAndAWayOut) {
  for (const AdviceCase& each : kCases) {
    const Error error{each.kind, std::string(each.words), 530, false};
    const std::string line = explain_failure(error, source_of(each.tls), "ann");
    EXPECT_THAT(line, HasSubstr("files.example.org:2121")) << to_string(each.kind);
    EXPECT_THAT(line, HasSubstr(std::string(each.words))) << to_string(each.kind);
    EXPECT_THAT(line, HasSubstr(std::string(each.advice))) << to_string(each.kind);
    EXPECT_THAT(line, Not(HasSubstr("\n")));
  }
}

TEST(MountAdvice, ARemedyOfTheErrorIsTheOnlyOne) {
  Error error{ErrorKind::kTls, "the server speaks no TLS 1.2 or later"};
  error.remedy = "-o tls_min=1.1";
  EXPECT_EQ(explain_failure(error, source_of(ftp::TlsMode::kExplicit), "ann"),
            "files.example.org:2121: TLS failure: the server speaks no TLS 1.2 or later (-o tls_min=1.1)");
}

TEST(MountAdvice, WritesIpv6HostsInBrackets) {
  Source source = source_of(ftp::TlsMode::kExplicit);
  source.host = "2001:db8::1";
  EXPECT_THAT(explain_failure({ErrorKind::kIo, "x", 0, false}, source, "ann"), HasSubstr("[2001:db8::1]:2121"));
}

TEST(MountAdvice, HasRoomForAFingerprintAtTheEnd) {
  Error error{ErrorKind::kCertificate, std::string(380, 'x'), 0, false};
  error.remedy = std::string(380, 'y') + " -o pin=sha256:" + std::string(64, 'a');
  EXPECT_THAT(explain_failure(error, source_of(ftp::TlsMode::kExplicit), "ann"),
              AllOf(HasSubstr(error.message), HasSubstr(error.remedy)));
}

TEST(MountAdvice, LetsNoControlCharactersThrough) {
  const Error error{ErrorKind::kIo, "550 \x1b[2Jgone\r\n", 550, false};
  EXPECT_THAT(explain_failure(error, source_of(ftp::TlsMode::kExplicit), "ann"), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace ftpsfs::app
