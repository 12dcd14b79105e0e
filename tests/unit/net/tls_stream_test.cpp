// Bytes over TLS: both directions, endings in order and out of order, limits, and peers that speak something else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <semaphore>

#include "ftpsfs/net/tls.h"
#include "unit/net/tls_test_server.h"

namespace ftpsfs::net {
namespace {

using namespace std::chrono_literals;
using test::bytes_of;
using test::expect_failure_in_time;
using test::ServerSide;
using test::TlsServerOptions;
using test::TlsTestServer;
using test::within;
using testing::HasSubstr;

std::unique_ptr<TlsStream> stream_to(const Endpoint& endpoint) {
  const auto context = TlsContext::create({.verify = false}).value();
  return context->client(connect_tcp(endpoint, within()).value(), "localhost", context->new_session_store(), false);
}

std::unique_ptr<TlsStream> connected_to(const TlsTestServer& server) {
  auto stream = stream_to(server.endpoint());
  const Status done = handshake(*stream, within());
  EXPECT_TRUE(done) << done.error().message;
  return stream;
}

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 13);
  return bytes;
}

/// All bytes until the end.
Result<std::string> read_all(Stream& stream, const Context& context = within()) {
  std::string all;
  std::vector<std::byte> buffer(100'000);
  for (;;) {
    FTPSFS_TRY_ASSIGN(const std::size_t count, read_some(stream, buffer, context));
    if (count == 0) return all;
    all.append(reinterpret_cast<const char*>(buffer.data()), count);
  }
}

Status shut_down(Stream& stream) {
  for (;;) {
    FTPSFS_TRY_ASSIGN(const Want want, stream.try_shutdown());
    if (want == Want::kNothing) return {};
    FTPSFS_TRY(wait_for(stream.fd(), want, within()));
  }
}

class EachVersion : public testing::TestWithParam<int> {
 protected:
  [[nodiscard]] static TlsServerOptions options() {
    TlsServerOptions options;
    options.least_version = GetParam();
    options.highest_version = GetParam();
    return options;
  }
};

TEST_P(EachVersion, ALargeDownloadArrivesWholeAndEnds) {
  const std::string sent = pattern(24 << 20);
  const TlsTestServer server(options(), [&](ServerSide& side) {
    side.send(sent);
    side.close_notify();
    side.linger();
  });
  const auto stream = connected_to(server);
  const Result<std::string> received = read_all(*stream);
  ASSERT_TRUE(received) << received.error().message;
  EXPECT_TRUE(*received == sent);
  EXPECT_FALSE(stream->has_buffered());
}

TEST_P(EachVersion, ALargeUploadArrivesWholeAndEndsInOrder) {
  const std::string sent = pattern(24 << 20);
  std::promise<std::string> received;
  std::promise<bool> ended;
  const TlsTestServer server(options(), [&](ServerSide& side) {
    bool in_order = false;
    received.set_value(side.receive_all(in_order));
    ended.set_value(in_order);
    side.close_notify();
  });
  const auto stream = connected_to(server);
  ASSERT_TRUE(write_all(*stream, bytes_of(sent), within()));
  ASSERT_TRUE(shut_down(*stream));
  EXPECT_EQ(read_all(*stream).value(), "");
  EXPECT_TRUE(received.get_future().get() == sent);
  EXPECT_TRUE(ended.get_future().get());
}

TEST_P(EachVersion, ThePeersDirectionStaysReadableAfterOurShutdown) {
  const TlsTestServer server(options(), [&](ServerSide& side) {
    side.linger();
    side.send("226 done");
    side.close_notify();
  });
  const auto stream = connected_to(server);
  ASSERT_TRUE(shut_down(*stream));
  ASSERT_TRUE(shut_down(*stream)) << "a second call does no harm";
  const Result<std::string> rest = read_all(*stream);
  ASSERT_TRUE(rest) << rest.error().message;
  EXPECT_EQ(*rest, "226 done");
}

TEST_P(EachVersion, ACutConnectionIsNoEnd) {
  const TlsTestServer server(options(), [](ServerSide& side) { side.send("half of it"); });
  const auto stream = connected_to(server);
  std::vector<std::byte> buffer(4096);
  EXPECT_EQ(read_some(*stream, buffer, within()).value_or(0), 10U);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto read = read_some(*stream, buffer, within());
    ASSERT_FALSE(read) << "attempt " << attempt;
    EXPECT_EQ(read.error().kind, ErrorKind::kConnectionLost) << read.error().message;
  }
}

TEST_P(EachVersion, WhatCameBeforeTheCutIsReadInOnePiece) {
  const TlsTestServer server(options(), [](ServerSide& side) { side.send_together({"first ", "second"}); });
  const auto stream = connected_to(server);
  std::vector<std::byte> buffer(4096);
  EXPECT_EQ(read_some(*stream, buffer, within()).value_or(0), 12U);
  EXPECT_EQ(read_some(*stream, buffer, within()).error().kind, ErrorKind::kConnectionLost);
}

// A raised SIGPIPE would end this program.
TEST_P(EachVersion, WritingToAClosedPeerIsAnErrorAndNoSignal) {
  const TlsTestServer server(options(), [](ServerSide&) {});
  const auto stream = connected_to(server);
  Status written;
  for (int i = 0; written && i < 200; ++i) {
    written = write_all(*stream, bytes_of("some data"), within());
    std::this_thread::sleep_for(5ms);
  }
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kConnectionLost) << written.error().message;
}

// As a server that refuses a data connection after its handshake.
TEST_P(EachVersion, WritingBehindThePeersEndIsAnError) {
  const TlsTestServer server(options(), [](ServerSide& side) { side.close_notify(); });
  const auto stream = connected_to(server);
  Status written;
  for (int i = 0; written && i < 200; ++i) {
    written = write_all(*stream, bytes_of("some data"), within());
    std::this_thread::sleep_for(5ms);
  }
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kConnectionLost) << written.error().message;
}

TEST_P(EachVersion, ApplicationDataSurvivesAWrite) {
  std::latch said(1);
  const TlsTestServer server(options(), [&](ServerSide& side) {
    side.send("150 here it comes");
    said.count_down();
    side.linger();
  });
  const auto stream = connected_to(server);
  said.wait();
  if (!stream->has_buffered()) {
    ASSERT_TRUE(wait_for(stream->fd(), Want::kRead, within()));
  }
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(write_all(*stream, bytes_of("NOOP\r\n"), within()));
  EXPECT_TRUE(stream->has_buffered());
  std::vector<std::byte> buffer(4096);
  EXPECT_EQ(read_some(*stream, buffer, within()).value_or(0), 17U);
}

TEST_P(EachVersion, WhatIsBufferedIsTold) {
  const TlsTestServer server(options(), [](ServerSide& side) {
    side.send_together({"abc", "def"});
    side.linger();
  });
  const auto stream = connected_to(server);
  std::array<std::byte, 1> one{};
  for (int i = 0; i < 6; ++i) {
    ASSERT_EQ(read_some(*stream, one, within()).value_or(0), 1U);
    if (i < 5) {
      EXPECT_TRUE(stream->has_buffered()) << "after byte " << i;
    }
  }
  EXPECT_EQ(stream->try_read(one)->want, Want::kRead);
  EXPECT_FALSE(stream->has_buffered());
}

// A greeting may share a segment with the end of the handshake; who waits for the socket then waits in vain.
TEST(Reading, WordsInClearBehindTlsAreABrokenLine) {
  const TlsTestServer server({}, [](ServerSide& side) {
    side.send("encrypted");
    const std::string_view words = "500 OOPS: child died\r\n";
    ::send(side.fd(), words.data(), words.size(), MSG_NOSIGNAL);
    side.linger();
  });
  const auto stream = stream_to(server.endpoint());
  ASSERT_TRUE(handshake(*stream, within()));
  std::vector<std::byte> buffer(64);
  EXPECT_EQ(read_some(*stream, buffer, within()).value_or(0), 9U);
  EXPECT_EQ(read_some(*stream, buffer, within()).error().kind, ErrorKind::kConnectionLost);
}

TEST(HasBuffered, TellsWhatCameWithTheHandshake) {
  TlsServerOptions options;
  options.highest_version = TLS1_2_VERSION;
  std::binary_semaphore greeted(0);
  const TlsTestServer server(options, [&](ServerSide& side) {
    side.send("220 hello");
    greeted.release();
    side.linger();
  });
  const auto stream = stream_to(server.endpoint());
  while (stream->try_handshake().value_or(Want::kNothing) != Want::kNothing) {
    std::ignore = greeted.try_acquire_for(200ms);  // until our Finished has left, for nothing
  }
  EXPECT_TRUE(stream->has_buffered());
  std::array<std::byte, 64> buffer{};
  EXPECT_EQ(read_some(*stream, buffer, within()).value_or(0), 9U);
}

// Half a record in the buffer is nothing to read: who trusted has_buffered() then would spin.
TEST_P(EachVersion, HalfARecordIsNotBuffered) {
  std::latch half_is_read(1);
  const TlsTestServer server(options(), [&](ServerSide& side) {
    BIO* const memory = BIO_new(BIO_s_mem());
    SSL_set0_wbio(side.ssl(), memory);
    side.send("a whole record");
    char* record = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(memory, &record));
    ::send(side.fd(), record, size / 2, MSG_NOSIGNAL);
    half_is_read.wait();
    ::send(side.fd(), record + size / 2, size - size / 2, MSG_NOSIGNAL);
    side.linger();
  });
  const auto stream = connected_to(server);
  std::array<std::byte, 64> buffer{};
  while (wait_for(stream->fd(), Want::kRead, within(100ms))) {
    EXPECT_EQ(stream->try_read(buffer)->want, Want::kRead);
    EXPECT_FALSE(stream->has_buffered());
  }
  half_is_read.count_down();
  EXPECT_EQ(read_some(*stream, buffer, within()).value_or(0), 14U);
}

TEST_P(EachVersion, AStalledReadEnds) {
  const TlsTestServer server(options());
  const auto stream = connected_to(server);
  std::array<std::byte, 64> buffer{};
  expect_failure_in_time([&] { return read_some(*stream, buffer, within(80ms)); }, ErrorKind::kTimeout, 80ms, 5s);
}

TEST_P(EachVersion, AStalledReadIsCancelled) {
  const TlsTestServer server(options());
  const auto stream = connected_to(server);
  Context context = within();
  context.cancellation = std::make_shared<Cancellation>();
  const test::CancelLater later(context.cancellation, 50ms);
  std::array<std::byte, 64> buffer{};
  expect_failure_in_time([&] { return read_some(*stream, buffer, context); }, ErrorKind::kInterrupted, 0ms, 5s);
}

TEST_P(EachVersion, AStalledWriteEnds) {
  std::latch finished(1);
  const TlsTestServer server(options(), [&](ServerSide&) { finished.wait(); });
  const auto stream = connected_to(server);
  const std::string much(64 << 20, 'x');
  expect_failure_in_time([&] { return write_all(*stream, bytes_of(much), within(80ms)); }, ErrorKind::kTimeout, 80ms,
                         9s);
  finished.count_down();
}

INSTANTIATE_TEST_SUITE_P(Tls, EachVersion, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& instance) { return instance.param == TLS1_2_VERSION ? "V12" : "V13"; });

TEST(Handshake, AStalledOneEnds) {
  const test::Listener silent;
  const auto stream = stream_to(silent.endpoint());
  expect_failure_in_time([&] { return handshake(*stream, within(80ms)); }, ErrorKind::kTimeout, 80ms, 5s);
}

TEST(Handshake, AStalledOneIsCancelled) {
  const test::Listener silent;
  const auto stream = stream_to(silent.endpoint());
  Context context = within();
  context.cancellation = std::make_shared<Cancellation>();
  const test::CancelLater later(context.cancellation, 50ms);
  expect_failure_in_time([&] { return handshake(*stream, context); }, ErrorKind::kInterrupted, 0ms, 5s);
}

TEST(Handshake, ATls11ServerIsRefused) {
  TlsServerOptions options;
  options.least_version = TLS1_VERSION;
  options.highest_version = TLS1_1_VERSION;
  options.ciphers = "ALL:@SECLEVEL=0";
  const TlsTestServer server(options);
  const auto stream = stream_to(server.endpoint());
  const Status done = handshake(*stream, within());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kTls);
  EXPECT_THAT(done.error().message, HasSubstr("no TLS 1.2 or later"));
}

/// Shakes hands with a peer that says `text` and closes.
Status meet_plain_peer(std::string_view text) {
  const test::Listener listener;
  const auto stream = stream_to(listener.endpoint());
  const UniqueFd peer = listener.accept();
  ::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL);
  ::shutdown(peer.get(), SHUT_WR);
  return handshake(*stream, within());
}

TEST(Handshake, APlaintextServerIsRecognised) {
  for (const std::string_view greeting : {"220 Welcome to the FTP service\r\n", "421 Too many connections\r\n"}) {
    const Status done = meet_plain_peer(greeting);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::kTls);
    EXPECT_EQ(done.error().message, "the server does not speak TLS here");
  }
}

TEST(Handshake, AServerThatHangsUpIsLost) {
  const Status done = meet_plain_peer("");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kConnectionLost) << done.error().message;
}

TEST(Handshake, NoCommonCipherIsSaidInWords) {
  TlsServerOptions options;
  options.highest_version = TLS1_2_VERSION;
  options.ciphers = "AECDH-AES128-SHA:@SECLEVEL=0";
  const TlsTestServer server(options);
  const auto stream = stream_to(server.endpoint());
  const Status done = handshake(*stream, within());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kTls);
  EXPECT_THAT(done.error().message, HasSubstr("handshake failure"));
}

}  // namespace
}  // namespace ftpsfs::net
