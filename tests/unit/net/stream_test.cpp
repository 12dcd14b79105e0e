// Waiting: readiness, limits, cancellation and signals; and the plain stream.
#include "ftpsfs/net/stream.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <array>
#include <csignal>
#include <numeric>

#include "unit/net/loopback.h"

namespace ftpsfs::net {
namespace {

using namespace std::chrono_literals;
using test::bytes_of;
using test::Connection;
using test::expect_failure_in_time;
using test::within;

TEST(WaitAny, TellsWhichDescriptorIsReady) {
  Connection silent;
  Connection speaking;
  ASSERT_EQ(::send(speaking.theirs.get(), "x", 1, 0), 1);
  std::array<Watch, 2> watches{Watch{silent.ours.get(), Want::kRead, true}, Watch{speaking.ours.get(), Want::kRead}};
  ASSERT_TRUE(wait_any(watches, within()));
  EXPECT_FALSE(watches[0].ready);
  EXPECT_TRUE(watches[1].ready);
}

TEST(WaitAny, CountsAHangUpAsReady) {
  Connection connection;
  connection.theirs.reset();
  std::array<Watch, 1> watches{Watch{connection.ours.get(), Want::kRead}};
  ASSERT_TRUE(wait_any(watches, within()));
  EXPECT_TRUE(watches[0].ready);
}

TEST(WaitFor, EndsAtTheStallLimit) {
  Connection connection;
  expect_failure_in_time([&] { return wait_for(connection.ours.get(), Want::kRead, within(60ms)); },
                         ErrorKind::kTimeout, 60ms, 5s);
}

TEST(WaitFor, EndsAtTheDeadlineWhenThatIsNearer) {
  Connection connection;
  Context context = within(10s);
  context.deadline = Deadline::after(60ms);
  expect_failure_in_time([&] { return wait_for(connection.ours.get(), Want::kRead, context); }, ErrorKind::kTimeout,
                         60ms, 5s);
}

TEST(WaitFor, EndsWhenCancelledMeanwhile) {
  Connection connection;
  Context context = within();
  context.cancellation = std::make_shared<Cancellation>();
  const test::CancelLater later(context.cancellation, 50ms);
  expect_failure_in_time([&] { return wait_for(connection.ours.get(), Want::kRead, context); }, ErrorKind::kInterrupted,
                         0ms, 5s);
}

TEST(WaitFor, CancellationWinsOverReadiness) {
  Connection connection;
  Context context = within();
  context.cancellation = std::make_shared<Cancellation>();
  context.cancellation->cancel();
  const Status waited = wait_for(connection.ours.get(), Want::kWrite, context);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().kind, ErrorKind::kInterrupted);
}

TEST(WaitFor, NothingReturnsAtOnce) { EXPECT_TRUE(wait_for(-1, Want::kNothing, within(0ms))); }

TEST(WaitFor, OutlivesSignals) {
  struct sigaction handled {};
  handled.sa_handler = [](int) {};
  struct sigaction before {};
  ASSERT_EQ(::sigaction(SIGUSR1, &handled, &before), 0);

  Connection connection;
  const pthread_t waiting = ::pthread_self();
  std::thread signaller([&] {
    for (int i = 0; i < 5; ++i) {
      std::this_thread::sleep_for(10ms);
      ::pthread_kill(waiting, SIGUSR1);
    }
    std::this_thread::sleep_for(10ms);
    EXPECT_EQ(::send(connection.theirs.get(), "x", 1, 0), 1);
  });
  EXPECT_TRUE(wait_for(connection.ours.get(), Want::kRead, within()));
  signaller.join();
  ASSERT_EQ(::sigaction(SIGUSR1, &before, nullptr), 0);
}

TEST(PlainStream, ReadsWhatIsThereThenTheEnd) {
  Connection connection;
  const auto stream = plain_stream(std::move(connection.ours));
  std::array<std::byte, 16> buffer{};

  const Result<Progress> early = stream->try_read(buffer);
  ASSERT_TRUE(early);
  EXPECT_EQ(early->want, Want::kRead);
  EXPECT_EQ(early->bytes, 0U);
  EXPECT_FALSE(early->end);

  ASSERT_EQ(::send(connection.theirs.get(), "220 hi", 6, 0), 6);
  connection.theirs.reset();
  EXPECT_EQ(read_some(*stream, buffer, within()).value(), 6U);
  EXPECT_EQ(buffer[0], std::byte{'2'});
  EXPECT_EQ(read_some(*stream, buffer, within()).value(), 0U);
  EXPECT_TRUE(stream->try_read(buffer)->end);
}

TEST(PlainStream, ShutdownEndsOneDirectionOnly) {
  Connection connection;
  const auto stream = plain_stream(std::move(connection.ours));
  ASSERT_TRUE(write_all(*stream, bytes_of("QUIT\r\n"), within()));
  EXPECT_EQ(stream->try_shutdown().value(), Want::kNothing);
  std::array<char, 16> received{};
  EXPECT_EQ(::recv(connection.theirs.get(), received.data(), received.size(), 0), 6);
  EXPECT_EQ(::recv(connection.theirs.get(), received.data(), received.size(), 0), 0);

  ASSERT_EQ(::send(connection.theirs.get(), "221", 3, 0), 3);
  std::array<std::byte, 16> buffer{};
  EXPECT_EQ(read_some(*stream, buffer, within()).value(), 3U);
}

TEST(PlainStream, WritesMoreThanTheSocketHolds) {
  Connection connection;
  const auto stream = plain_stream(std::move(connection.ours));
  std::vector<std::byte> sent(8 << 20);
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<std::byte>(i * 7 >> 3);
  std::vector<std::byte> received(sent.size());
  std::thread reader([&] {
    EXPECT_EQ(::recv(connection.theirs.get(), received.data(), received.size(), MSG_WAITALL),
              static_cast<ssize_t>(received.size()));
  });
  EXPECT_TRUE(write_all(*stream, sent, within()));
  reader.join();
  EXPECT_TRUE(sent == received);
}

TEST(PlainStream, AStalledWriteEnds) {
  Connection connection;
  const auto stream = plain_stream(std::move(connection.ours));
  const std::vector<std::byte> much(64 << 20);
  expect_failure_in_time([&] { return write_all(*stream, much, within(80ms)); }, ErrorKind::kTimeout, 80ms, 9s);
}

// A raised SIGPIPE would end this program.
TEST(PlainStream, WritingToAClosedPeerIsAnErrorAndNoSignal) {
  Connection connection;
  const auto stream = plain_stream(std::move(connection.ours));
  connection.theirs.reset();
  Status written;
  for (int i = 0; written && i < 100; ++i) {
    written = write_all(*stream, bytes_of("NOOP\r\n"), within());
    std::this_thread::sleep_for(5ms);
  }
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kConnectionLost);
}

// An endless flow never waits, so the limits must be looked at without a wait too.
TEST(ReadSome, KeepsTheDeadlineWhileBytesFlow) {
  Connection connection;
  ASSERT_EQ(::send(connection.theirs.get(), "xyz", 3, 0), 3);
  const auto stream = plain_stream(std::move(connection.ours));
  Context context = within();
  context.deadline = Deadline::after(0ms);
  std::array<std::byte, 1> buffer{};
  const auto read = read_some(*stream, buffer, context);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kTimeout);
}

}  // namespace
}  // namespace ftpsfs::net
