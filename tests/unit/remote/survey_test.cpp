// What a survey tells of servers of several kinds.
#include "ftpsfs/remote/survey.h"

#include <gmock/gmock.h>

#include <ctime>

#include "ftpsfs/ftp/greeting.h"
#include "unit/remote/remote_fixture.h"

namespace ftpsfs::remote {
namespace {

using testing::Contains;
using testing::SizeIs;

class SurveyTest : public RemoteTest {
 protected:
  Survey survey(const std::string& root = "") {
    auto survey = survey_server(options(root), context_);
    EXPECT_TRUE(survey) << survey.error().message;
    return survey.value_or(Survey{});
  }
};

TEST_F(SurveyTest, ListsThreeTimesAndTellsEachDataConnection) {
  start();
  const Survey told = survey();
  EXPECT_THAT(told.listing.data_connections, SizeIs(3));
  for (const DataConnectionSurvey& each : told.listing.data_connections) {
    EXPECT_TRUE(each.tls_resumed);
    EXPECT_GT(each.took.count(), 0);
  }
  EXPECT_FALSE(told.listing.failure);
  EXPECT_EQ(told.listing.format, ListingFormat::kFacts);
  EXPECT_THAT(told.announced, Contains("MLSD"));
  EXPECT_TRUE(told.round_trip);
}

TEST_F(SurveyTest, AServerWithoutResumptionIsSeenConnectionByConnection) {
  start({.tls13_tickets = 0});
  const Survey told = survey();
  ASSERT_THAT(told.listing.data_connections, SizeIs(3));
  for (const DataConnectionSurvey& each : told.listing.data_connections) EXPECT_FALSE(each.tls_resumed);
}

TEST_F(SurveyTest, ATransferThatFailsEndsTheListings) {
  start();
  server_->on("MLSD", {.nth = 2, .reply = "425 Unable to build data connection"});
  const Survey told = survey();
  EXPECT_THAT(told.listing.data_connections, SizeIs(1));
  ASSERT_TRUE(told.listing.failure);
  EXPECT_EQ(told.listing.failure->reply_code, 425);
}

TEST_F(SurveyTest, TellsTheZoneOfListingsByAFile) {
  test::FakeDialect dialect = plain_dialect();
  dialect.list_time_offset = std::chrono::hours(9) + std::chrono::minutes(30);
  start(dialect);
  tree().add_directory("/directory");
  tree().add_file("/old", "its year is told instead of the time of day", 1'000'000'000);
  tree().add_file("/new", "x", std::time(nullptr) - 86400);
  const Survey told = survey();
  EXPECT_EQ(told.listing.format, ListingFormat::kUnix);
  ASSERT_TRUE(told.listing.zone);
  EXPECT_EQ(*told.listing.zone, std::chrono::minutes(-570));
}

TEST_F(SurveyTest, WithoutAFileTheZoneIsNotKnown) {
  start(plain_dialect());
  EXPECT_FALSE(survey().listing.zone);
}

TEST_F(SurveyTest, KnowsDosListings) {
  test::FakeDialect dialect = plain_dialect();
  dialect.list_format = test::ListFormat::kDos;
  start(dialect);
  tree().add_file("/file", "x");
  EXPECT_EQ(survey().listing.format, ListingFormat::kDos);
}

TEST_F(SurveyTest, LooksWhereTheMountWillBe) {
  start();
  tree().add_file("/deep/down/caf\xc3\xa9", "x");
  tree().add_file("/deep/down/plain", "x");
  const Survey told = survey("deep/down");
  EXPECT_EQ(told.names.fitting, 1U);
  EXPECT_EQ(told.names.ascii, 1U);
  EXPECT_EQ(told.names.other, 0U);
}

TEST_F(SurveyTest, GuessesTheEncodingOfNames) {
  for (const bool facts : {true, false}) {
    start({.mlsd = facts});
    tree().add_file("/\x83\x65\x83\x58\x83\x67.txt", "x");
    const Survey told = survey();
    EXPECT_EQ(told.names.other, 1U);
    ASSERT_FALSE(told.names.guesses.empty());
    EXPECT_EQ(told.names.guesses.front().charset, "CP932");
    EXPECT_EQ(told.names.guesses.front().reading, "テスト.txt");
  }
}

TEST_F(SurveyTest, NamesInTheCharacterSetAskedForFit) {
  start();
  tree().add_file("/\x83\x65\x83\x58\x83\x67.txt", "x");
  tree().add_file("/\xff\xff", "x");
  options_.charset = Charset::make("CP932").value();
  const Survey told = survey();
  EXPECT_EQ(told.names.fitting, 1U);
  EXPECT_EQ(told.names.other, 1U);
}

TEST_F(SurveyTest, TheGreetingShowsTheCertificateWithoutALogin) {
  start();
  const auto greeting = ftp::hear_greeting(options("").server, context_);
  ASSERT_TRUE(greeting) << greeting.error().message;
  EXPECT_EQ(greeting->text, "Fake server ready");
  ASSERT_THAT(greeting->certificates, SizeIs(1));
  EXPECT_EQ(greeting->certificates.front().fingerprint, server_->certificate().fingerprint_sha256);
  EXPECT_EQ(server_->count("USER"), 0);
}

}  // namespace
}  // namespace ftpsfs::remote
