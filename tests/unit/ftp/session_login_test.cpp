// Session::open: TLS before anything else, login, limits, and what the session learns.
#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include "session_fixture.h"

namespace ftpsfs::ftp {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class SessionLogin : public SessionTest {
 protected:
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const test::FakeCommand& command : server_->commands()) lines.push_back(command.line());
    return lines;
  }
};

TEST_F(SessionLogin, EncryptsBeforeAnythingElseAndAsksForFeaturesAfterLogin) {
  begin({.home = "/home/anna"});
  EXPECT_THAT(lines(), ElementsAre("AUTH TLS", "USER " + server_->user(), "PASS " + server_->password(), "FEAT",
                                   "TYPE I", "PWD", "SYST", "OPTS UTF8 ON", "PBSZ 0", "PROT P"));
  EXPECT_EQ(session_->login_directory(), "/home/anna");
  EXPECT_EQ(session_->greeting(), "Fake server ready");
  EXPECT_THAT(session_->tls_description(), HasSubstr("TLSv1.3"));
  EXPECT_TRUE(session_->features().mlst);
}

TEST_F(SessionLogin, ImplicitTlsNeedsNoAuth) {
  serve({.tls = test::FakeTls::kImplicit});
  ServerOptions implicit = options();
  implicit.tls = TlsMode::kImplicit;
  const auto session = Session::open(implicit, context_);
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(server_->count("AUTH"), 0);
  EXPECT_THAT(lines(), Contains("PROT P"));
}

TEST_F(SessionLogin, NoTlsOnlyWhenAskedFor) {
  serve({.tls = test::FakeTls::kNone});
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kTls);
  EXPECT_THAT(refused.error().message, HasSubstr("offers no TLS on this port"));
  EXPECT_EQ(server_->count("USER"), 0) << "the name must not leave in clear";

  ServerOptions off = options();
  off.tls = TlsMode::kOff;
  off.tls_context = nullptr;
  server_->forget_history();
  const auto session = Session::open(off, context_);
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ((*session)->tls_description(), "no TLS");
  EXPECT_THAT(lines(), Not(Contains("AUTH TLS")));
  EXPECT_EQ(server_->count("PROT"), 0);
}

TEST_F(SessionLogin, RefusesBytesInClearBehindTheReplyToAuth) {
  serve({});
  server_->on("AUTH", {.injected = "230 Logged in\r\n"});
  const auto session = open();
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::kTls);
  EXPECT_EQ(server_->count("USER"), 0);
}

TEST_F(SessionLogin, IsNotUsedWithoutEncryptedData) {
  serve({.prot_p_refused = true});
  const auto session = open();
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::kTls);
  EXPECT_EQ(session.error().reply_code, 536);
}

TEST_F(SessionLogin, UserMaySuffice) {
  serve({});
  server_->on("USER", {.reply = "230 No password needed"});
  server_->on("TYPE", {.reply = "200 Binary"});
  const auto session = open();
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(server_->count("PASS"), 0);
}

struct Refusal {
  const char* verb;
  const char* reply;
  ErrorKind kind;
};

class SessionRefusal : public SessionTest, public ::testing::WithParamInterface<Refusal> {};

TEST_P(SessionRefusal, IsTypedByCodeAndWords) {
  serve({});
  server_->on(GetParam().verb, {.reply = GetParam().reply});
  const auto session = open();
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, GetParam().kind) << to_string(session.error().kind) << session.error().message;
  EXPECT_THAT(session.error().message, HasSubstr(std::string(GetParam().reply).substr(4)));
}

INSTANTIATE_TEST_SUITE_P(
    RealLines, SessionRefusal,
    ::testing::Values(
        Refusal{"PASS", "530 Login incorrect.", ErrorKind::kLogin},
        Refusal{"PASS", "430 Invalid username or password", ErrorKind::kLogin},
        Refusal{"USER", "530 Permission denied.", ErrorKind::kLogin},
        Refusal{"PASS", "451 The user database cannot be reached", ErrorKind::kTooManySessions},
        Refusal{"USER", "450 Not now", ErrorKind::kTooManySessions},
        Refusal{"PASS", "332 Need account for login", ErrorKind::kLogin},
        Refusal{"PASS", "421 Home directory not available - aborting", ErrorKind::kTooManySessions},
        Refusal{"PASS", "530 Sorry, the maximum number of clients (2) for this user are already connected.",
                ErrorKind::kTooManySessions},
        Refusal{"USER", "530 Too many users logged in for this account.", ErrorKind::kTooManySessions},
        Refusal{"PASS", "530 Too many connections from your internet address.", ErrorKind::kTooManySessions},
        Refusal{"USER", "421 2 users (the maximum) are already logged in, sorry", ErrorKind::kTooManySessions},
        Refusal{"TYPE", "504 No", ErrorKind::kProtocol}));

TEST_F(SessionLogin, GreetingMaySayThatTheServerIsFull) {
  serve({.greeting = "421 There are too many connected users, please try later."});
  const auto session = open();
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().kind, ErrorKind::kTooManySessions);
}

TEST_F(SessionLogin, GreetingMayComeInTwoSteps) {
  begin({.greeting = "120 Ready in a moment\n220-Hello\n220 you"});
  EXPECT_EQ(session_->greeting(), "Hello; you");
}

TEST_F(SessionLogin, ConnectsAgainWithoutFeatWhenItIsNeverAnswered) {
  serve({.feat = test::FeatStyle::kSilent});
  ServerOptions impatient = options();
  impatient.feat_limit = std::chrono::milliseconds(200);
  auto session = Session::open(impatient, context_);
  ASSERT_TRUE(session) << session.error().message;
  session_ = std::move(*session);
  EXPECT_EQ(server_->connections(), 2);
  EXPECT_EQ(server_->count("FEAT"), 1);
  EXPECT_FALSE(session_->features().known);
  EXPECT_EQ(ask("NOOP"), 200);
}

TEST_F(SessionLogin, OnlyTheFirstSessionAsksWhatTheServerCanDo) {
  serve({});
  const ServerOptions shared = options();
  const auto first = Session::open(shared, context_);
  ASSERT_TRUE(first) << first.error().message;
  const auto second = Session::open(shared, context_);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(server_->count("FEAT"), 1);
  EXPECT_EQ(server_->count("OPTS"), 2);
  EXPECT_EQ(server_->count("PROT"), 2);
  EXPECT_TRUE((*second)->features().utf8);
}

TEST_F(SessionLogin, TriesUtf8WhenFeatIsUnknownAndLivesWithARefusal) {
  begin({.feat = test::FeatStyle::kUnknown, .opts_utf8_code = 500});
  EXPECT_THAT(lines(), Contains("OPTS UTF8 ON"));
  EXPECT_EQ(ask("NOOP"), 200);
}

TEST_F(SessionLogin, LeavesNamesOfAnotherCharacterSetAlone) {
  serve({});
  ServerOptions bytes = options();
  bytes.utf8_names = false;
  const auto session = Session::open(bytes, context_);
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_THAT(lines(), Contains("OPTS UTF8 OFF"));
  EXPECT_THAT(lines(), Not(Contains("OPTS UTF8 ON")));
}

TEST_F(SessionLogin, DoublesIacWhereTheServerReadsTelnet) {
  const std::string name = "/\xff_\xff\xf4";
  for (const bool telnet : {false, true}) {
    test::FakeDialect dialect;
    dialect.reads_telnet = telnet;
    if (telnet) dialect.facts.emplace_back("UNIX.owner");  // ProFTPD
    begin(dialect);
    EXPECT_EQ(ask("MKD", name), 257);
    EXPECT_TRUE(server_->tree().exists(name)) << telnet;
  }
}

TEST_F(SessionLogin, AsksForFactsThatAreOff) {
  serve({});
  server_->on("FEAT", {.reply = "211-Features:\n MLST Type*;Size*;Modify;Perm;UNIX.mode;X.hidden;\n211 End"});
  auto session = open();
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_THAT(lines(), Contains("OPTS MLST type;size;modify;perm;unix.mode;"));
  EXPECT_THAT(lines(), Not(Contains("OPTS UTF8 ON")));
}

TEST_F(SessionLogin, SaysQuitWhenItGoes) {
  begin();
  session_.reset();
  for (int i = 0; i < 200 && server_->open_connections() > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(server_->count("QUIT"), 1);
}

}  // namespace
}  // namespace ftpsfs::ftp
