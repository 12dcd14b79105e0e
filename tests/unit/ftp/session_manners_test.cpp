// What is said on the way to a login, where the server wants to know it: HOST, CLNT, LANG.
#include <gmock/gmock.h>

#include "session_fixture.h"

namespace ftpsfs::ftp {
namespace {

using ::testing::ElementsAre;

using SessionManners = SessionTest;

TEST_F(SessionManners, WhoWeAreAndWhichLanguageIsToldWhereAskedForInNoRoundTripOfItsOwn) {
  begin({.latency = std::chrono::milliseconds(20)}, {});
  const int turns = server_->round_trips();
  EXPECT_EQ(server_->count("CLNT") + server_->count("LANG"), 0) << "not offered";
  begin({.clnt = true, .languages = {"fr-FR", "en-US"}, .latency = std::chrono::milliseconds(20)}, {});
  EXPECT_THAT(arguments("CLNT"), ElementsAre("ftpsfs"));
  EXPECT_THAT(arguments("LANG"), ElementsAre("en-US"));
  EXPECT_EQ(server_->round_trips(), turns);
  begin({.languages = {"en-US.UTF-8", "fr-FR"}}, {});
  EXPECT_EQ(server_->count("LANG"), 0) << "English is spoken already";
  begin({.languages = {"ja-JP"}}, {});
  EXPECT_EQ(server_->count("LANG"), 0) << "English is not to be had";
}

class SessionHost : public SessionTest {
 protected:
  Result<std::unique_ptr<Session>> open_at(const std::string& host) {
    shared_.host = host;
    shared_.port = server_->port();
    shared_.user = server_->user();
    shared_.password = server_->password();
    shared_.tls_context = *net::TlsContext::create({.ca_file = server_->ca_file()});
    return Session::open(shared_, context_);
  }

  ServerOptions shared_;  ///< as a pool's
};

TEST_F(SessionHost, IsSaidToIisInTheFlightOfUser) {
  serve({.greeting = "220 Microsoft FTP Service",
         .hosts = {"localhost"},
         .host_required = true,
         .latency = std::chrono::milliseconds(20)});
  const auto session = open_at("localhost");
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(server_->connections(), 1);
  EXPECT_THAT(arguments("HOST"), ElementsAre("localhost"));
  const int turns = server_->round_trips();
  begin({.latency = std::chrono::milliseconds(20)}, {});
  EXPECT_EQ(server_->round_trips(), turns);
}

TEST_F(SessionHost, IsSaidWhereALoginWantsIt) {
  serve({.hosts = {"localhost"}, .host_required = true, .feat = test::FeatStyle::kUnknown});
  ASSERT_TRUE(open_at("localhost"));
  EXPECT_EQ(server_->count("PASS"), 1) << "no password for a login that could not be";
  ASSERT_TRUE(open_at("localhost"));
  EXPECT_EQ(server_->connections(), 3) << "and learned for all sessions";
}

TEST_F(SessionHost, IsNotSaidWhereTlsToldTheName) {
  serve({.hosts = {"localhost"}});
  ASSERT_TRUE(open_at("localhost"));
  EXPECT_EQ(server_->connections(), 1);
  EXPECT_EQ(server_->count("HOST"), 0);
}

TEST_F(SessionHost, WithoutTlsFeatTellsThatItIsWanted) {
  serve({.tls = test::FakeTls::kNone, .hosts = {"localhost"}});
  shared_.tls = TlsMode::kOff;
  ASSERT_TRUE(open_at("localhost"));
  ASSERT_TRUE(open_at("localhost"));
  EXPECT_EQ(server_->connections(), 3);
  EXPECT_THAT(arguments("HOST"), ElementsAre("localhost", "localhost"));
}

TEST_F(SessionHost, AnAddressIsNoName) {
  serve({.greeting = "220 Microsoft FTP Service", .hosts = {"localhost"}});
  ASSERT_TRUE(open_at("127.0.0.1"));
  EXPECT_EQ(server_->connections(), 1);
  EXPECT_EQ(server_->count("HOST"), 0);
}

TEST_F(SessionHost, AServerThatDoesNotKnowTheNameIsUsedWithoutIt) {
  serve({.greeting = "220 Microsoft FTP Service", .hosts = {"files.example.org"}});
  ASSERT_TRUE(open_at("localhost"));
  EXPECT_EQ(server_->count("HOST"), 1);
  EXPECT_EQ(server_->connections(), 1);
}

}  // namespace
}  // namespace ftpsfs::ftp
