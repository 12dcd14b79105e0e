// What one mount finds out about its server, the next one knows.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "fakes/manual_clock.h"
#include "remote_fixture.h"

namespace ftpsfs::remote {
namespace {

namespace fs = std::filesystem;

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// "2026-11-27" of today, minus `days`.
std::string day(int days) {
  const std::time_t then = std::time(nullptr) - days * 24L * 60 * 60;
  std::tm utc{};
  ::gmtime_r(&then, &utc);
  char text[11];
  std::strftime(text, sizeof text, "%Y-%m-%d", &utc);
  return text;
}

class ServerMemoryTest : public RemoteTest {
 protected:
  ServerMemoryTest() {
    std::string name = (fs::temp_directory_path() / "ftpsfs-memory-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    options_.memory_file = folder_ / "servers" / "host%3A21";
    options_.server.feat_limit = std::chrono::milliseconds(100);
  }
  ~ServerMemoryTest() override {
    fs_.reset();  // it writes a last time
    fs::remove_all(folder_);
  }

  [[nodiscard]] std::string memory() const {
    std::stringstream text;
    text << std::ifstream(options_.memory_file).rdbuf();
    return text.str();
  }
  void rewrite(const std::string& from, const std::string& to) const {
    std::string text = memory();
    ASSERT_NE(text.find(from), std::string::npos) << text;
    text.replace(text.find(from), from.size(), to);
    std::ofstream(options_.memory_file) << text;
  }
  std::vector<std::string> peculiarities() { return fs_->server().peculiarities; }
  /// Ends this mount, and begins the next one once the server counts none of its sessions any more.
  void connect_again(std::size_t max_sessions = 4) {
    fs_.reset();
    for (int i = 0; i < 500 && server_->open_connections() > 0; ++i) std::this_thread::sleep_for(2ms);
    connect("", max_sessions);
  }

  fs::path folder_;
};

TEST_F(ServerMemoryTest, AnAbilityThatWasRefusedIsNotTriedByTheNextMount) {
  start({.site_chmod = false});
  tree().add_file("/f", "");
  connect();
  EXPECT_THAT(peculiarities(), IsEmpty());
  EXPECT_FALSE(fs_->set_mode(at("f"), 0600, context_));
  EXPECT_THAT(peculiarities(), ElementsAre("no SITE CHMOD"));
  connect_again();
  EXPECT_THAT(peculiarities(), ElementsAre("no SITE CHMOD"));
  EXPECT_FALSE(fs_->capabilities().set_mode);
  EXPECT_FALSE(fs_->set_mode(at("f"), 0600, context_));
  EXPECT_EQ(server_->count("SITE"), 0);
  EXPECT_THAT(memory(), HasSubstr("\n" + day(0) + " no SITE CHMOD\n"));
}

TEST_F(ServerMemoryTest, AfterADayItIsTriedAgain) {
  start({.site_chmod = false});
  tree().add_file("/f", "");
  connect();
  EXPECT_FALSE(fs_->set_mode(at("f"), 0600, context_));
  fs_.reset();
  rewrite(day(0), day(2));
  server_->set_dialect({});
  connect();
  EXPECT_THAT(peculiarities(), IsEmpty());
  EXPECT_TRUE(fs_->set_mode(at("f"), 0600, context_));
  fs_.reset();
  connect();
  EXPECT_THAT(peculiarities(), IsEmpty());
}

TEST_F(ServerMemoryTest, WhatIsLearntIsWrittenWhileTheMountStands) {
  test::ManualClock clock;
  clock_ = &clock;
  start({.site_chmod = false});
  tree().add_file("/f", "");
  connect();
  const auto soon = [&](const std::string& text) {
    for (int i = 0; i < 500 && memory().find(text) == std::string::npos; ++i) std::this_thread::sleep_for(10ms);
    return memory().find(text) != std::string::npos;
  };
  EXPECT_TRUE(soon("greeting Fake server ready\n"));
  EXPECT_FALSE(fs_->set_mode(at("f"), 0600, context_));
  clock.advance(10s);
  stat("f");
  EXPECT_TRUE(soon(day(0) + " no SITE CHMOD\n")) << "a daemon that is killed loses nothing but the last seconds";
  fs_.reset();
}

TEST_F(ServerMemoryTest, AServerThatSaysSomethingElseOfItselfIsMetAnew) {
  const test::FakeDialect old{.site_chmod = false};
  test::FakeDialect other_greeting = old;
  other_greeting.greeting = "220 Another server 2.0.1";
  test::FakeDialect other_features = old;
  other_features.rang = true;
  test::FakeDialect other_system = old;
  other_system.system = "UNIX";
  for (const test::FakeDialect& other : {other_greeting, other_features, other_system}) {
    start(old);
    tree().add_file("/f", "");
    connect();
    EXPECT_FALSE(fs_->set_mode(at("f"), 0600, context_));
    fs_.reset();
    server_->set_dialect(other);
    connect();
    EXPECT_THAT(peculiarities(), IsEmpty());
  }
}

TEST_F(ServerMemoryTest, AServerThatLeavesFeatUnansweredIsWaitedForOnce) {
  start({.feat = test::FeatStyle::kSilent});
  connect();
  EXPECT_THAT(peculiarities(), Contains("FEAT is left unanswered"));
  fs_.reset();
  server_->forget_history();
  fs_ = try_connect().value();
  EXPECT_EQ(server_->count("FEAT"), 0);
  EXPECT_THAT(peculiarities(), Contains("FEAT is left unanswered"));

  server_->set_dialect({.greeting = "220 Repaired"});
  connect_again();
  EXPECT_THAT(peculiarities(), IsEmpty());
  fs_.reset();
  server_->forget_history();
  fs_ = try_connect().value();
  EXPECT_EQ(server_->count("FEAT"), 1) << "a mount later it is asked again";
}

TEST_F(ServerMemoryTest, AServerThatAnsweredFeatOnceIsAskedAgain) {
  start();
  connect();
  server_->set_dialect({.feat = test::FeatStyle::kSilent});
  connect_again();
  EXPECT_THAT(peculiarities(), Contains("FEAT is left unanswered"));
  server_->set_dialect({});
  connect_again();
  EXPECT_THAT(peculiarities(), IsEmpty());
}

TEST_F(ServerMemoryTest, TheWayToADataConnectionIsRemembered) {
  start({.epsv = false});
  tree().add_file("/f", "content");
  connect();
  EXPECT_THAT(names(""), ElementsAre("f"));
  EXPECT_THAT(peculiarities(), Contains("no EPSV"));
  fs_.reset();
  server_->forget_history();
  fs_ = try_connect().value();
  EXPECT_THAT(names(""), ElementsAre("f"));
  EXPECT_EQ(server_->count("EPSV"), 0);
  EXPECT_THAT(peculiarities(), Contains("no EPSV"));
}

TEST_F(ServerMemoryTest, TheKeyExchangeIsRemembered) {
  start({.tls_groups = "P-256"});
  const auto hellos_too_many = [&] {
    const int hellos = server_->client_hellos();
    const int connections = server_->connections() + server_->data_connections();
    fs_ = try_connect().value();
    EXPECT_THAT(names(""), IsEmpty());
    EXPECT_THAT(peculiarities(), Contains("key exchange by P-256"));
    fs_.reset();
    return server_->client_hellos() - hellos - (server_->connections() + server_->data_connections() - connections);
  };
  EXPECT_EQ(hellos_too_many(), 1);
  EXPECT_EQ(hellos_too_many(), 0);
}

TEST_F(ServerMemoryTest, TheKeyExchangeOfAnotherServerIsForgotten) {
  start({.tls_groups = "P-256"});
  connect();
  EXPECT_THAT(peculiarities(), Contains("key exchange by P-256"));
  fs_.reset();
  start({.greeting = "220 Another server"});
  connect();
  EXPECT_THAT(names(""), IsEmpty());
  EXPECT_THAT(peculiarities(), IsEmpty()) << "it takes the group, but does not insist on it";
}

TEST_F(ServerMemoryTest, ThatTicketsRunOutIsRememberedWhereTls12Helps) {
  start({.tls13_tickets = 1,
         .single_use_tickets = true,
         .tickets_renewed = false,
         .session_reuse = test::ReuseRule::kReply425});
  const std::string run_out = "TLS 1.3 tickets run out, so TLS 1.2";
  connect();
  for (int i = 0; i < 3; ++i) names("");
  EXPECT_THAT(peculiarities(), Contains(run_out));
  fs_.reset();

  int connections = server_->connections();
  fs_ = try_connect().value();
  for (int i = 0; i < 3; ++i) names("");
  EXPECT_EQ(server_->connections() - connections, 1);
  EXPECT_THAT(peculiarities(), Contains(run_out));
  fs_.reset();

  tls_.least = net::TlsVersion::k13;
  connections = server_->connections();
  fs_ = try_connect().value();
  EXPECT_EQ(server_->connections() - connections, 1) << "no handshake is wasted on TLS 1.2";
  EXPECT_THAT(peculiarities(), Not(Contains(run_out)));
}

TEST_F(ServerMemoryTest, TheZoneOfListingsIsRemembered) {
  test::FakeDialect dialect = plain_dialect();
  dialect.list_time_offset = std::chrono::hours(9) + std::chrono::minutes(30);
  start(dialect);
  tree().add_file("/f", "content", std::time(nullptr) - 1000);
  connect();
  EXPECT_THAT(names(""), ElementsAre("f"));
  EXPECT_THAT(peculiarities(), Contains("LIST tells the time of UTC+09:30"));
  connect_again();
  EXPECT_THAT(peculiarities(), Contains("LIST tells the time of UTC+09:30"));
}

TEST_F(ServerMemoryTest, WhetherNamesMayDifferInCaseAloneIsRemembered) {
  for (const bool folds : {true, false}) {
    start({.greeting = folds ? "220 FileZilla Server 1.7.3" : "220 FileZilla Server 1.7.4", .folds_case = folds});
    tree().add_file("/Readme", "content");
    connect();
    fs_.reset();
    fs_ = try_connect().value();
    EXPECT_EQ(server_->count("MLSD"), 0);
    EXPECT_EQ(fs_->capabilities().folds_case, folds);
    EXPECT_THAT(peculiarities(), Contains(folds ? "names that differ in case alone are one"  //
                                                : "names may differ in case alone"));
  }
  start({.greeting = "220 FileZilla Server 1.7.5", .folds_case = true});
  connect();
  EXPECT_THAT(peculiarities(), IsEmpty()) << "there is no name to ask for";
}

TEST_F(ServerMemoryTest, AServerThatWantsHostGetsItAtTheFirstLogin) {
  options_.server.host = "localhost";
  start({.hosts = {"localhost"}, .host_required = true});
  connect();
  EXPECT_THAT(peculiarities(), Contains("HOST is wanted"));
  fs_.reset();
  fs_ = try_connect().value();
  EXPECT_EQ(server_->connections(), 1);
  server_->set_dialect({.greeting = "220 Another server"});  // refuses HOST
  connect_again();
  EXPECT_THAT(peculiarities(), IsEmpty());
}

TEST_F(ServerMemoryTest, TheLimitOnSessionsIsRemembered) {
  start({.max_sessions = 2});
  tree().add_file("/f", std::string(8'000'000, 'x'));
  connect();
  {
    const auto first = open("f");
    const auto second = open("f");
    EXPECT_TRUE(read_some(*first, 10));
    EXPECT_TRUE(read_some(*second, 10));
    first->park();
    second->park();
    EXPECT_EQ(stat("f").size, 8'000'000U) << "a third session is refused";
  }
  EXPECT_EQ(fs_->activity().most, 2U);
  connect_again();
  EXPECT_EQ(fs_->activity().most, 2U);
  EXPECT_THAT(peculiarities(), Contains("2 sessions at most"));
}

TEST_F(ServerMemoryTest, WhatTheTableKnowsIsNotAnObservation) {
  start({.greeting = "220 Microsoft FTP Service", .rnto_overwrites = false});
  tree().add_file("/a", "new");
  tree().add_file("/b", "old");
  connect();
  EXPECT_EQ(fs_->server().kind, "IIS");
  EXPECT_TRUE(fs_->rename(at("a"), at("b"), true, context_));
  EXPECT_EQ(tree().content("/b"), "new");
  EXPECT_THAT(peculiarities(), Not(Contains("RNTO replaces nothing")));
}

TEST_F(ServerMemoryTest, AFileThatIsNoneOfOursHarmsNobody) {
  fs::create_directories(folder_ / "servers");
  std::ofstream(options_.memory_file) << std::string(100'000, '\xff') << "\n" << day(0) << " no SIZE\n";
  start();
  connect();
  EXPECT_THAT(peculiarities(), IsEmpty());
  fs_.reset();
  EXPECT_THAT(memory(), HasSubstr("greeting Fake server ready\n"));
}

TEST_F(ServerMemoryTest, TheServersMetLongestAgoAreForgotten) {
  const fs::path folder = folder_ / "servers";
  fs::create_directories(folder);
  for (int i = 0; i < 300; ++i) std::ofstream(folder / std::to_string(i)) << "";
  start();
  connect();
  fs_.reset();
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 256);
  EXPECT_THAT(memory(), HasSubstr("greeting"));
}

TEST_F(ServerMemoryTest, AMountWorksWithoutAPlaceToRemember) {
  options_.memory_file = "/proc/no/such/place";
  start();
  connect();
  options_.memory_file.clear();
  connect_again();
}

TEST_F(RemoteTest, DataSetsAreRefusedWithAClearWord) {
  start({.system = "MVS is the operating system of this server. FTP Server is running on z/OS.",
         .pwd = test::PwdStyle::kDataSet});
  tree().add_directory("/u/anna");
  const auto refused = try_connect();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("is z/OS, and 'FTPUSER.' holds data sets, which cannot be mounted"));
  EXPECT_THAT(refused.error().message, HasSubstr("//u/"));
  const auto files = try_connect("/u/anna");
  EXPECT_TRUE(files) << files.error().message;
}

}  // namespace
}  // namespace ftpsfs::remote
