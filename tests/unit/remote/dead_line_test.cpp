// What an operation does with a session whose line broke while it idled: packets vanish, and nobody says so.
#include <gtest/gtest.h>

#include <thread>

#include "fakes/manual_clock.h"
#include "remote/ftps_remote_fs.h"
#include "remote_fixture.h"

namespace ftpsfs::remote {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

class DeadLineTest : public RemoteTest {
 protected:
  void connect_by_clock(std::chrono::milliseconds stall_limit) {
    ftp::ServerOptions options;
    options.host = server_->host();
    options.port = server_->port();
    options.user = server_->user();
    options.password = server_->password();
    net::TlsOptions tls;
    tls.ca_file = server_->ca_file();
    options.tls_context = net::TlsContext::create(tls).value();
    const auto opener = [options](const Context& context) { return ftp::Session::open(options, context); };
    auto fs = connect_remote(opener, PoolOptions{.max_sessions = 4}, "", clock_, context_);
    ASSERT_TRUE(fs) << fs.error().message;
    fs_ = std::move(*fs);
    context_.stall_limit = stall_limit;
    server_->forget_history();
  }

  /// Waits until the server has closed all sessions.
  [[nodiscard]] bool closed_by_server() const {
    for (int i = 0; i < 500 && server_->open_connections() > 0; ++i) std::this_thread::sleep_for(10ms);
    return server_->open_connections() == 0;
  }

  test::ManualClock clock_;
};

TEST_F(DeadLineTest, ASilentSessionLeavesTimeForAnother) {
  start();
  tree().add_file("/f", "x");
  connect_by_clock(1500ms);
  clock_.advance(10s);
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
  clock_.advance(1s);
  server_->on("MLST", {.nth = 1, .delay = 250ms});
  EXPECT_EQ(stat("f").size, 1U);
  EXPECT_EQ(server_->logins(), 0);
}

TEST_F(DeadLineTest, AServerThatIsGoneIsAnErrorWithinTheLimit) {
  start();
  tree().add_file("/f", "x");
  connect_by_clock(300ms);
  clock_.advance(10s);
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
  clock_.advance(10s);
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
  clock_.advance(1h);
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
  clock_.advance(1h);
  server_->disconnect_all();
  ASSERT_TRUE(closed_by_server());
  read += read_all(*reader).value_or("error");
  EXPECT_EQ(read.size(), content.size());
  EXPECT_EQ(read, content);
}

}  // namespace
}  // namespace ftpsfs::remote
