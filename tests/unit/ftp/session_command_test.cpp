// Session::execute and execute_all: replies counted right, and a session given up when they cannot be.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "session_fixture.h"

namespace ftpsfs::ftp {
namespace {

using ::testing::HasSubstr;

using SessionCommand = SessionTest;

TEST_F(SessionCommand, ARefusalIsAReplyNotAnError) {
  begin();
  EXPECT_EQ(ask("SIZE", "/missing"), 550);
  EXPECT_TRUE(session_->usable());
}

TEST_F(SessionCommand, PassesPreliminaryReplies) {
  begin();
  server_->on("NOOP", {.stray_reply = "150 Working on it"});
  EXPECT_EQ(ask("NOOP"), 200);
  EXPECT_EQ(ask("PWD"), 257);
}

TEST_F(SessionCommand, DropsRepliesNobodyAskedFor) {
  begin();
  server_->on("NOOP", {.injected = "426 Late\r\n226-Later\r\n226 Latest\r\n"});
  EXPECT_EQ(ask("NOOP"), 200);
  EXPECT_EQ(ask("PWD"), 257);
  EXPECT_EQ(ask("NOOP"), 200);
  session_->notice_hangup();
  EXPECT_TRUE(session_->usable());
  EXPECT_EQ(ask("PWD"), 257);
}

TEST_F(SessionCommand, AStrayFarewellEndsTheSession) {
  begin();
  server_->on("NOOP", {.injected = "421 Timeout\r\n"});
  EXPECT_EQ(ask("NOOP"), 200);
  session_->notice_hangup();
  EXPECT_FALSE(session_->usable());
}

TEST_F(SessionCommand, FarewellInPlaceOfAReplyIsALostConnection) {
  begin();
  server_->on("NOOP", {.reply = "421 Idle for too long"});
  const auto reply = session_->execute(command("NOOP"), context_);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::kConnectionLost);
  EXPECT_EQ(reply.error().reply_code, 421);
  EXPECT_TRUE(reply.error().session_lost);
  EXPECT_FALSE(session_->usable());
}

TEST_F(SessionCommand, ATimeoutLeavesAReplyOwed) {
  begin();
  server_->on("NOOP", {.silent = true});
  context_.stall_limit = std::chrono::milliseconds(50);
  const auto reply = session_->execute(command("NOOP"), context_);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::kTimeout);
  EXPECT_FALSE(session_->usable());
  EXPECT_EQ(ask("PWD"), 0) << "nothing is sent on a session that lost count";
}

TEST_F(SessionCommand, AnInterruptBeforeAnythingWasSentHarmsNothing) {
  begin();
  Context cancelled = context_;
  cancelled.cancellation = std::make_shared<Cancellation>();
  cancelled.cancellation->cancel();
  const auto reply = session_->execute(command("NOOP"), cancelled);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::kInterrupted);
  EXPECT_TRUE(session_->usable());
  EXPECT_EQ(ask("PWD"), 257);
}

TEST_F(SessionCommand, AReplyCutOffIsALostConnection) {
  begin();
  server_->on("PWD", {.cut = test::ControlCut::kMidReply});
  const auto reply = session_->execute(command("PWD"), context_);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::kConnectionLost);
  EXPECT_FALSE(session_->usable());
}

TEST_F(SessionCommand, AReplyWithoutEndIsRefused) {
  begin();
  server_->on("STAT", {.huge_reply_bytes = 1000 * 1000});
  const auto reply = session_->execute(command("STAT"), context_);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::kProtocol);
  EXPECT_FALSE(session_->usable());
}

TEST_F(SessionCommand, NoticesAHangUpWhileIdle) {
  begin();
  server_->disconnect_all();
  for (int i = 0; i < 200 && session_->usable(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    session_->notice_hangup();
  }
  EXPECT_FALSE(session_->usable());
}

TEST_F(SessionCommand, PipelinesInOrder) {
  begin({.latency = std::chrono::milliseconds(20)});
  std::vector<Command> commands;
  for (int i = 0; i < 150; ++i) {
    server_->tree().add_file("/f" + std::to_string(i), std::string(static_cast<std::size_t>(i), 'x'));
    commands.push_back(command("SIZE", "/f" + std::to_string(i)));
  }
  server_->forget_history();
  const auto replies = session_->execute_all(commands, context_);
  ASSERT_TRUE(replies) << replies.error().message;
  ASSERT_EQ(replies->size(), 150U);
  for (int i = 0; i < 150; ++i) EXPECT_EQ((*replies)[static_cast<std::size_t>(i)].text(), std::to_string(i));
  EXPECT_LE(server_->round_trips(), 2);
}

TEST_F(SessionCommand, PipelinedCommandsTravelInShortRecords) {
  for (const auto tls : {test::FakeTlsVersion::k12, test::FakeTlsVersion::k13}) {
    begin({.tls_min = tls, .tls_max = tls});
    std::vector<Command> commands;
    for (int i = 0; i < 500; ++i) commands.push_back(command("SIZE", "/" + std::string(30 + i % 50, 'n')));
    server_->forget_history();
    ASSERT_TRUE(session_->execute_all(commands, context_));
    EXPECT_LE(server_->longest_record(), 1000U);
    EXPECT_GT(server_->longest_record(), 800U) << "many commands share one";
  }
}

TEST_F(SessionCommand, OnlyACommandThatIsLongerItselfTakesALongerRecord) {
  begin();
  const Command longer = command("SIZE", "/" + std::string(3000, 'n'));
  const Command brief = command("SIZE", "/f");
  server_->forget_history();
  ASSERT_TRUE(session_->execute_all(std::vector{brief, longer, brief, longer, brief}, context_));
  EXPECT_EQ(server_->longest_record(), longer.wire().size());
  EXPECT_EQ(server_->count("SIZE"), 5);
}

TEST_F(SessionCommand, TwoFullLinesDoNotBlockEachOther) {
  begin({.mlsd = true});
  const std::string name(200, 'n');
  server_->tree().add_file("/" + name, "x");
  const std::vector<Command> commands(20'000, command("MLST", "/" + name));  // 4 MB there, more back
  const auto replies = session_->execute_all(commands, context_);
  ASSERT_TRUE(replies) << replies.error().message;
  EXPECT_EQ(replies->size(), commands.size());
  EXPECT_THAT(replies->back().text(), HasSubstr(name));
}

TEST_F(SessionCommand, NothingToSayIsNoExchange) {
  begin();
  const auto replies = session_->execute_all({}, context_);
  ASSERT_TRUE(replies);
  EXPECT_TRUE(replies->empty());
}

}  // namespace
}  // namespace ftpsfs::ftp
