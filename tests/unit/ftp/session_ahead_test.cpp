// Session: data connections made ahead, downloads concluded in the background, questions in a transfer's flight.
#include <gmock/gmock.h>

#include <array>

#include "session_fixture.h"

namespace ftpsfs::ftp {
namespace {

class SessionAhead : public SessionTest {
 protected:
  /// A server such as vsftpd, which takes EPSV while a transfer runs.
  void begin_with_patient_server() {
    begin();
    lessons_->next_passive = NextPassive::kDuringTransfer;
  }

  std::unique_ptr<Transfer> downloaded(std::string_view path) {
    auto transfer = start("RETR", path);
    EXPECT_TRUE(transfer);
    EXPECT_EQ(read_all(**transfer).value_or("failed"), server_->tree().content(std::string(path)));
    return std::move(*transfer);
  }
};

TEST_F(SessionAhead, TheNextTransferFindsItsDataConnectionMade) {
  for (const bool epsv : {true, false}) {
    begin({.epsv = epsv});
    server_->tree().add_file("/a", "a");
    for (int i = 0; i < 3; ++i) {
      rest();
      EXPECT_TRUE(session_->prepared());
      const int asked = server_->count("EPSV") + server_->count("PASV");
      EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
      EXPECT_EQ(server_->count("EPSV") + server_->count("PASV"), asked);
      EXPECT_FALSE(session_->prepared());
    }
  }
}

TEST_F(SessionAhead, OtherCommandsComeBetween) {
  begin();
  server_->tree().add_file("/a", "a");
  (void)session_->advance();  // the answer to EPSV is on its way, or here
  EXPECT_EQ(ask("SIZE", "/a"), 213);
  EXPECT_EQ(ask("SIZE", "/b"), 550);
  rest();
  EXPECT_EQ(ask("MDTM", "/a"), 213);
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
  EXPECT_EQ(server_->count("EPSV"), 1);
}

TEST_F(SessionAhead, ATransferTakesOverWhatIsUnderWay) {
  begin();
  server_->tree().add_file("/a", "a");
  (void)session_->advance();
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
  EXPECT_EQ(server_->count("EPSV"), 1);
}

TEST_F(SessionAhead, AConcludedDownloadEndsByItself) {
  begin();
  server_->tree().add_file("/a", "content");
  session_->conclude(downloaded("/a"));
  rest();
  EXPECT_TRUE(session_->prepared());
  EXPECT_EQ(ask("NOOP"), 200);
}

TEST_F(SessionAhead, WhatIsAskedNextWaitsForTheFinalReply) {
  begin();
  server_->tree().add_file("/a", "content");
  session_->conclude(downloaded("/a"));
  EXPECT_EQ(ask("SIZE", "/a"), 213);
  session_->conclude(downloaded("/a"));
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "content");
}

TEST_F(SessionAhead, AConcludedDownloadIsTakenToItsEnd) {
  begin();
  server_->tree().add_file("/a", "content");
  auto transfer = start("RETR", "/a").value();
  std::array<std::byte, 7> all{};
  EXPECT_EQ(transfer->read(all, context_).value_or(0), all.size());
  session_->conclude(std::move(transfer));  // its end was not read
  rest();
  EXPECT_TRUE(session_->usable());
  EXPECT_EQ(server_->count("ABOR"), 0);
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "content");
}

TEST_F(SessionAhead, AServerThatGoesOnWithAConcludedDownloadIsStopped) {
  begin();
  const std::string content(8'000'000, 'x');
  server_->tree().add_file("/a", content);
  session_->conclude(start("RETR", "/a").value());
  rest();
  EXPECT_EQ(server_->count("ABOR"), 1);
  EXPECT_TRUE(session_->prepared());
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), content);
}

TEST_F(SessionAhead, AConcludedDownloadOfASilentServerTakesTheSessionWithIt) {
  begin();
  server_->tree().add_file("/a", "content");
  server_->on("RETR", {.data = test::DataFault::kStall, .after = 3});
  auto transfer = start("RETR", "/a").value();
  std::array<std::byte, 3> some{};
  EXPECT_EQ(transfer->read(some, context_).value_or(0), some.size());
  session_->conclude(std::move(transfer));
  Context impatient = context_;
  impatient.stall_limit = std::chrono::milliseconds(50);
  EXPECT_FALSE(session_->execute(*Command::make("NOOP"), impatient));
  EXPECT_FALSE(session_->usable());
}

TEST_F(SessionAhead, ARefusalBehindCompleteDataIsNoMatter) {
  begin();
  server_->tree().add_file("/a", "content");
  server_->on("RETR", {.final_reply = "426 Failure writing network stream."});
  session_->conclude(downloaded("/a"));
  rest();
  EXPECT_TRUE(session_->usable());
  EXPECT_EQ(ask("SIZE", "/a"), 213);
}

TEST_F(SessionAhead, AServerThatWantsTheTransferOverFirstIsAskedAgainThen) {
  begin();
  server_->tree().add_file("/a", "content");
  auto transfer = downloaded("/a");
  const int refusal = server_->on("EPSV", {.nth = 1, .reply = "450 EPSV: data transfer in progress"});
  session_->conclude(std::move(transfer));
  rest();
  EXPECT_EQ(server_->hits(refusal), 1);
  EXPECT_TRUE(session_->prepared());
  const int asked = server_->count("EPSV");
  session_->conclude(downloaded("/a"));
  rest();
  EXPECT_EQ(server_->count("EPSV"), asked + 1) << "not too early a second time";
}

TEST_F(SessionAhead, DuringABriefTransferTheNextAddressIsAskedForWhereItMayBe) {
  for (const bool may : {true, false}) {
    may ? begin_with_patient_server() : begin();
    server_->tree().add_file("/a", "content");
    for (int i = 0; i < 3; ++i) {
      auto transfer = session_->start(command("RETR", "/a"), {.brief = true}, context_).value();
      EXPECT_EQ(read_all(*transfer).value_or("failed"), "content");
      EXPECT_TRUE(transfer->finish(context_));
      EXPECT_EQ(ask("NOOP"), 200);
      EXPECT_EQ(server_->count("EPSV"), may ? 2 + i : 1 + i) << "before anybody let the session go on";
    }
  }
}

TEST_F(SessionAhead, ABriefTransferMayBeLeft) {
  begin_with_patient_server();
  const std::string content(8'000'000, 'x');
  server_->tree().add_file("/a", content);
  for (int i = 0; i < 3; ++i) {
    auto transfer = session_->start(command("RETR", "/a"), {.brief = true}, context_).value();
    i == 1 ? (void)transfer->abort(context_) : session_->abandon(std::move(transfer));
    transfer.reset();
    rest();
    EXPECT_TRUE(session_->prepared());
  }
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), content);
}

TEST_F(SessionAhead, ARefusalDuringATransferSaysNothingOfEpsvAsSuch) {
  for (const char* words : {"450 EPSV: data transfer in progress", "500 Unknown command"}) {
    begin_with_patient_server();
    server_->tree().add_file("/a", "content");
    const int refusal = server_->on("EPSV", {.nth = 2, .reply = words});
    for (int i = 0; i < 3; ++i) {
      auto transfer = session_->start(command("RETR", "/a"), {.brief = true}, context_).value();
      EXPECT_EQ(read_all(*transfer).value_or("failed"), "content");
      session_->conclude(std::move(transfer));
      rest();
      EXPECT_TRUE(session_->prepared());
    }
    EXPECT_EQ(server_->hits(refusal), 1);
    EXPECT_EQ(server_->count("EPSV"), 5) << "not too early a second time";
    EXPECT_EQ(server_->count("PASV"), 0);
  }
}

TEST_F(SessionAhead, AnUploadIsAskedForOnlyWhenItsConnectionIsMade) {
  begin();
  server_->tree().add_file("/a", "content");
  server_->on("EPSV", {.reply = "229 Entering Extended Passive Mode (|||1|)"});
  const auto refused = start("STOR", "/a");
  ASSERT_FALSE(refused);
  EXPECT_FALSE(refused.error().session_lost);
  EXPECT_EQ(server_->count("STOR"), 0);
  EXPECT_EQ(server_->tree().content("/a"), "content");
}

TEST_F(SessionAhead, ARefusalAheadIsNoMatter) {
  begin();
  server_->tree().add_file("/a", "a");
  server_->on("EPSV", {.nth = 1, .reply = "425 No ports left"});
  rest();
  EXPECT_FALSE(session_->prepared());
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
}

TEST_F(SessionAhead, AServerThatStumblesIsSparedForAWhile) {
  serve({});
  server_->tree().add_file("/a", "a");
  server_->on("RETR", {.nth = 1, .reply = "425 Unable to build data connection"});
  const ServerOptions shared = options();
  session_ = Session::open(shared, context_).value();
  rest();
  EXPECT_FALSE(download("RETR", "/a"));
  EXPECT_FALSE(shared.lessons->prepares());
  session_ = Session::open(shared, context_).value();
  rest();
  EXPECT_FALSE(session_->prepared());
  EXPECT_EQ(download("RETR", "/a").value_or("failed"), "a");
}

TEST_F(SessionAhead, QuestionsLeaveInTheFlightOfTheTransfer) {
  begin({.latency = std::chrono::milliseconds(20)});
  server_->tree().add_file("/a", "content");
  rest();
  const int turns = server_->round_trips();
  const std::vector<Command> questions{command("SIZE", "/a"), command("SIZE", "/missing"), command("MDTM", "/a")};
  auto transfer = session_->start(command("RETR", "/a"), {.range = {3, 0}, .questions = questions}, context_);
  ASSERT_TRUE(transfer) << transfer.error().message;
  ASSERT_EQ((*transfer)->answers().size(), 3U);
  EXPECT_EQ((*transfer)->answers()[0].text(), "7");
  EXPECT_EQ((*transfer)->answers()[1].code, 550);
  EXPECT_EQ((*transfer)->answers()[2].code, 213);
  EXPECT_EQ(read_all(**transfer).value_or("failed"), "tent");
  EXPECT_TRUE((*transfer)->finish(context_));
  EXPECT_EQ(server_->round_trips(), turns + 1);
}

TEST(LessonsTest, ThreeStumblesAreEnough) {
  Lessons lessons;
  EXPECT_TRUE(lessons.prepares());
  for (int i = 0; i < 3; ++i) lessons.stumbled();
  EXPECT_FALSE(lessons.prepares());
}

}  // namespace
}  // namespace ftpsfs::ftp
