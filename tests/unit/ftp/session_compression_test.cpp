// MODE Z: data that is compressed on its way.
#include <gmock/gmock.h>

#include "session_fixture.h"

namespace ftpsfs::ftp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using SessionCompression = SessionTest;

class SessionDeflate : public SessionTest, public ::testing::WithParamInterface<TlsMode> {};

TEST_P(SessionDeflate, BothDirectionsAreCompressedWhereOfferedAndAskedFor) {
  const bool plain = GetParam() == TlsMode::kOff;
  begin({.tls = plain ? test::FakeTls::kNone : test::FakeTls::kExplicit, .mode_z = true}, {.compress = true},
        GetParam());
  EXPECT_THAT(arguments("MODE"), ElementsAre("Z"));
  const std::string content = sample(1'000'000) + std::string(1'000'000, 'x');
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(upload("STOR", "/a", content)->code, 226);
    EXPECT_EQ(server_->tree().content("/a"), content);
    EXPECT_EQ(download("RETR", "/a").value_or("failed"), content);
    EXPECT_EQ(download("RETR", "/a", 1'500'000).value_or("failed"), content.substr(1'500'000));
    rest();
  }
  EXPECT_EQ(upload("STOR", "/empty", "")->code, 226);
  EXPECT_EQ(server_->tree().content("/empty"), "");
  EXPECT_EQ(download("RETR", "/empty").value_or("failed"), "");
  EXPECT_THAT(download("MLSD", "/").value_or("failed"), HasSubstr("empty"));
}

INSTANTIATE_TEST_SUITE_P(, SessionDeflate, ::testing::Values(TlsMode::kExplicit, TlsMode::kOff),
                         [](const auto& info) { return info.param == TlsMode::kOff ? "Plain" : "Tls"; });

TEST_F(SessionCompression, ACompressedTransferMayBeLeft) {
  begin({.mode_z = true}, {.compress = true});
  const std::string content = sample(4'000'000);
  server_->tree().add_file("/a", content);
  EXPECT_TRUE(start("RETR", "/a").value()->abort(context_));
  session_->abandon(start("RETR", "/a").value());
  rest();
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), content);
}

TEST_F(SessionCompression, ACompressedTransferThatBreaksOffIsAnError) {
  begin({.mode_z = true}, {.compress = true});
  server_->tree().add_file("/a", sample(100'000));
  server_->on("RETR", {.data = test::DataFault::kEnd, .after = 50'000});
  EXPECT_FALSE(download("RETR", "/a"));
}

TEST_F(SessionCompression, NothingIsCompressedUnasked) {
  begin({.mode_z = true}, {});
  EXPECT_EQ(server_->count("MODE"), 0);
  begin({}, {.compress = true});
  EXPECT_EQ(server_->count("MODE"), 0) << "not offered";
  server_->tree().add_file("/a", "a");
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
}

const test::FakeDialect kProftpd{.latency = std::chrono::milliseconds(5),
                                 .mode_z = true,
                                 .mode_z_spoils = true,
                                 .facts = {"type", "size", "modify", "perm", "UNIX.owner"}};

TEST_F(SessionCompression, ThatOfProftpdSpoilsUploadsWhichGoWithout) {
  begin(kProftpd, {.compress = true});
  const std::string content = sample(1000) + std::string(100'000, 'x');
  EXPECT_EQ(upload("STOR", "/a", content)->code, 226);
  EXPECT_EQ(upload("APPE", "/a", content)->code, 226);
  EXPECT_EQ(download("RETR", "/a", 1000).value_or("failed"), (content + content).substr(1000));
  EXPECT_THAT(download("MLSD", "/").value_or("failed"), HasSubstr("size=202000"));
  EXPECT_EQ(upload("STOR", "/a", "again", content.size())->code, 226);
  EXPECT_EQ(download("RETR", "/a", content.size()).value_or("failed").substr(0, 7), "again" + content.substr(5, 2));
  EXPECT_THAT(arguments("MODE"), ElementsAre("Z", "S", "Z", "S", "Z"));
}

TEST_F(SessionCompression, TheChangeOfModeCostsNoRoundTrip) {
  begin(kProftpd, {.compress = true});
  const auto turns_of = [this](const auto& work) {
    rest();
    server_->forget_history();
    work();
    return server_->round_trips();
  };
  const auto store = [this] { EXPECT_EQ(upload("STOR", "/a", "a")->code, 226); };
  const auto read = [this] { EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a"); };
  store();
  const int stored = turns_of(store);
  EXPECT_EQ(server_->count("MODE"), 0);
  read();
  EXPECT_EQ(turns_of(store), stored);
  EXPECT_EQ(server_->count("MODE"), 1);
  EXPECT_EQ(turns_of(read), turns_of(read));
}

TEST_F(SessionCompression, AChangeOfModeThatIsRefusedEndsTheSession) {
  begin(kProftpd, {.compress = true});
  server_->on("MODE", {.reply = "504 No"});
  const auto refused = upload("STOR", "/a", "a");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("MODE: No"));
  EXPECT_TRUE(refused.error().session_lost);
  EXPECT_FALSE(session_->usable());
}

TEST_F(SessionCompression, AServerThatOffersCompressionAndRefusesItGoesWithout) {
  serve({.mode_z = true});
  server_->on("MODE", {.reply = "504 No"});
  server_->tree().add_file("/a", "a");
  ServerOptions how = options();
  how.data.compress = true;
  session_ = Session::open(how, context_).value();
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
}

}  // namespace
}  // namespace ftpsfs::ftp
