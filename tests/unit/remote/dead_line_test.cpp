// What an operation does with a session whose line broke while it idled: packets vanish, and nobody says so.
#include <gtest/gtest.h>

#include <thread>

#include "fakes/manual_clock.h"
#include "remote_fixture.h"

namespace ftpsfs::remote {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

class DeadLineTest : public RemoteTest {
 protected:
  ~DeadLineTest() override { fs_.reset(); }  // it has the clock

  void connect_by_clock(std::chrono::milliseconds stall_limit) {
    clock_ = &manual_;
    connect();
    context_.stall_limit = stall_limit;
  }

  /// Waits until the server has closed all sessions.
  [[nodiscard]] bool closed_by_server() const {
    for (int i = 0; i < 500 && server_->open_connections() > 0; ++i) std::this_thread::sleep_for(10ms);
    return server_->open_connections() == 0;
  }

  test::ManualClock manual_;
};

TEST_F(DeadLineTest, ASilentSessionLeavesTimeForAnother) {
  start();
  tree().add_file("/f", "x");
  connect_by_clock(1500ms);
  manual_.advance(10s);
  server_->on("MLST", {.nth = 1, .silent = true});
  const auto begin = Steady::now();
  EXPECT_EQ(stat("f").size, 1U);
  EXPECT_LT(Steady::now() - begin, 1500ms);
  EXPECT_EQ(server_->logins(), 1);
}

TEST_F(DeadLineTest, ASessionInUseMayThinkForLonger) {
  start();
  tree().add_file("/f", "x");
  connect_by_clock(600ms);
  manual_.advance(1s);
  server_->on("MLST", {.nth = 1, .delay = 250ms});
  EXPECT_EQ(stat("f").size, 1U);
  EXPECT_EQ(server_->logins(), 0);
}

TEST_F(DeadLineTest, AServerThatIsGoneIsAnErrorWithinTheLimit) {
  start();
  tree().add_file("/f", "x");
  connect_by_clock(300ms);
  manual_.advance(10s);
  server_->on("*", {.silent = true});
  const auto begin = Steady::now();
  EXPECT_EQ(kind_of(fs_->stat(at("f"), context_)), ErrorKind::kTimeout);
  EXPECT_GE(Steady::now() - begin, 300ms);
  EXPECT_LT(Steady::now() - begin, 1s);
}

TEST_F(DeadLineTest, AChangeOnAServerThatIsGoneIsAnErrorWithinTheLimit) {
  start();
  tree().add_file("/f", "x");
  connect_by_clock(300ms);
  manual_.advance(10s);
  server_->on("*", {.silent = true});
  const auto begin = Steady::now();
  EXPECT_EQ(kind_of(fs_->remove(at("f"), context_)), ErrorKind::kTimeout);
  EXPECT_LT(Steady::now() - begin, 1s);
}

TEST_F(DeadLineTest, AnHourOfIdlenessDisturbsNobody) {
  start({.idle_timeout = 400ms});
  tree().add_file("/d/f", "content");
  connect_by_clock(5s);
  EXPECT_EQ(names("d"), std::vector<std::string>{"f"});
  manual_.advance(1h);
  ASSERT_TRUE(closed_by_server());
  const auto reader = open("d/f");
  ASSERT_TRUE(reader);
  EXPECT_EQ(read_all(*reader).value_or("error"), "content");
}

TEST_F(DeadLineTest, AReaderThatRestedThroughAnHourReadsOn) {
  start();
  const std::string content(300'000, 'x');
  tree().add_file("/f", content);
  connect_by_clock(5s);
  const auto reader = open("f");
  ASSERT_TRUE(reader);
  std::string read = read_some(*reader, 1000).value_or("error");
  reader->park();
  manual_.advance(1h);
  server_->disconnect_all();
  ASSERT_TRUE(closed_by_server());
  read += read_all(*reader).value_or("error");
  EXPECT_EQ(read.size(), content.size());
  EXPECT_EQ(read, content);
}

}  // namespace
}  // namespace ftpsfs::remote
