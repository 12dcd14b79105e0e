// The fake server's data connections: transfers, session reuse, aborts, and faults in the data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "unit/fakes/plain_client.h"

namespace ftpsfs::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class FakeTransfer : public ::testing::Test {
 protected:
  FakeTransfer() { std::signal(SIGPIPE, SIG_IGN); }
};

const std::string kMegabytes(3'000'000, 'x');

TEST_F(FakeTransfer, RetrievesFromAnOffset) {
  FakeServer server;
  server.tree().add_file("/pub/big", kMegabytes);
  server.tree().add_file("/pub/small", "0123456789");
  PlainClient client(server);
  client.login();
  EXPECT_EQ(client.fetch("RETR /pub/big"), kMegabytes);
  EXPECT_THAT(client.last_reply(), StartsWith("226"));
  EXPECT_THAT(client.ask("REST 4"), StartsWith("350"));
  EXPECT_EQ(client.fetch("RETR /pub/small"), "456789");
  EXPECT_EQ(client.fetch("RETR /pub/small"), "0123456789");
  EXPECT_EQ(client.fetch("RETR /pub/missing"), "");
  EXPECT_EQ(client.last_reply(), "550 /pub/missing: No such file or directory");
  EXPECT_EQ(server.data_connections(), 3);
}

TEST_F(FakeTransfer, RetrievesARangeInOrder) {
  FakeServer server({.rang = true});
  server.tree().add_file("/f", "0123456789");
  PlainClient client(server);
  client.login();
  EXPECT_THAT(client.ask("RANG 2 5"), StartsWith("350"));
  EXPECT_EQ(client.fetch("RETR f"), "2345");
  EXPECT_THAT(client.last_reply(), StartsWith("226"));
}

TEST_F(FakeTransfer, StoresAppendsAndRestarts) {
  FakeServer server({.stor_ok_code = 250});
  PlainClient client(server);
  client.login();
  EXPECT_THAT(client.put("STOR f", "0123456789"), StartsWith("250"));
  EXPECT_EQ(server.tree().content("/f"), "0123456789");
  client.put("APPE f", "ab");
  EXPECT_EQ(server.tree().content("/f"), "0123456789ab");
  client.ask("REST 5");
  client.put("STOR f", "XY");
  EXPECT_EQ(server.tree().content("/f"), "01234XY789ab");
  client.put("STOR f", kMegabytes);
  EXPECT_EQ(server.tree().content("/f"), kMegabytes);
}

TEST_F(FakeTransfer, AsciiTypeSpoilsBytes) {
  FakeServer server;
  server.tree().add_file("/f", "a\nb\n");
  PlainClient client(server);
  client.login();
  client.ask("TYPE A");
  EXPECT_EQ(client.fetch("RETR f"), "a\r\nb\r\n");
  EXPECT_THAT(client.ask("SIZE f"), StartsWith("550"));
}

TEST_F(FakeTransfer, NeedsAChannelAndProtection) {
  FakeServer server;
  PlainClient client(server);
  client.login();
  EXPECT_THAT(client.ask("MLSD"), StartsWith("425"));
  EXPECT_THAT(client.ask("PROT C"), StartsWith("534"));
  FakeServer pret({.pret_required = true});
  PlainClient other(pret);
  other.login();
  EXPECT_THAT(other.ask("EPSV"), StartsWith("500"));
  other.ask("PRET MLSD");
  EXPECT_THAT(other.ask("EPSV"), StartsWith("229"));
}

TEST_F(FakeTransfer, AcceptsAPreparedChannelWhoseHandshakeRunsAhead) {
  FakeServer server({.late_150 = true});
  server.tree().add_file("/f", "hello");
  PlainClient client(server);
  client.login();
  auto data = client.prepare();
  ASSERT_TRUE(data);
  client.control().send("RETR f\r\n");
  ASSERT_TRUE(client.secure(*data));
  EXPECT_EQ(data->receive_all(), "hello");
  EXPECT_THAT(client.reply(), StartsWith("150"));
  EXPECT_THAT(client.reply(), StartsWith("226"));
}

struct ReuseCase {
  FakeTlsVersion version;
  ReuseRule rule;
  std::string refusal;
  bool closes;
};

class FakeReuse : public ::testing::TestWithParam<ReuseCase> {};

TEST_P(FakeReuse, IsDemandedOfTheOwnControlConnection) {
  const ReuseCase& param = GetParam();
  FakeServer server({.tls_max = param.version, .session_reuse = param.rule});
  server.tree().add_file("/f", "hello");
  PlainClient client(server);
  client.login();
  EXPECT_EQ(client.fetch("RETR f"), "hello");
  EXPECT_EQ(client.fetch("RETR f"), "hello");
  EXPECT_EQ(server.resumed_data_connections(), 2);

  PlainClient stranger(server);
  stranger.login();
  stranger.borrow_session(client);
  auto borrowed = stranger.start("RETR f");
  ASSERT_TRUE(borrowed);
  EXPECT_TRUE(borrowed->resumed());
  EXPECT_THAT(borrowed->receive_all(), IsEmpty());
  EXPECT_THAT(stranger.reply(), StartsWith(param.refusal));

  auto fresh = client.start("RETR f", false);
  ASSERT_TRUE(fresh);
  EXPECT_THAT(fresh->receive_all(), IsEmpty());
  EXPECT_THAT(client.reply(), StartsWith(param.refusal));
  EXPECT_EQ(client.ask("NOOP").empty(), param.closes);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, FakeReuse,
    ::testing::Values(ReuseCase{FakeTlsVersion::k13, ReuseRule::kReply425, "425 Unable to build", false},
                      ReuseCase{FakeTlsVersion::k13, ReuseRule::kReply522AndClose, "522 SSL", true},
                      ReuseCase{FakeTlsVersion::k12, ReuseRule::kReply425, "425 Unable to build", false}));

TEST_F(FakeTransfer, GivesNoTicketsWhenToldSo) {
  FakeServer server({.tls13_tickets = 0});
  server.tree().add_file("/f", "hello");
  PlainClient client(server);
  client.login();
  EXPECT_EQ(client.fetch("RETR f"), "hello");
  EXPECT_EQ(client.fetch("RETR f"), "hello");
  EXPECT_EQ(server.data_connections(), 2);
  EXPECT_EQ(server.resumed_data_connections(), 0);
}

TEST_F(FakeTransfer, AborEndsADownloadWithTwoReplies) {
  FakeServer server;
  server.tree().add_file("/big", std::string(50'000'000, 'x'));
  PlainClient client(server);
  client.login();
  auto data = client.start("RETR big");
  ASSERT_TRUE(data);
  EXPECT_FALSE(data->receive().empty());
  client.control().send("ABOR\r\n");
  EXPECT_THAT(client.reply(), StartsWith("426"));
  EXPECT_THAT(client.reply(), StartsWith("226"));
  data->close();
  EXPECT_THAT(client.ask("ABOR"), StartsWith("225"));
  EXPECT_EQ(client.ask("SIZE big"), "213 50000000");
}

TEST_F(FakeTransfer, AnEarlyCloseIsOne426) {
  FakeServer server;
  server.tree().add_file("/big", std::string(50'000'000, 'x'));
  PlainClient client(server);
  client.login();
  auto data = client.start("RETR big");
  ASSERT_TRUE(data);
  data->receive();
  data->close();
  EXPECT_THAT(client.reply(), StartsWith("426"));
  EXPECT_THAT(client.ask("NOOP"), StartsWith("200"));
}

TEST_F(FakeTransfer, AnUploadWithoutCloseNotifyIsNotTaken) {
  FakeServer server;
  PlainClient client(server);
  client.login();
  auto data = client.start("STOR f");
  ASSERT_TRUE(data);
  data->send("hello");
  ::shutdown(data->fd(), SHUT_WR);
  EXPECT_THAT(client.reply(), StartsWith("426"));
}

struct DownloadCase {
  DataFault fault;
  std::string reply;
  bool ended_in_order;
};

TEST_F(FakeTransfer, CutsDownloadsShort) {
  for (const DownloadCase& example :
       {DownloadCase{DataFault::kEnd, "226", true}, DownloadCase{DataFault::kCut, "426", false},
        DownloadCase{DataFault::kReset, "426", false}, DownloadCase{DataFault::kLineBreak, "", false}}) {
    FakeServer server;
    server.tree().add_file("/f", "0123456789");
    server.on("RETR", {.data = example.fault, .after = 4});
    PlainClient client(server);
    client.login();
    auto data = client.start("RETR f");
    ASSERT_TRUE(data);
    EXPECT_THAT("0123", StartsWith(data->receive_all()));  // a reset may overtake the bytes
    EXPECT_EQ(data->ended_in_order(), example.ended_in_order);
    EXPECT_THAT(client.reply(), StartsWith(example.reply));
  }
}

TEST_F(FakeTransfer, LiesAboutUploads) {
  FakeServer server;
  server.on("STOR", {.path = "/dropped", .data = DataFault::kDrop, .after = 4});
  server.on("STOR", {.path = "/full", .data = DataFault::kEnd, .after = 4, .final_reply = "452 Disk full"});
  server.on("STOR", {.path = "/late", .final_reply = "426 After all"});
  server.on("STOR", {.path = "/refused", .data = DataFault::kRefuse});
  PlainClient client(server);
  client.login();
  EXPECT_THAT(client.put("STOR dropped", "0123456789"), StartsWith("226"));
  EXPECT_EQ(server.tree().content("/dropped"), "0123");
  EXPECT_THAT(client.put("STOR full", "0123456789"), StartsWith("452 Disk full"));
  EXPECT_EQ(server.tree().content("/full"), "0123");
  EXPECT_THAT(client.put("STOR late", "0123456789"), StartsWith("426 After all"));
  EXPECT_EQ(server.tree().content("/late"), "0123456789");
  EXPECT_FALSE(client.start("STOR refused"));
  EXPECT_THAT(client.reply(), StartsWith("425"));
}

TEST_F(FakeTransfer, StallsUntilReleased) {
  FakeServer server;
  server.tree().add_file("/f", "0123456789");
  server.on("RETR", {.data = DataFault::kStall, .after = 4});
  PlainClient client(server);
  client.login();
  auto data = client.start("RETR f");
  ASSERT_TRUE(data);
  EXPECT_EQ(data->receive(), "0123");
  server.release_stalls();
  EXPECT_EQ(data->receive_all(), "456789");
  EXPECT_THAT(client.reply(), StartsWith("226"));
}

TEST_F(FakeTransfer, StoresOnWhenTheControlConnectionIsLost) {
  FakeServer server;
  server.on("STOR", {.data = DataFault::kLoseControl, .after = 4});
  PlainClient client(server);
  client.login();
  EXPECT_THAT(client.put("STOR f", "0123456789"), IsEmpty());
  EXPECT_EQ(server.tree().content("/f"), "0123456789");
}

TEST_F(FakeTransfer, AnswersEpsvDuringATransferAsToldTo) {
  FakeDialect proftpd;
  proftpd.epsv_refused_when_busy = proftpd.reads_telnet = true;
  FakeServer server(proftpd);
  server.tree().add_file("/f", "0123456789");
  server.on("RETR", {.data = DataFault::kStall, .after = 4});
  PlainClient client(server);
  client.login();
  auto data = client.start("RETR f");
  ASSERT_TRUE(data);
  EXPECT_THAT(client.ask("EPSV"), StartsWith("450 EPSV"));
  client.control().send(
      "\xff\xf4\xff\xf2"
      "ABOR\r\n");
  EXPECT_THAT(client.reply(), StartsWith("426"));
}

}  // namespace
}  // namespace ftpsfs::test
