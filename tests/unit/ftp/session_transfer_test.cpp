// Session::start and Transfer: data in both directions, REST, refusals at every moment, ABOR.
#include <gmock/gmock.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "session_fixture.h"

namespace ftpsfs::ftp {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

struct Line {
  const char* name;
  test::FakeDialect dialect;
  TlsMode tls = TlsMode::kExplicit;
};

class SessionData : public SessionTest, public ::testing::WithParamInterface<Line> {
 protected:
  void SetUp() override {
    serve(GetParam().dialect);
    ServerOptions how = options();
    how.tls = GetParam().tls;
    auto session = Session::open(how, context_);
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
  }
};

TEST_P(SessionData, MovesBothWaysAndResumesTheTlsSession) {
  const std::string content = sample(1'000'000);
  for (int i = 0; i < 3; ++i) {
    const std::string path = "/file" + std::to_string(i);
    const auto stored = upload("STOR", path, content);
    ASSERT_TRUE(stored) << stored.error().message;
    EXPECT_EQ(stored->code, 226);
    EXPECT_EQ(server_->tree().content(path), content);
    EXPECT_EQ(download("RETR", path).value_or("failed"), content);
    EXPECT_EQ(download("RETR", path, 999'000).value_or("failed"), content.substr(999'000));
  }
  EXPECT_EQ(upload("STOR", "/file0", "tail", 500)->code, 226);
  EXPECT_EQ(server_->tree().content("/file0")->substr(495, 9), content.substr(495, 5) + "tail");
  EXPECT_EQ(upload("APPE", "/file0", "!")->code, 226);
  EXPECT_EQ(server_->tree().content("/file0")->back(), '!');
  EXPECT_EQ(upload("STOR", "/empty", "")->code, 226);
  EXPECT_EQ(download("RETR", "/empty").value_or("failed"), "");
  EXPECT_THAT(download("MLSD", "/").value_or("failed"), HasSubstr("file2"));
  if (GetParam().tls != TlsMode::kOff) {
    EXPECT_EQ(server_->resumed_data_connections(), server_->data_connections());
  }
}

INSTANTIATE_TEST_SUITE_P(Lines, SessionData,
                         ::testing::Values(Line{"Tls13", {}}, Line{"Tls12", {.tls_max = test::FakeTlsVersion::k12}},
                                           Line{"Plain", {.tls = test::FakeTls::kNone}, TlsMode::kOff},
                                           Line{"Ipv6", {.ipv6 = true}},
                                           Line{"SingleUseTickets", {.single_use_tickets = true}},
                                           Line{"ReuseRequired", {.session_reuse = test::ReuseRule::kReply522AndClose}},
                                           Line{"AwaitsTcpClose", {.upload_awaits_tcp_close = true}},
                                           Line{"PasvWithAWrongAddress", {.epsv = false, .pasv_address = "10.9.8.7"}},
                                           Line{"NoFeat", {.feat = test::FeatStyle::kUnknown}}),
                         [](const auto& info) { return std::string(info.param.name); });

using SessionTransfer = SessionTest;

TEST_F(SessionTransfer, RemembersThatEpsvIsUnknown) {
  begin({.epsv = false});
  server_->tree().add_file("/a", "a");
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
  EXPECT_EQ(server_->count("EPSV"), 1);
  EXPECT_EQ(server_->count("PASV"), 2);
}

TEST_F(SessionTransfer, WaitsForNoMarkThatComesLate) {
  begin({.late_150 = true});
  server_->tree().add_file("/a", "a");
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
  EXPECT_EQ(upload("STOR", "/b", "b")->code, 226);
  EXPECT_EQ(server_->tree().content("/b"), "b");
}

TEST_F(SessionTransfer, ARefusalLeavesTheSessionUsableAndNoOffsetBehind) {
  begin();
  const auto refused = start("RETR", "/missing", 7);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kIo);
  EXPECT_EQ(refused.error().reply_code, 550);
  EXPECT_FALSE(refused.error().session_lost);
  ASSERT_TRUE(session_->usable());
  EXPECT_EQ(server_->commands().back().line(), "REST 0");
  EXPECT_EQ(upload("STOR", "/new", "content")->code, 226);
  EXPECT_EQ(server_->tree().content("/new"), "content");
}

TEST_F(SessionTransfer, AnUploadNeverStartsWhereItsOffsetWasRefused) {
  begin();
  server_->tree().add_file("/a", "precious");
  server_->on("REST", {.reply = "502 No"});
  const auto refused = start("STOR", "/a", 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reply_code, 502);
  EXPECT_TRUE(session_->usable());
  EXPECT_EQ(server_->count("STOR"), 0);
  EXPECT_EQ(server_->tree().content("/a"), "precious");
}

TEST_F(SessionTransfer, ADownloadWhoseOffsetWasRefusedIsNotRead) {
  begin();
  server_->tree().add_file("/a", "precious");
  server_->on("REST", {.reply = "502 No"});
  const auto refused = start("RETR", "/a", 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reply_code, 502);
  EXPECT_FALSE(session_->usable());
}

TEST_F(SessionTransfer, SessionReuseDemandedInVainIsSeenAtOnce) {
  for (const auto& [rule, code] :
       {std::pair{test::ReuseRule::kReply425, 425}, std::pair{test::ReuseRule::kReply522AndClose, 522}}) {
    begin({.tls13_tickets = 0, .session_reuse = rule});
    server_->tree().add_file("/a", "a");
    const auto begun = std::chrono::steady_clock::now();
    const auto data = download("RETR", "/a");
    ASSERT_FALSE(data);
    EXPECT_EQ(data.error().kind, ErrorKind::kIo);
    EXPECT_EQ(data.error().reply_code, code);
    EXPECT_FALSE(session_->usable());
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(1));
  }
}

TEST_F(SessionTransfer, ARefusedDataConnectionIsSeenDuringItsHandshake) {
  begin();
  server_->tree().add_file("/a", "a");
  server_->on("RETR", {.data = test::DataFault::kRefuse});
  const auto refused = start("RETR", "/a");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reply_code, 425);
  EXPECT_TRUE(refused.error().session_lost);
  EXPECT_FALSE(session_->usable());
}

TEST_F(SessionTransfer, AFullDiskEndsTheUpload) {
  begin();
  server_->on("STOR", {.data = test::DataFault::kEnd, .after = 5, .final_reply = "452 Disk full"});
  const std::string content = sample(30'000'000);
  const auto transfer = start("STOR", "/a");
  ASSERT_TRUE(transfer) << transfer.error().message;
  const auto written = (*transfer)->write(std::as_bytes(std::span(content)), context_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kIo);
  EXPECT_EQ(written.error().reply_code, 452);
  EXPECT_THAT(written.error().message, HasSubstr("Disk full"));
  EXPECT_TRUE((*transfer)->abort(context_)) << "the final reply is here: nothing to wait for";
  EXPECT_EQ(ask("PWD"), 257);
  EXPECT_EQ(server_->count("ABOR"), 0);
}

TEST_F(SessionTransfer, ARefusalBehindCompleteDataComesWithFinish) {
  begin();
  server_->tree().add_file("/a", "all of it");
  server_->on("RETR", {.final_reply = "426 Failure writing network stream."});
  const auto transfer = start("RETR", "/a");
  ASSERT_TRUE(transfer);
  EXPECT_EQ(read_all(**transfer).value_or("failed"), "all of it");
  const auto reply = (*transfer)->finish(context_);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->code, 426);
  EXPECT_EQ(ask("PWD"), 257);
}

TEST_F(SessionTransfer, DataCutShortIsNeverTakenForComplete) {
  for (const auto fault : {test::DataFault::kCut, test::DataFault::kReset}) {
    begin();
    server_->tree().add_file("/a", sample(100'000));
    server_->on("RETR", {.data = fault, .after = 50'000});
    EXPECT_FALSE(download("RETR", "/a"));
  }
}

TEST_F(SessionTransfer, ALostControlConnectionIsNoticedWhileDataWaits) {
  begin();
  server_->tree().add_file("/a", sample(1000));
  server_->on("RETR", {.data = test::DataFault::kLineBreak, .after = 10});
  const auto data = download("RETR", "/a");
  ASSERT_FALSE(data);
  EXPECT_EQ(data.error().kind, ErrorKind::kConnectionLost);
  EXPECT_FALSE(session_->usable());
}

TEST_F(SessionTransfer, AStalledDownloadTimesOutAndCanBeAborted) {
  begin();
  server_->tree().add_file("/a", sample(1'000'000));
  server_->on("RETR", {.data = test::DataFault::kStall, .after = 10});
  const auto transfer = start("RETR", "/a");
  ASSERT_TRUE(transfer);
  Context impatient = context_;
  impatient.stall_limit = std::chrono::milliseconds(50);
  std::array<std::byte, 4096> buffer;
  EXPECT_EQ((*transfer)->read(buffer, impatient).value_or(0), 10U);
  const auto stalled = (*transfer)->read(buffer, impatient);
  ASSERT_FALSE(stalled);
  EXPECT_EQ(stalled.error().kind, ErrorKind::kTimeout);
  EXPECT_TRUE((*transfer)->abort(context_));
  EXPECT_EQ(ask("PWD"), 257);
}

class SessionAbort : public SessionTest, public ::testing::WithParamInterface<std::vector<std::string>> {};

TEST_P(SessionAbort, LeavesTheSessionInStep) {
  begin({.abort_replies = GetParam()});
  const std::string content = sample(3'000'000);
  server_->tree().add_file("/a", content);
  std::vector<std::byte> buffer(50'000);
  for (int i = 0; i < 5; ++i) {
    {
      const auto down = start("RETR", "/a", static_cast<std::uint64_t>(i) * 10);
      ASSERT_TRUE(down) << down.error().message;
      ASSERT_TRUE((*down)->read(buffer, context_));
      const auto aborted = (*down)->abort(context_);
      ASSERT_TRUE(aborted) << aborted.error().message;
    }
    EXPECT_EQ(ask("PWD"), 257);
    {
      const auto up = start("STOR", "/b");
      ASSERT_TRUE(up) << up.error().message;
      ASSERT_TRUE((*up)->write(std::as_bytes(std::span(content)).first(1000), context_));
      const auto aborted = (*up)->abort(context_);
      ASSERT_TRUE(aborted) << aborted.error().message;
    }
    EXPECT_EQ(ask("SIZE", "/a"), 213);
  }
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), content);
}

TEST_P(SessionAbort, NobodyNeedsToWaitForIt) {
  begin({.abort_replies = GetParam()});
  const std::string content = sample(3'000'000);
  server_->tree().add_file("/a", content);
  std::vector<std::byte> buffer(50'000);
  for (int i = 0; i < 6; ++i) {
    auto down = start("RETR", "/a", static_cast<std::uint64_t>(i) * 10);
    ASSERT_TRUE(down) << down.error().message;
    ASSERT_TRUE((*down)->read(buffer, context_));
    session_->abandon(std::move(*down));
    if (i % 2 == 0) rest();
    EXPECT_EQ(ask("SIZE", "/a"), 213);
  }
  EXPECT_GT(server_->count("ABOR"), 0) << "the server may have sent all before";
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), content);
}

INSTANTIATE_TEST_SUITE_P(Replies, SessionAbort,
                         ::testing::Values(std::vector<std::string>{"426 Transfer aborted", "226 Abort successful"},
                                           std::vector<std::string>{"226 Abort successful", "426 Transfer aborted"},
                                           std::vector<std::string>{"426 Failure writing network stream.",
                                                                    "225 No transfer to ABOR."},
                                           std::vector<std::string>{"150 0.022 seconds (measured here)", "226 Aborted"},
                                           std::vector<std::string>{"226 Since you see this ABOR must've succeeded"}));

TEST_F(SessionTransfer, AbortAfterTheServerFinished) {
  begin();
  server_->tree().add_file("/a", "small");
  for (int i = 0; i < 20; ++i) {
    const auto transfer = start("RETR", "/a");
    ASSERT_TRUE(transfer) << transfer.error().message;
    if (i % 2 == 1) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (i % 3 == 1) {
      EXPECT_EQ(read_all(**transfer).value_or("failed"), "small");
    }
    const auto aborted = (*transfer)->abort(context_);
    ASSERT_TRUE(aborted) << aborted.error().message;
    EXPECT_EQ(ask("PWD"), 257);
  }
}

TEST_F(SessionTransfer, ATransferDroppedUnfinishedTakesTheSessionWithIt) {
  begin();
  server_->tree().add_file("/a", sample(1'000'000));
  auto transfer = start("RETR", "/a");
  ASSERT_TRUE(transfer);
  transfer->reset();
  EXPECT_FALSE(session_->usable());
}

TEST_F(SessionTransfer, NoCommandGoesBetween) {
  begin();
  server_->tree().add_file("/a", "a");
  const auto transfer = start("RETR", "/a");
  ASSERT_TRUE(transfer);
  EXPECT_EQ(ask("NOOP"), 0);
  EXPECT_FALSE(start("RETR", "/a"));
  EXPECT_EQ(server_->count("NOOP"), 0);
  EXPECT_EQ(read_all(**transfer).value_or("failed"), "a");
  EXPECT_TRUE((*transfer)->finish(context_));
  EXPECT_EQ(ask("NOOP"), 200);
}

TEST_F(SessionTransfer, FinishWithoutReadingDropsTheRest) {
  begin();
  server_->tree().add_file("/a", sample(1'000'000));
  const auto transfer = start("RETR", "/a");
  ASSERT_TRUE(transfer);
  const auto reply = (*transfer)->finish(context_);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->code, 226);
  EXPECT_EQ(ask("PWD"), 257);
}

TEST_F(SessionTransfer, AnInterruptEndsTheWaitForData) {
  begin();
  server_->tree().add_file("/a", sample(1000));
  server_->on("RETR", {.data = test::DataFault::kStall});
  const auto transfer = start("RETR", "/a");
  ASSERT_TRUE(transfer) << transfer.error().message;
  Context cancelled = context_;
  cancelled.cancellation = std::make_shared<Cancellation>();
  cancelled.cancellation->cancel();
  std::array<std::byte, 16> buffer;
  const auto read = (*transfer)->read(buffer, cancelled);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kInterrupted);
}

}  // namespace
}  // namespace ftpsfs::ftp
