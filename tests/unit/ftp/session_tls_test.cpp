// What TLS asks of a session: who answers on data connections, tickets that do not last, data in clear.
#include <gmock/gmock.h>

#include <fstream>
#include <utility>

#include "fakes/test_certificate.h"
#include "session_fixture.h"

namespace ftpsfs::ftp {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class SessionTls : public SessionTest {
 protected:
  /// Logs in anew, with what was learnt of the server.
  void log_in(net::TlsVersion least = net::TlsVersion::k12) { log_in({.ca_file = server_->ca_file(), .least = least}); }
  void log_in(const net::TlsOptions& tls) {
    session_.reset();
    ServerOptions known = options();
    known.lessons = lessons_;
    known.tls_context = net::TlsContext::create(tls).value();
    auto session = Session::open(known, context_);
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
  }

  void serve_file(const test::FakeDialect& dialect) {
    serve(dialect);
    server_->tree().add_file("/a", "content");
  }

  [[nodiscard]] int refused_with() {
    const auto data = download("RETR", "/a");
    return data ? 0 : data.error().reply_code;
  }

  const std::shared_ptr<Lessons> lessons_ = std::make_shared<Lessons>();
};

// The certificate is as good as the server's own: the same issuer, the same names.
TEST_F(SessionTls, DataFromSomebodyElseIsNotTaken) {
  const fakes::TestCertificate authority =
      fakes::make_certificate({.common_name = "Everybody's CA", .certificate_authority = true});
  fakes::CertificateSpec spec = fakes::loopback_certificate_spec();
  spec.issuer = &authority;
  server_ = std::make_unique<test::FakeServer>(test::FakeDialect{.man_in_the_middle = true}, spec);
  server_->tree().add_file("/a", "content");
  const std::string ca_file = ::testing::TempDir() + "/ftpsfs-everybodys-ca.pem";
  std::ofstream(ca_file) << authority.certificate_pem;
  for (const net::TlsOptions& tls :
       {net::TlsOptions{.ca_file = ca_file}, net::TlsOptions{.verify = false, .ca_file = ca_file}}) {
    log_in(tls);
    const auto data = download("RETR", "/a");
    ASSERT_FALSE(data);
    EXPECT_EQ(data.error().kind, ErrorKind::kTls);
    EXPECT_THAT(data.error().message, HasSubstr("another certificate than the control connection"));
    log_in(tls);
    EXPECT_FALSE(upload("STOR", "/new", "secret"));
    EXPECT_EQ(server_->tree().content("/new").value_or(""), "");
  }
  std::remove(ca_file.c_str());
}

TEST_F(SessionTls, DataFromSomebodyWhoIsNotTrustedIsNotTaken) {
  serve_file({.man_in_the_middle = true});
  log_in({.pins = {server_->certificate().fingerprint_sha256}});
  const auto data = download("RETR", "/a");
  ASSERT_FALSE(data);
  EXPECT_EQ(data.error().kind, ErrorKind::kCertificate);
}

TEST_F(SessionTls, TheKeyExchangeIsGuessedWrongOnce) {
  serve_file({.tls_groups = "P-256"});
  ServerOptions shared = options();
  for (int i = 0; i < 3; ++i) {
    session_ = Session::open(shared, context_).value();
    EXPECT_EQ(download("RETR", "/a").value_or("failed"), "content");
    EXPECT_EQ(server_->client_hellos(), 1 + server_->connections() + server_->data_connections());
  }
}

struct Tickets {
  const char* name;
  std::size_t count;
  bool single_use;
};

class SpentTickets : public SessionTls, public ::testing::WithParamInterface<Tickets> {};

TEST_P(SpentTickets, AreFollowedByTls12) {
  serve_file({.tls13_tickets = GetParam().count,
              .single_use_tickets = GetParam().single_use,
              .tickets_renewed = false,
              .session_reuse = test::ReuseRule::kReply425});
  log_in();
  EXPECT_THAT(session_->tls_description(), StartsWith("TLSv1.3"));
  for (std::size_t i = 0; i < GetParam().count; ++i) EXPECT_EQ(refused_with(), 0);
  EXPECT_FALSE(lessons_->no_tls13);
  EXPECT_EQ(refused_with(), 425);
  EXPECT_TRUE(lessons_->no_tls13);

  log_in();
  EXPECT_THAT(session_->tls_description(), StartsWith("TLSv1.2"));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(refused_with(), 0);
}

INSTANTIATE_TEST_SUITE_P(, SpentTickets, ::testing::Values(Tickets{"None", 0, false}, Tickets{"TwoForOneUse", 2, true}),
                         [](const auto& info) { return std::string(info.param.name); });

// ProFTPD takes the same ticket again and again, and forgets it after five minutes.
TEST_F(SessionTls, ATicketThatGrewOldIsNoReasonForTls12) {
  serve_file({.tls13_tickets = 1, .tickets_renewed = false, .session_reuse = test::ReuseRule::kReply522AndClose});
  log_in();
  for (int i = 0; i < 2; ++i) ASSERT_EQ(refused_with(), 0);
  server_->forget_tls_sessions();
  EXPECT_EQ(refused_with(), 522);
  EXPECT_FALSE(lessons_->no_tls13);
}

// What the server forgot of one it forgot of those beside it. A transfer that is on its way is not concerned.
TEST_F(SessionTls, AForgottenSessionTakesThoseOfItsAgeAlong) {
  serve_file({.tls_max = test::FakeTlsVersion::k12, .session_reuse = test::ReuseRule::kReply425});
  log_in();
  const auto idle = std::exchange(session_, nullptr);
  log_in();
  const auto busy = std::exchange(session_, nullptr);
  const auto transfer = busy->start(command("RETR", "/a"), {}, context_);
  ASSERT_TRUE(transfer) << transfer.error().message;
  log_in();
  server_->forget_tls_sessions();
  EXPECT_EQ(refused_with(), 425);
  EXPECT_FALSE(idle->usable());
  EXPECT_TRUE(busy->usable());
  EXPECT_EQ(read_all(**transfer).value_or("failed"), "content");
  EXPECT_TRUE((*transfer)->finish(context_));
  EXPECT_FALSE(busy->usable());
  log_in();
  EXPECT_EQ(refused_with(), 0);
}

// ProFTPD may end the session where it would refuse the data connection.
TEST_F(SessionTls, ASessionLostBehindAFullHandshakeWasForgotten) {
  serve_file({});
  log_in();
  const auto other = std::exchange(session_, nullptr);
  log_in();
  ASSERT_EQ(download("RETR", "/a").value_or("failed"), "content");
  server_->forget_tls_sessions();
  server_->on("RETR", {.cut = test::ControlCut::kBeforeReply});
  EXPECT_FALSE(download("RETR", "/a"));
  EXPECT_FALSE(other->usable());
}

TEST_F(SessionTls, ARefusalOfAnotherKindIsNoForgetting) {
  serve_file({});
  server_->on("RETR", {.data = test::DataFault::kRefuse});
  log_in();
  const auto other = std::exchange(session_, nullptr);
  log_in();
  EXPECT_EQ(refused_with(), 425);
  EXPECT_TRUE(other->usable());
}

TEST_F(SessionTls, WithoutTls12SpentTicketsCostSessions) {
  serve_file({.tls13_tickets = 0, .session_reuse = test::ReuseRule::kReply425});
  log_in(net::TlsVersion::k13);
  EXPECT_EQ(refused_with(), 425);
  EXPECT_FALSE(lessons_->no_tls13);
}

TEST_F(SessionTls, AServerThatInsistsOnTls13GetsIt) {
  serve_file({.tls_min = test::FakeTlsVersion::k13});
  lessons_->no_tls13 = true;
  log_in();
  EXPECT_THAT(session_->tls_description(), StartsWith("TLSv1.3"));
  EXPECT_FALSE(lessons_->no_tls13);
}

TEST_F(SessionTls, DataGoesInClearWhenAskedFor) {
  serve_file({.tls = test::FakeTls::kOptional});
  ServerOptions clear = options();
  clear.encrypt_data = false;
  session_ = Session::open(clear, context_).value();
  EXPECT_THAT(session_->tls_description(), StartsWith("TLSv1.3"));
  EXPECT_EQ(server_->commands().back().line(), "PROT C");
  const int hellos = server_->client_hellos();
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "content");
  EXPECT_EQ(upload("STOR", "/b", "other")->code, 226);
  EXPECT_EQ(server_->tree().content("/b"), "other");
  EXPECT_EQ(server_->client_hellos(), hellos);
}

TEST_F(SessionTls, AServerMayInsistOnEncryptedData) {
  serve({});
  ServerOptions clear = options();
  clear.encrypt_data = false;
  const auto session = Session::open(clear, context_);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::kTls);
  EXPECT_THAT(session.error().message, HasSubstr("wants data connections encrypted (PROT C: "));
}

}  // namespace
}  // namespace ftpsfs::ftp
