// Each way in which TLS can fail: the mount's one line, and the doctor's finding, name the reason and what helps, once.
#include <gmock/gmock.h>

#include "app/doctor/encryption_checks.h"
#include "app/doctor/session_checks.h"
#include "app/mount_advice.h"
#include "app/remote_options.h"
#include "fakes/fake_server.h"
#include "ftpsfs/ftp/greeting.h"

namespace ftpsfs::app {
namespace {

using fakes::CertificateSpec;

/// One that is good for long, but for what `change` does.
CertificateSpec with(void (*change)(CertificateSpec&)) {
  CertificateSpec spec = fakes::loopback_certificate_spec();
  spec.not_after = std::chrono::hours(24 * 300);
  change(spec);
  return spec;
}

struct TlsFailure {
  const char* name;
  CertificateSpec certificate = with([](CertificateSpec&) {});
  test::FakeDialect dialect = {};
  std::string options = {};  ///< besides ca=, or instead of it when they name one
  std::string reason = {};
  std::string remedy = {};
  bool by_pin = true;  ///< trusting the certificate would do
};

const fakes::TestCertificate& authority() {
  static const auto made = fakes::make_certificate({.common_name = "Some CA", .certificate_authority = true});
  return made;
}

std::vector<TlsFailure> tls_failures() {
  using std::chrono::seconds;
  const std::string system = ",ca=/etc/ssl/certs/ca-certificates.crt";
  return {
      {.name = "Expired",
       .certificate = with([](CertificateSpec& spec) { spec.not_after = seconds(-60); }),
       .reason = "is not trusted: it ended on 20",
       .remedy = "whoever runs the server has to renew it"},
      {.name = "NotYetValid",
       .certificate = with([](CertificateSpec& spec) { spec.not_before = seconds(3600); }),
       .reason = "is not trusted: it begins on 20",
       .remedy = "check the clock of this computer"},
      {.name = "SelfSigned", .options = system, .reason = "is not trusted: it is self-signed", .remedy = "-o ca=FILE"},
      {.name = "WrongHost",
       .certificate = with([](CertificateSpec& spec) {
         spec.dns_names = {"ftp.example.org", "files.example.org"};
         spec.ip_addresses = {};
       }),
       .reason = "it is for ftp.example.org, files.example.org, not for 127.0.0.1",
       .remedy = "write the host as it is named there"},
      {.name = "WrongAuthority",
       .certificate = with([](CertificateSpec& spec) { spec.issuer = &authority(); }),
       .options = system,
       .reason = "it is signed by CN = Some CA, which this computer does not know",
       .remedy = "-o ca=FILE"},
      {.name = "WeakKey",
       .certificate = with([](CertificateSpec& spec) { spec.rsa_bits = 1024; }),
       .reason = "its key is too weak (RSA 1024)",
       .remedy = "-o tls_min=1.1",
       .by_pin = false},
      {.name = "OldVersion",
       .dialect = {.tls_min = test::FakeTlsVersion::k11, .tls_max = test::FakeTlsVersion::k11},
       .reason = "the server speaks no TLS 1.2 or later",
       .remedy = "-o tls_min=1.1",
       .by_pin = false},
      {.name = "NotNewEnough",
       .dialect = {.tls_max = test::FakeTlsVersion::k12},
       .options = ",tls_min=1.3",
       .reason = "the server speaks no TLS 1.3",
       .remedy = "-o tls_min=1.2",
       .by_pin = false},
      {.name = "AuthRefused",
       .dialect = {.tls = test::FakeTls::kNone},
       .reason = "offers no TLS on this port (AUTH TLS: ",
       .remedy = "ftps:// (port 990)",
       .by_pin = false},
      {.name = "DataInClear",
       .dialect = {.prot_p_refused = true},
       .reason = "the server will not encrypt data connections",
       .remedy = "-o data_tls=off",
       .by_pin = false},
      {.name = "NoCertificateOfOurs",
       .dialect = {.client_ca = authority().certificate_pem},
       .reason = "the server wants a client certificate",
       .remedy = "-o cert=FILE",
       .by_pin = false},
  };
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

class TlsFailures : public testing::TestWithParam<TlsFailure> {
 protected:
  TlsFailures() : server_(GetParam().dialect, GetParam().certificate) {}

  [[nodiscard]] CommandLine line() const {
    const std::vector<std::string> words{"ftpsfs", "-o", "ca=" + server_.ca_file() + GetParam().options,
                                         "ftpes://127.0.0.1:" + std::to_string(server_.port()), "/"};
    return parse_command_line(words).value();
  }
  [[nodiscard]] Credentials credentials() const { return {server_.user(), server_.password()}; }
  [[nodiscard]] std::string pin() const { return "-o pin=sha256:" + server_.certificate().fingerprint_sha256; }

  void expect_told_once(const std::string& text) const {
    EXPECT_EQ(count(text, GetParam().reason), 1U) << text;
    EXPECT_EQ(count(text, GetParam().remedy), 1U) << text;
    EXPECT_EQ(count(text, pin()), GetParam().by_pin ? 1U : 0U) << text;
  }

  const test::FakeServer server_;
  const Context context_{std::chrono::seconds(5), std::nullopt, nullptr};
};

TEST_P(TlsFailures, AreOneLineOfTheMount) {
  const auto options = remote_options(line(), credentials()).value();
  const auto session = ftp::Session::open(options.server, context_);
  ASSERT_FALSE(session);
  expect_told_once(explain_failure(session.error(), line().source, "user"));
}

TEST_P(TlsFailures, AreAFindingOfTheDoctor) {
  std::string text;
  Report report([&text](const Check& check) { text += check_line(check); });
  auto options = remote_options(line(), credentials()).value();
  const bool logged_in = check_encryption(line(), credentials(), report, context_) &&
                         check_session(line().source, options, report, context_);
  EXPECT_FALSE(logged_in) << text;
  ASSERT_EQ(report.findings().size(), 1U) << closing_text(report, "", {});
  expect_told_once(report.findings()[0].what + "\n" + report.findings()[0].remedy);
  EXPECT_EQ(count(text, "FAILED"), 1U) << text;
}

INSTANTIATE_TEST_SUITE_P(, TlsFailures, testing::ValuesIn(tls_failures()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace ftpsfs::app
