// The fake server's control connection: login, turns, limits, and faults in its replies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "unit/fakes/plain_client.h"

namespace ftpsfs::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class FakeControl : public ::testing::Test {
 protected:
  FakeControl() { std::signal(SIGPIPE, SIG_IGN); }
};

TEST_F(FakeControl, LogsInOverTlsAndKeepsAJournal) {
  FakeServer server;
  PlainClient client(server);
  EXPECT_EQ(client.login(), "200 Type set to I");
  EXPECT_EQ(client.ask("PWD"), "257 \"/\" is the current directory");
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(server.logins(), 1);
  const std::vector<FakeCommand> commands = server.commands();
  ASSERT_EQ(commands.size(), 7U);
  EXPECT_EQ(commands[0].line(), "AUTH TLS");
  EXPECT_EQ(commands[2].line(), "PASS " + server.password());
  EXPECT_EQ(commands[2].connection, 1);
}

TEST_F(FakeControl, RefusesALoginInClear) {
  FakeServer server;
  PlainClient client(server);
  client.reply();
  EXPECT_THAT(client.ask("USER " + server.user()), StartsWith("530"));
  EXPECT_EQ(server.logins(), 0);
}

TEST_F(FakeControl, RefusesAWrongPassword) {
  FakeServer server({.tls = FakeTls::kNone});
  PlainClient client(server);
  client.reply();
  EXPECT_THAT(client.ask("AUTH TLS"), StartsWith("502"));
  client.ask("USER " + server.user());
  EXPECT_THAT(client.ask("PASS wrong"), StartsWith("530"));
  EXPECT_THAT(client.ask("PWD"), StartsWith("530"));
}

TEST_F(FakeControl, ImplicitTlsComesBeforeTheGreeting) {
  FakeServer server({.ipv6 = true, .tls = FakeTls::kImplicit, .tls_max = FakeTlsVersion::k12});
  PlainClient client(server);
  ASSERT_TRUE(client.secure_control());
  EXPECT_EQ(client.reply(), "220 Fake server ready");
  EXPECT_EQ(SSL_version(client.control().ssl()), TLS1_2_VERSION);
}

TEST_F(FakeControl, PipelinedCommandsAreOneTurn) {
  FakeServer server({.latency = 20ms});
  PlainClient client(server);
  client.login();
  server.forget_history();
  client.control().send("NOOP\r\nPWD\r\n");
  client.control().send("SYST\r\n");
  EXPECT_THAT(client.reply(), StartsWith("200"));
  EXPECT_THAT(client.reply(), StartsWith("257"));
  EXPECT_THAT(client.reply(), StartsWith("215"));
  EXPECT_EQ(server.round_trips(), 1);
  client.ask("NOOP");
  EXPECT_EQ(server.round_trips(), 2);
  EXPECT_EQ(server.count("NOOP"), 2);
}

TEST_F(FakeControl, LimitsSessionsAtTheGreetingOrAtTheLogin) {
  FakeServer by_greeting({.max_sessions = 1});
  PlainClient first(by_greeting);
  first.login();
  PlainClient second(by_greeting);
  EXPECT_THAT(second.reply(), StartsWith("421"));
  EXPECT_THAT(second.reply(), IsEmpty());

  FakeServer by_login({.max_sessions = 1, .session_limit_reply = "530 Sorry, the maximum number of users is reached"});
  PlainClient third(by_login);
  EXPECT_THAT(third.login(), StartsWith("200"));
  PlainClient fourth(by_login);
  EXPECT_THAT(fourth.login(), StartsWith("530 Sorry"));
  third.ask("QUIT");
  PlainClient fifth(by_login);
  EXPECT_THAT(fifth.login(), StartsWith("200"));
}

TEST_F(FakeControl, FeatTellsWhatTheDialectHas) {
  FakeServer server({.mlsd = false});
  PlainClient client(server);
  client.login();
  EXPECT_THAT(client.ask("FEAT"), HasSubstr("\n REST STREAM\n"));
  EXPECT_THAT(client.ask("FEAT"), Not(HasSubstr("MLST")));
  FakeServer modern;
  PlainClient other(modern);
  other.login();
  EXPECT_THAT(other.ask("FEAT"), HasSubstr(" MLST type*;size*;modify*;perm*;unique*;UNIX.mode*;"));
  EXPECT_EQ(other.ask("OPTS MLST size;modify;"), "200 MLST OPTS size;modify;");
  EXPECT_THAT(other.ask("FEAT"), HasSubstr(" MLST type;size*;modify*;perm;unique;UNIX.mode;"));
}

TEST_F(FakeControl, SaysGoodbyeToTheIdle) {
  FakeServer server({.idle_timeout = 30ms});
  PlainClient client(server);
  EXPECT_THAT(client.reply(), StartsWith("220"));
  EXPECT_THAT(client.reply(), StartsWith("421"));
  EXPECT_THAT(client.reply(), IsEmpty());
  EXPECT_EQ(server.open_connections(), 0);
}

TEST_F(FakeControl, RepliesAreReplacedAndPreceded) {
  FakeServer server;
  PlainClient client(server);
  client.login();
  const int second = server.on("NOOP", {.nth = 2, .reply = "450 Busy"});
  server.on("PWD", {.stray_reply = "226 Late"});
  server.on("SYST", {.huge_reply_bytes = 100000});
  EXPECT_THAT(client.ask("NOOP"), StartsWith("200"));
  EXPECT_THAT(client.ask("NOOP"), StartsWith("450 Busy"));
  EXPECT_THAT(client.ask("NOOP"), StartsWith("200"));
  EXPECT_EQ(server.hits(second), 1);
  EXPECT_THAT(client.ask("PWD"), StartsWith("226 Late"));
  EXPECT_THAT(client.reply(), StartsWith("257"));
  EXPECT_GE(client.ask("SYST").size(), 100000U);
  server.clear_faults();
  EXPECT_THAT(client.ask("SYST"), StartsWith("215"));
}

TEST_F(FakeControl, FaultsCanWaitForAPath) {
  FakeServer server;
  server.tree().add_file("/d/a", "1");
  server.tree().add_file("/d/b", "22");
  server.on("SIZE", {.path = "/d/b", .reply = "550 No"});
  PlainClient client(server);
  client.login();
  client.ask("CWD d");
  EXPECT_EQ(client.ask("SIZE a"), "213 1");
  EXPECT_EQ(client.ask("SIZE b"), "550 No");
}

TEST_F(FakeControl, CutsTheControlConnectionAroundACommand) {
  struct Case {
    ControlCut cut;
    bool made;
    std::string heard;
  };
  for (const Case& example :
       {Case{ControlCut::kBeforeCommand, false, ""}, Case{ControlCut::kBeforeReply, true, ""},
        Case{ControlCut::kMidReply, true, "257 \"/d"}, Case{ControlCut::kAfterReply, true, "257 \"/d\" created"}}) {
    FakeServer server;
    PlainClient client(server);
    client.login();
    server.on("MKD", {.cut = example.cut});
    EXPECT_THAT(client.ask("MKD d"), StartsWith(example.heard));
    EXPECT_THAT(client.reply(), IsEmpty());
    EXPECT_EQ(server.tree().exists("/d"), example.made);
  }
}

TEST_F(FakeControl, InjectsPlaintextBehindTheAuthReply) {
  FakeServer server;
  server.on("AUTH", {.injected = "230 Welcome in clear\r\n"});
  PlainClient client(server);
  client.reply();
  client.control().send("AUTH TLS\r\n");
  const std::string segment = client.control().receive();
  EXPECT_EQ(segment, "234 Proceed with negotiation\r\n230 Welcome in clear\r\n");
}

TEST_F(FakeControl, ALineBreakTakesEveryConnection) {
  FakeServer server;
  PlainClient one(server);
  PlainClient two(server);
  one.login();
  two.login();
  server.on("NOOP", {.nth = 1, .line_break = true});
  EXPECT_THAT(one.ask("NOOP"), IsEmpty());
  EXPECT_THAT(two.reply(), IsEmpty());
  PlainClient three(server);
  EXPECT_THAT(three.login(), StartsWith("200"));
}

TEST_F(FakeControl, StopsAndResumesAcceptingOnOnePort) {
  FakeServer server;
  PlainClient client(server);
  client.login();
  server.stop_accepting();
  EXPECT_FALSE(Line(server.host(), server.port()).connected());
  EXPECT_THAT(client.ask("NOOP"), StartsWith("200"));
  server.resume_accepting();
  EXPECT_TRUE(Line(server.host(), server.port()).connected());
}

TEST_F(FakeControl, EndsAtOnceWithASilentClientConnected) {
  const auto begin = std::chrono::steady_clock::now();
  {
    FakeServer server({.feat = FeatStyle::kSilent});
    PlainClient client(server);
    client.login();
    client.control().send("FEAT\r\nRETR");
    std::this_thread::sleep_for(10ms);
    server.disconnect_all();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
}

}  // namespace
}  // namespace ftpsfs::test
