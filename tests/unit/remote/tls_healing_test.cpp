// TLS sessions that servers forget and tickets that run out: programs never see it.
#include <gmock/gmock.h>

#include "remote_fixture.h"

namespace ftpsfs::remote {
namespace {

class TlsHealing : public RemoteTest {
 protected:
  /// One of each kind of data connection. A refused upload is told, and the next attempt succeeds.
  void work(int round) {
    const std::string name = "file" + std::to_string(round);
    tree().add_file("/" + name, "content " + name);
    const auto reader = open(name);
    ASSERT_TRUE(reader);
    EXPECT_EQ(read_all(*reader).value_or("failed"), "content " + name);
    EXPECT_THAT(names(""), testing::Contains(name));
    if (const Status stored = store("new", name); !stored) {
      EXPECT_EQ(stored.error().kind, ErrorKind::kConnectionLost) << stored.error().message;
      ASSERT_TRUE(store("new", name));
    }
    EXPECT_EQ(tree().content("/new"), name);
  }
};

struct Case {
  const char* name;
  test::FakeDialect dialect;
};

class TlsHealingOn : public TlsHealing, public testing::WithParamInterface<Case> {};

TEST_P(TlsHealingOn, NothingIsSeenOfIt) {
  start(GetParam().dialect);
  connect();
  for (int round = 0; round < 4; ++round) {
    work(round);
    server_->forget_tls_sessions();
  }
}

test::FakeDialect strict(test::FakeTlsVersion most, test::ReuseRule rule) {
  test::FakeDialect dialect;
  dialect.tls_max = most;
  dialect.session_reuse = rule;
  return dialect;
}

test::FakeDialect stingy(std::size_t tickets, test::ReuseRule rule) {
  test::FakeDialect dialect;
  dialect.session_reuse = rule;
  dialect.tls13_tickets = tickets;
  dialect.single_use_tickets = true;
  dialect.tickets_renewed = false;
  return dialect;
}

INSTANTIATE_TEST_SUITE_P(
    , TlsHealingOn,
    testing::Values(Case{"Forgotten12By425", strict(test::FakeTlsVersion::k12, test::ReuseRule::kReply425)},
                    Case{"Forgotten12By522", strict(test::FakeTlsVersion::k12, test::ReuseRule::kReply522AndClose)},
                    Case{"Forgotten13By425", strict(test::FakeTlsVersion::k13, test::ReuseRule::kReply425)},
                    Case{"Forgotten13By522", strict(test::FakeTlsVersion::k13, test::ReuseRule::kReply522AndClose)},
                    Case{"NoTickets", stingy(0, test::ReuseRule::kReply425)},
                    Case{"OneTicket", stingy(1, test::ReuseRule::kReply522AndClose)},
                    Case{"TwoTickets", stingy(2, test::ReuseRule::kReply425)}),
    [](const auto& info) { return std::string(info.param.name); });

// Sessions that idled side by side are forgotten together.
TEST_F(TlsHealing, SeveralForgottenSessionsAreReplaced) {
  start(strict(test::FakeTlsVersion::k13, test::ReuseRule::kReply425));
  connect();
  tree().add_file("/a", "a");
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < 3; ++i) readers.push_back(open("a"));
  for (const auto& reader : readers) EXPECT_EQ(read_all(*reader).value_or("failed"), "a");
  readers.clear();
  server_->forget_tls_sessions();
  for (int i = 0; i < 3; ++i) {
    readers.push_back(open("a"));
    ASSERT_TRUE(readers.back());
    EXPECT_EQ(read_all(*readers.back()).value_or("failed"), "a");
  }
}

TEST_F(TlsHealing, WithoutTls12EverySpentTicketCostsALogin) {
  start(stingy(1, test::ReuseRule::kReply425));
  tls_.least = net::TlsVersion::k13;
  connect();
  for (int round = 0; round < 3; ++round) work(round);
}

}  // namespace
}  // namespace ftpsfs::remote
