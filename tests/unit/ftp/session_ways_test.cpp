// How data connections come: where PASV says, after PRET, and in active mode.

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <array>
#include <future>

#include "session_fixture.h"

namespace ftpsfs::ftp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using SessionWays = SessionTest;

TEST_F(SessionWays, TheAddressOfPasvIsFollowedOnlyWhereTrusted) {
  for (const bool trusted : {false, true}) {
    begin({.pasv_address = "127.0.0.9"}, {.trust_pasv_address = trusted});
    server_->tree().add_file("/a", "a");
    EXPECT_EQ(download("RETR", "/a").has_value(), !trusted) << "nothing listens at 127.0.0.9";
    EXPECT_EQ(server_->count("PASV"), trusted ? 1 : 0) << "EPSV tells no address";
  }
  begin({}, {.trust_pasv_address = true});
  server_->tree().add_file("/a", "a");
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
}

TEST_F(SessionWays, IPv6HasEpsvWhateverIsTrusted) {
  begin({.ipv6 = true}, {.trust_pasv_address = true});
  server_->tree().add_file("/a", "a");
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
  EXPECT_EQ(server_->count("PASV"), 0);
}

TEST_F(SessionWays, PretIsSaidToServersThatWantIt) {
  for (const char* refusal : {"500 You need to use a client supporting PRET (PRE Transfer) to use PASV", "503 No"}) {
    begin({.pret_required = true, .pret_refusal = refusal}, {});
    server_->tree().add_file("/a", "a");
    rest();
    EXPECT_FALSE(session_->prepared()) << "what for is not known yet";
    EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
    EXPECT_EQ(upload("STOR", "/b", "b")->code, 226);
    EXPECT_THAT(download("MLSD", "/").value_or("failed"), HasSubstr("b"));
    EXPECT_THAT(arguments("PRET"), ElementsAre("RETR /a", "STOR /b", "MLSD /"));
    EXPECT_EQ(server_->count("EPSV"), 4) << "the first told";
    EXPECT_EQ(server_->count("PASV"), 0);
  }
}

TEST_F(SessionWays, PretCostsNoRoundTripOfItsOwn) {
  begin({.latency = std::chrono::milliseconds(20), .pret_required = true}, {});
  server_->tree().add_file("/a", "a");
  rest();
  const int turns = server_->round_trips();
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
  EXPECT_EQ(server_->round_trips(), turns + 2);
}

TEST_F(SessionWays, WhatPretRefusesTheTransferWouldHave) {
  begin({.pret_required = true}, {});
  const auto refused = start("RETR", "/missing");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reply_code, 550);
  EXPECT_FALSE(refused.error().session_lost);
  EXPECT_EQ(server_->count("RETR"), 0);
  EXPECT_EQ(ask("NOOP"), 200);
}

TEST_F(SessionWays, AServerThatSpeaksOfPretAndDoesNotKnowItIsRefusedInItsWords) {
  begin({}, {});
  server_->tree().add_file("/a", "a");
  server_->on("EPSV", {.reply = "503 Not now"});
  const auto refused = start("RETR", "/a");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "Not now");
  EXPECT_EQ(refused.error().reply_code, 425);
  EXPECT_TRUE(session_->usable());
}

struct ActiveLine {
  const char* name;
  test::FakeDialect dialect;
  TlsMode tls = TlsMode::kExplicit;
};

class SessionActive : public SessionWays, public ::testing::WithParamInterface<ActiveLine> {
 protected:
  void SetUp() override { begin(GetParam().dialect, {.active = ActiveOptions{}}, GetParam().tls); }
};

TEST_P(SessionActive, MovesBothWaysAndIsTheTlsClient) {
  const std::string content = sample(1'000'000);
  for (int i = 0; i < 3; ++i) {
    const std::string path = "/file" + std::to_string(i);
    const auto stored = upload("STOR", path, content);
    ASSERT_TRUE(stored) << stored.error().message;
    EXPECT_EQ(stored->code, 226);
    EXPECT_EQ(server_->tree().content(path), content);
    EXPECT_EQ(download("RETR", path, 999'000).value_or("failed"), content.substr(999'000));
  }
  EXPECT_EQ(upload("STOR", "/empty", "")->code, 226);
  EXPECT_EQ(download("RETR", "/empty").value_or("failed"), "");
  EXPECT_THAT(download("MLSD", "/").value_or("failed"), HasSubstr("file2"));
  EXPECT_EQ(server_->count("EPSV") + server_->count("PASV"), 0);
  EXPECT_EQ(server_->count(GetParam().dialect.ipv6 ? "PORT" : "EPRT"), 0);
  if (GetParam().tls != TlsMode::kOff) {
    EXPECT_EQ(server_->resumed_data_connections(), server_->data_connections());
  }
}

TEST_P(SessionActive, TheServerIsToldAheadWhereToConnect) {
  server_->tree().add_file("/a", "a");
  const char* verb = GetParam().dialect.ipv6 ? "EPRT" : "PORT";
  for (int i = 1; i <= 3; ++i) {
    rest();
    EXPECT_TRUE(session_->prepared());
    EXPECT_EQ(server_->count(verb), i);
    session_->conclude(start("RETR", "/a").value());
    EXPECT_EQ(ask("SIZE", "/a"), 213);
    EXPECT_EQ(server_->count(verb), i) << "not before the transfer is over";
  }
}

TEST_P(SessionActive, RefusalsAndAbortsLeaveTheSessionUsable) {
  const std::string content(4'000'000, 'x');
  server_->tree().add_file("/a", content);
  EXPECT_EQ(start("RETR", "/missing").error().reply_code, 550);
  auto transfer = start("RETR", "/a").value();
  EXPECT_TRUE(transfer->abort(context_));
  transfer.reset();
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), content);
}

INSTANTIATE_TEST_SUITE_P(
    Lines, SessionActive,
    ::testing::Values(ActiveLine{"Tls13", {}}, ActiveLine{"Tls12", {.tls_max = test::FakeTlsVersion::k12}},
                      ActiveLine{"Plain", {.tls = test::FakeTls::kNone}, TlsMode::kOff},
                      ActiveLine{"Ipv6", {.ipv6 = true}},
                      ActiveLine{"ReuseRequired", {.session_reuse = test::ReuseRule::kReply522AndClose}},
                      ActiveLine{"LateMark", {.late_150 = true}}),
    [](const auto& info) { return std::string(info.param.name); });

/// The port of "127,0,0,1,217,3".
std::uint16_t told_port(const std::string& argument) {
  const auto last = argument.rfind(',');
  const auto before = argument.rfind(',', last - 1);
  return static_cast<std::uint16_t>(std::stoi(argument.substr(before + 1)) * 256 +
                                    std::stoi(argument.substr(last + 1)));
}

TEST_F(SessionWays, WhoeverElseConnectsIsSentAway) {
  begin({}, {.active = ActiveOptions{}});
  server_->tree().add_file("/a", "a");
  rest();
  ASSERT_EQ(arguments("PORT").size(), 1U);
  const UniqueFd stranger(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto from = *net::Endpoint::numeric("127.0.0.2", 0);
  const auto there = *net::Endpoint::numeric("127.0.0.1", told_port(arguments("PORT")[0]));
  ASSERT_EQ(::bind(stranger.get(), from.address(), from.length()), 0);
  ASSERT_EQ(::connect(stranger.get(), there.address(), there.length()), 0);
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
  char byte = 0;
  EXPECT_EQ(::recv(stranger.get(), &byte, 1, 0), 0);
}

TEST_F(SessionWays, ListensOnThesePortsAlone) {
  const auto free = net::own_side_of(net::listen_at(*net::Endpoint::numeric("127.0.0.1", 0), {})->get())->port();
  begin({}, {.active = ActiveOptions{.address = {}, .ports = {free, free}}});
  server_->tree().add_file("/a", "a");
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
  EXPECT_EQ(told_port(arguments("PORT").at(0)), free);
}

TEST_F(SessionWays, AnotherAddressThanOursIsToldAsItIs) {
  begin({}, {.active = ActiveOptions{.address = "127.0.0.9", .ports = {}}});
  server_->tree().add_file("/a", "a");
  const auto refused = start("RETR", "/a");
  ASSERT_FALSE(refused) << "we do not listen there";
  EXPECT_EQ(refused.error().reply_code, 425);
  EXPECT_THAT(arguments("PORT").at(0), StartsWith("127,0,0,9,"));
  const std::string told = "127.0.0.9:" + std::to_string(told_port(arguments("PORT").at(0)));
  EXPECT_THAT(refused.error().message, HasSubstr("the server was told to connect to " + told));
  EXPECT_THAT(refused.error().remedy, HasSubstr("-o active=ADDRESS"));
}

TEST_F(SessionWays, AnAddressTranslatorBetweenTheTwoMayPassTheConnectionOn) {
  const auto free = net::own_side_of(net::listen_at(*net::Endpoint::numeric("127.0.0.1", 0), {})->get())->port();
  const auto outside = *net::Endpoint::numeric("127.0.0.9", free);
  const auto inside = *net::Endpoint::numeric("127.0.0.1", free);
  const UniqueFd translator = net::listen_at(outside, {free, free}).value();
  begin({.tls = test::FakeTls::kNone}, {.active = ActiveOptions{.address = "127.0.0.9", .ports = {free, free}}},
        TlsMode::kOff);
  server_->tree().add_file("/a", "content");
  auto passes = std::async(std::launch::async, [&] {
    (void)net::wait_for(translator.get(), net::Want::kRead, context_);
    const UniqueFd from(::accept(translator.get(), nullptr, nullptr));
    const UniqueFd to(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(to.get(), inside.address(), inside.length()) != 0) return false;
    std::array<char, 100> bytes{};
    const ssize_t count = ::recv(from.get(), bytes.data(), bytes.size(), MSG_WAITALL);
    return count > 0 && ::send(to.get(), bytes.data(), static_cast<std::size_t>(count), 0) == count;
  });
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "content");
  EXPECT_TRUE(passes.get());
}

TEST_F(SessionWays, PortsThatAreAllTakenAreNamed) {
  const UniqueFd taken = net::listen_at(*net::Endpoint::numeric("127.0.0.1", 0), {}).value();
  const auto port = net::own_side_of(taken.get())->port();
  begin({}, {.active = ActiveOptions{.address = {}, .ports = {port, port}}});
  const auto refused = start("MLSD", "/");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kIo);
  const std::string range = std::to_string(port) + "-" + std::to_string(port);
  EXPECT_EQ(refused.error().message, "none of the ports of active_ports=" + range + " is free here");
  EXPECT_TRUE(session_->usable());
  EXPECT_EQ(server_->count("PORT"), 0);
}

TEST_F(SessionWays, AServerThatCannotReachUsIsWaitedForNoLongerThanAnyOther) {
  begin({}, {.active = ActiveOptions{}});
  server_->on("MLSD", {.delay = std::chrono::milliseconds(100)});
  context_.stall_limit = std::chrono::milliseconds(30);
  const auto refused = start("MLSD", "/");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kTimeout);
  EXPECT_THAT(refused.error().message, HasSubstr("the server was told to connect to 127.0.0.1:"));
}

TEST_F(SessionWays, AnAddressOfTheOtherFamilyIsNotTold) {
  begin({}, {.active = ActiveOptions{.address = "2001:db8::1", .ports = {}}});
  server_->tree().add_file("/a", "a");
  const auto refused = start("RETR", "/a");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(refused.error().message, HasSubstr("one is IPv4, the other IPv6"));
  EXPECT_EQ(server_->count("PORT") + server_->count("EPRT"), 0);
}

TEST_F(SessionWays, AServerWithoutActiveModeSaysSo) {
  begin({}, {.active = ActiveOptions{}});
  server_->tree().add_file("/a", "a");
  for (const char* refusal : {"500 Illegal PORT command", "504 No", "522 Network protocol not supported"}) {
    server_->on("PORT", {.nth = 1, .reply = refusal});
    const auto refused = start("RETR", "/a");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, std::string("the server refuses active mode: ") + (refusal + 4));
    EXPECT_EQ(refused.error().remedy, "leave -o active away");
    EXPECT_EQ(refused.error().reply_code, 425) << "that is not about RETR";
    EXPECT_TRUE(session_->usable());
    EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
  }
}

}  // namespace
}  // namespace ftpsfs::ftp
