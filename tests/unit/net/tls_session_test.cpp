// Session resumption: several data connections in a row from one control connection, and the store behind it.
#include "net/tls_session_store.h"

#include <gtest/gtest.h>

#include "ftpsfs/net/tls.h"
#include "unit/net/tls_test_server.h"

namespace ftpsfs::net {
namespace {

using namespace std::chrono_literals;
using test::ServerSide;
using test::TlsServerOptions;
using test::TlsTestServer;
using test::within;

struct Client {
  explicit Client(const TlsTestServer& target)
      : server(target), context(TlsContext::create({.verify = false}).value()) {}

  /// A connection that is through its handshake.
  [[nodiscard]] std::unique_ptr<TlsStream> connect(bool resume) const {
    auto stream = context->client(connect_tcp(server.endpoint(), within()).value(), "localhost", sessions, resume);
    const Status done = handshake(*stream, within());
    EXPECT_TRUE(done) << done.error().message;
    return stream;
  }

  const TlsTestServer& server;
  std::shared_ptr<TlsContext> context;
  std::shared_ptr<TlsSessionStore> sessions = context->new_session_store();
};

void greet(ServerSide& side) {
  side.send("hello");
  side.linger();
}

void read_greeting(TlsStream& stream) {
  std::array<std::byte, 16> buffer{};
  ASSERT_EQ(read_some(stream, buffer, within()).value_or(0), 5U);
}

class Resumption : public testing::TestWithParam<TlsServerOptions> {};

TEST_P(Resumption, ServesManyDataConnectionsInARow) {
  const TlsTestServer server(GetParam(), greet);
  const Client client(server);
  const auto control = client.connect(false);
  read_greeting(*control);
  EXPECT_FALSE(control->resumed());
  for (int i = 0; i < 12; ++i) {
    const auto data = client.connect(true);
    EXPECT_TRUE(data->resumed()) << "data connection " << i;
    EXPECT_EQ(data->peer_fingerprint(), server.certificate().fingerprint_sha256);
    if (i % 3 != 0) read_greeting(*data);  // some end before their tickets are read
    if (i % 2 != 0) {
      EXPECT_TRUE(data->try_shutdown());  // the others end without close_notify
    }
  }
}

TEST_P(Resumption, SurvivesDataConnectionsThatBreak) {
  std::atomic<int> connections = 0;
  const TlsTestServer server(GetParam(), [&](ServerSide& side) {
    if (++connections == 1) greet(side);  // all later ones close TCP without close_notify
  });
  const Client client(server);
  const auto control = client.connect(false);
  read_greeting(*control);
  for (int i = 0; i < 4; ++i) {
    const auto data = client.connect(true);
    EXPECT_TRUE(data->resumed()) << "data connection " << i;
    std::array<std::byte, 16> buffer{};
    EXPECT_FALSE(read_some(*data, buffer, within()));
  }
}

TEST_P(Resumption, IsNotOfferedUnasked) {
  const TlsTestServer server(GetParam(), greet);
  const Client client(server);
  read_greeting(*client.connect(false));
  EXPECT_FALSE(client.connect(false)->resumed());
}

TEST_P(Resumption, IsNotSharedBetweenControlConnections) {
  const TlsTestServer server(GetParam(), greet);
  const Client first(server);
  read_greeting(*first.connect(false));
  const Client second(server);
  EXPECT_FALSE(second.connect(true)->resumed());
}

TlsServerOptions only(int version, int tickets = 2) {
  TlsServerOptions options;
  options.least_version = version;
  options.highest_version = version;
  options.tickets = tickets;
  return options;
}

INSTANTIATE_TEST_SUITE_P(Tls, Resumption,
                         testing::Values(only(TLS1_2_VERSION), only(TLS1_3_VERSION), only(TLS1_3_VERSION, 1)),
                         [](const auto& instance) {
                           const std::string version = instance.param.least_version == TLS1_2_VERSION ? "12" : "13";
                           return "Version" + version + "Tickets" + std::to_string(instance.param.tickets);
                         });

// Pure-FTPd gives no TLS 1.3 ticket: every handshake is a full one, and works.
TEST(Resumption, WithoutTicketsTheHandshakeIsFull) {
  const TlsTestServer server(only(TLS1_3_VERSION, 0), greet);
  const Client client(server);
  read_greeting(*client.connect(true));
  EXPECT_FALSE(client.connect(true)->resumed());
}

// An upload never reads, yet the tickets must be taken in: they are wanted, and unread bytes turn close() into a reset.
TEST(Resumption, TicketsAreTakenInWhileWriting) {
  const TlsTestServer server(only(TLS1_3_VERSION));
  const Client client(server);
  const auto upload = client.connect(false);
  ASSERT_TRUE(wait_for(upload->fd(), Want::kRead, within()));
  ASSERT_TRUE(write_all(*upload, test::bytes_of("data"), within()));
  EXPECT_TRUE(client.connect(true)->resumed());
}

TEST(KeyExchange, AGroupTheServerInsistsOnIsOfferedFirstNextTime) {
  TlsServerOptions options = only(TLS1_3_VERSION);
  options.groups = "P-256";
  const TlsTestServer server(options, greet);
  const Client client(server);
  read_greeting(*client.connect(false));
  EXPECT_EQ(server.client_hellos(), 2);
  read_greeting(*client.connect(false));
  EXPECT_EQ(server.client_hellos(), 3);
  read_greeting(*client.connect(true));
  EXPECT_EQ(server.client_hellos(), 4);
}

TEST(KeyExchange, AGroupLearntAnotherTimeIsOfferedFirst) {
  TlsServerOptions options = only(TLS1_3_VERSION);
  options.groups = "P-384";
  const TlsTestServer server(options, greet);
  const Client client(server);
  EXPECT_EQ(client.context->key_exchange(), "");
  read_greeting(*client.connect(false));
  EXPECT_EQ(client.context->key_exchange(), "P-384");
  const Client next(server);
  next.context->expect_key_exchange("P-384");
  const int hellos = server.client_hellos();
  read_greeting(*next.connect(false));
  EXPECT_EQ(server.client_hellos(), hellos + 1);
  next.context->expect_key_exchange("no such group");
  EXPECT_EQ(next.context->key_exchange(), "");
}

TEST(KeyExchange, WithAServerThatTakesTheFirstThereIsNothingToLearn) {
  const TlsTestServer server(only(TLS1_3_VERSION), greet);
  const Client client(server);
  read_greeting(*client.connect(false));
  EXPECT_EQ(client.context->key_exchange(), "");
}

TEST(KeyExchange, AServerThatChangedItsMindIsLearntAnew) {
  TlsServerOptions options = only(TLS1_3_VERSION);
  options.groups = "X25519";
  const TlsTestServer server(options, greet);
  const Client client(server);
  client.context->expect_key_exchange("P-256");
  read_greeting(*client.connect(false));
  EXPECT_EQ(client.context->key_exchange(), "");
}

SslSessionPtr session_of(int version, unsigned char mark) {
  SslSessionPtr session(SSL_SESSION_new());
  SSL_SESSION_set_protocol_version(session.get(), version);
  SSL_SESSION_set1_id(session.get(), &mark, 1);
  return session;
}

int mark_of(const TlsSessionStore::Offer& offer) {
  if (!offer.session) return -1;
  unsigned length = 0;
  return *SSL_SESSION_get_id(offer.session.get(), &length);
}

TEST(TlsSessionStore, IsEmptyAtFirst) {
  const TlsSessionStore::Offer offer = TlsSessionStore().take();
  EXPECT_EQ(offer.session, nullptr);
  EXPECT_FALSE(offer.fresh);
}

TEST(TlsSessionStore, GivesTheNewestTicketAndKeepsTheLast) {
  TlsSessionStore store;
  for (unsigned char mark = 1; mark <= 3; ++mark) store.add(session_of(TLS1_3_VERSION, mark).get());
  for (const int expected : {3, 2, 1, 1, 1}) EXPECT_EQ(mark_of(store.take()), expected);
}

TEST(TlsSessionStore, TellsATicketThatWasGivenBefore) {
  TlsSessionStore store;
  for (unsigned char mark = 1; mark <= 2; ++mark) store.add(session_of(TLS1_3_VERSION, mark).get());
  for (const bool fresh : {true, true, false, false}) EXPECT_EQ(store.take().fresh, fresh);
  store.add(session_of(TLS1_3_VERSION, 3).get());
  for (const bool fresh : {true, false}) EXPECT_EQ(store.take().fresh, fresh);
}

TEST(TlsSessionStore, GivesATls12SessionAgainAndAgain) {
  TlsSessionStore store;
  for (unsigned char mark = 1; mark <= 2; ++mark) store.add(session_of(TLS1_2_VERSION, mark).get());
  for (int i = 0; i < 3; ++i) {
    const TlsSessionStore::Offer offer = store.take();
    EXPECT_EQ(mark_of(offer), 2);
    EXPECT_TRUE(offer.fresh);
  }
}

TEST(TlsSessionStore, IsBounded) {
  TlsSessionStore store;
  for (unsigned char mark = 1; mark <= 100; ++mark) store.add(session_of(TLS1_3_VERSION, mark).get());
  int given = 0;
  for (int last = 101; mark_of(store.take()) < last && given < 50; ++given) last -= 1;
  EXPECT_EQ(mark_of(store.take()), 100 - static_cast<int>(TlsSessionStore::kMaxSessions) + 1);
}

}  // namespace
}  // namespace ftpsfs::net
