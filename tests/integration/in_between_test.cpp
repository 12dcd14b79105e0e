// Somebody in between, and certificates that prove nothing: no mount, no password, and the reason in one line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "fakes/test_certificate.h"
#include "integration/fake_mount_point.h"

namespace ftpsfs::test {
namespace {

using ::testing::HasSubstr;

/// Expects one line that holds `words`, nothing mounted, and no login name sent unless `after_login`.
void expect_no_mount(const FakeServer& server, const std::string& options, const std::string& words,
                     bool after_login = false) {
  const FakeMountPoint mount_point(server, options);
  const CommandResult result = mount_point.mount();
  EXPECT_EQ(result.status, 1) << result.output;
  const auto warnings = std::count(result.output.begin(), result.output.end(), '\n') - 1;
  EXPECT_EQ(warnings, options.find("verify=no") == options.npos ? 0 : 1) << result.output;
  EXPECT_THAT(result.output, HasSubstr(words));
  EXPECT_FALSE(mount_point.is_mounted());
  if (!after_login) {
    EXPECT_EQ(server.count("USER"), 0);
  }
}

struct BadCertificate {
  const char* name;
  std::function<void(fakes::CertificateSpec&)> change;
  const char* words;
};

class Certificates : public ::testing::TestWithParam<BadCertificate> {};

TEST_P(Certificates, AreRefused) {
  fakes::CertificateSpec spec = fakes::loopback_certificate_spec();
  GetParam().change(spec);
  const FakeServer server({}, spec);
  expect_no_mount(server, "", GetParam().words);
}

INSTANTIATE_TEST_SUITE_P(
    , Certificates,
    ::testing::Values(
        BadCertificate{"Expired", [](auto& spec) { spec.not_after = std::chrono::seconds(-60); }, "it ended on 20"},
        BadCertificate{"OfAnotherHost",
                       [](auto& spec) {
                         spec.dns_names = {"elsewhere.example"};
                         spec.ip_addresses = {};
                       },
                       "it is for elsewhere.example, not for 127.0.0.1"},
        BadCertificate{"WithAWeakKey", [](auto& spec) { spec.rsa_bits = 1024; }, "its key is too weak (RSA 1024)"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Certificate, SelfSignedIsRefused) {
  const FakeServer server;
  const FakeServer other;
  expect_no_mount(server, "ca=" + other.ca_file(), "it is self-signed");
}

TEST(Certificate, OfAnotherAuthorityIsRefused) {
  const fakes::TestCertificate authority =
      fakes::make_certificate({.common_name = "CA", .certificate_authority = true});
  fakes::CertificateSpec spec = fakes::loopback_certificate_spec();
  spec.issuer = &authority;
  const FakeServer server({}, spec);
  const FakeServer other;
  expect_no_mount(server, "ca=" + other.ca_file(), "it is signed by CN = CA, which this computer does not know");
}

TEST(OldTls, IsRefusedUnlessAskedFor) {
  FakeServer server({.tls_min = FakeTlsVersion::k11, .tls_max = FakeTlsVersion::k11});
  expect_no_mount(server, "", "the server speaks no TLS 1.2 or later");
  server.tree().add_file("/a", "content");
  const FakeMountPoint mount_point(server, "tls_min=1.1");
  const CommandResult mounted = mount_point.mount();
  ASSERT_EQ(mounted.status, 0) << mounted.output;
  EXPECT_THAT(mounted.output, HasSubstr("warning: tls_min below 1.2"));
  EXPECT_EQ(read_file(mount_point.path() / "a"), "content");
}

TEST(InBetween, OnTheDataConnectionAloneIsSeen) {
  const FakeServer server({.man_in_the_middle = true});
  expect_no_mount(server, "", "a data connection: the certificate of", true);
  expect_no_mount(server, "", "somebody on the way may answer in the server's place", true);
  expect_no_mount(server, "verify=no", "the data connection shows another certificate", true);
  expect_no_mount(server, "pin=sha256:" + server.certificate().fingerprint_sha256, "matches none of the pins", true);
}

TEST(InBetween, WordsBehindAuthAreNotTakenForTheServers) {
  FakeServer server;
  server.on("AUTH", {.injected = "230 Logged in\r\n"});
  expect_no_mount(server, "", "unprotected bytes behind the reply to AUTH");
}

TEST(InBetween, AnAuthThatIsRefusedEndsIt) {
  for (const char* reply :
       {"500 AUTH not understood", "502 Not implemented", "504 Unknown", "534 Not now", "421 Later"}) {
    FakeServer server;
    server.on("AUTH", {.reply = reply});
    expect_no_mount(server, "", std::string(reply).substr(4));
  }
}

TEST(InBetween, AnAuthWithoutTlsBehindItEndsIt) {
  FakeServer server;
  server.on("AUTH", {.reply = "234 Go ahead"});  // and the next that is read is a command
  expect_no_mount(server, "", "TLS");
}

TEST(InBetween, UnprotectedDataIsNotTaken) {
  const FakeServer server({.prot_p_refused = true});
  expect_no_mount(server, "", "will not encrypt data connections", true);
}

TEST(ClientCertificate, IsAskedFor) {
  const fakes::TestCertificate authority =
      fakes::make_certificate({.common_name = "CA", .certificate_authority = true});
  const FakeServer server({.client_ca = authority.certificate_pem});
  expect_no_mount(server, "", "the server wants a client certificate");
}

struct Tickets {
  const char* name;
  FakeDialect dialect;
};

class LostTickets : public ::testing::TestWithParam<Tickets> {};

// A server that forgets, or gives too few tickets, is no concern of the programs that work in the mount.
TEST_P(LostTickets, AreNotSeenByPrograms) {
  FakeServer server(GetParam().dialect);
  const FakeMountPoint mount_point(server, "cache_ttl=0,attr_ttl=0");
  const CommandResult mounted = mount_point.mount();
  ASSERT_EQ(mounted.status, 0) << mounted.output;
  for (int round = 0; round < 4; ++round) {
    const std::string name = "file" + std::to_string(round);
    write_file(mount_point.path() / name, "written " + name);
    EXPECT_EQ(server.tree().content("/" + name), "written " + name);
    server.tree().add_file("/theirs" + name, "read " + name);
    server.forget_tls_sessions();
    EXPECT_EQ(read_file(mount_point.path() / ("theirs" + name)), "read " + name);
    EXPECT_TRUE(std::filesystem::exists(mount_point.path() / name));
    server.forget_tls_sessions();
  }
}

INSTANTIATE_TEST_SUITE_P(
    , LostTickets,
    ::testing::Values(
        Tickets{"Forgotten12", {.tls_max = FakeTlsVersion::k12, .session_reuse = ReuseRule::kReply425}},
        Tickets{"Forgotten13", {.session_reuse = ReuseRule::kReply522AndClose}},
        Tickets{"None", {.tls13_tickets = 0, .session_reuse = ReuseRule::kReply522AndClose}},
        Tickets{"TwoForOneUse",
                {.single_use_tickets = true, .tickets_renewed = false, .session_reuse = ReuseRule::kReply425}}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace ftpsfs::test
