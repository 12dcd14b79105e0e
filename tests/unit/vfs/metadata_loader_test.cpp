#include "vfs/metadata_loader.h"

#include <gtest/gtest.h>

#include <future>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class MetadataLoaderTest : public testing::Test {
 protected:
  static constexpr milliseconds kTimeToLive = seconds(10);

  MetadataLoaderTest() {
    server_.put_directory("d");
    server_.put("d/one", "1");
    server_.put("d/two", "22");
  }
  /// The size, or the name of the error.
  std::string size(std::string_view path, std::optional<milliseconds> max_age = {}) {
    const auto known = loader_.stat(at(path), max_age, context_);
    return known ? std::to_string(known->attributes.size) : outcome(known);
  }
  std::size_t entries(std::string_view path) {
    const auto listing = loader_.list(at(path), context_);
    EXPECT_EQ(outcome(listing), "ok");
    return listing ? (*listing)->entries.size() : 0;
  }

  /// What is found in the directories, or the name of the error.
  std::string glance(const std::vector<std::string>& directories) {
    std::vector<remote::GlanceRequest> requests;
    for (const std::string& directory : directories) requests.push_back({at(directory), true});
    const auto found = loader_.glance(requests, context_);
    if (!found) return outcome(found);
    std::string told;
    for (const auto& [directory, listing] : *found) {
      told += directory.text() + ":" + std::to_string(listing->entries.size()) + " ";
    }
    return told;
  }
  /// The time, or 0.
  std::int64_t mtime(std::string_view path) {
    const auto known = loader_.stat(at(path), {}, context_);
    EXPECT_EQ(outcome(known), "ok") << path;
    return known ? known->attributes.mtime : 0;
  }
  std::int64_t true_mtime(const std::string& path) { return server_.attributes(path)->mtime; }
  /// Somebody puts a file here, through us.
  void change(const std::string& path, std::string content) {
    cache_.begin_change(at(path));
    server_.put(path, std::move(content));
    cache_.changed(at(path), *server_.attributes(path));
  }

  test::FakeRemoteFs server_;
  test::ManualClock clock_;
  cache::MetadataCache cache_{1 << 20, kTimeToLive, clock_};
  MetadataLoader loader_{server_, cache_};
  Context context_;
};

TEST_F(MetadataLoaderTest, AsksOnceWhileItIsFresh) {
  EXPECT_EQ(size("d/one"), "1");
  EXPECT_EQ(size("d/one"), "1");
  EXPECT_EQ(server_.count(Verb::kStat), 1);
  clock_.advance(kTimeToLive);
  EXPECT_EQ(size("d/one"), "1");
  EXPECT_EQ(server_.count(Verb::kStat), 2);
}

TEST_F(MetadataLoaderTest, AsksAgainForAnyoneWhoWantsItYounger) {
  EXPECT_EQ(size("d/one"), "1");
  clock_.advance(seconds(3));
  server_.put("d/one", "longer");
  EXPECT_EQ(size("d/one"), "1");
  EXPECT_EQ(size("d/one", seconds(3)), "6");
}

TEST_F(MetadataLoaderTest, RemembersThatANameIsMissing) {
  EXPECT_EQ(size("d/none"), "not found");
  EXPECT_EQ(size("d/none"), "not found");
  EXPECT_EQ(server_.count(Verb::kStat), 1);
  EXPECT_EQ(outcome(*loader_.try_stat(at("d/none"), {})), "not found");
}

TEST_F(MetadataLoaderTest, AFailureIsNotRemembered) {
  server_.fail_next(Verb::kStat, ErrorKind::kConnectionLost);
  EXPECT_EQ(size("d/one"), "connection lost");
  EXPECT_FALSE(loader_.try_stat(at("d/one"), {}));
  EXPECT_EQ(size("d/one"), "1");
}

TEST_F(MetadataLoaderTest, AListingAnswersForEveryNameInIt) {
  EXPECT_EQ(entries("d"), 2U);
  EXPECT_EQ(size("d/two"), "2");
  EXPECT_EQ(size("d/none"), "not found");
  EXPECT_EQ(server_.count(Verb::kStat), 0);
}

TEST_F(MetadataLoaderTest, WithoutStatOneAListingAnswers) {
  server_.capable.stat_one = false;
  EXPECT_EQ(size("d/two"), "2");
  EXPECT_EQ(size("d/none"), "not found");
  EXPECT_EQ(size("none/at all"), "not found");
  EXPECT_EQ(server_.count(Verb::kStat), 0);
  EXPECT_EQ(server_.count(Verb::kList), 2);
}

TEST_F(MetadataLoaderTest, OneListingForAllWhoWait) {
  const auto gate = server_.hold_next(Verb::kList);
  std::vector<std::future<std::size_t>> askers;
  askers.push_back(std::async(std::launch::async, [&] { return entries("d"); }));
  ASSERT_TRUE(gate->wait_reached());
  for (int i = 0; i < 4; ++i) askers.push_back(std::async(std::launch::async, [&] { return entries("d"); }));
  std::this_thread::sleep_for(milliseconds(50));
  gate->release();
  for (auto& asker : askers) EXPECT_EQ(asker.get(), 2U);
  EXPECT_EQ(server_.count(Verb::kList), 1);
}

TEST_F(MetadataLoaderTest, AWaiterGoesOnWhenTheOneWhoAskedGaveUp) {
  const auto gate = server_.hold_next(Verb::kList);
  server_.fail_next(Verb::kList, ErrorKind::kInterrupted);
  auto first = std::async(std::launch::async, [&] { return outcome(loader_.list(at("d"), context_)); });
  ASSERT_TRUE(gate->wait_reached());
  auto second = std::async(std::launch::async, [&] { return entries("d"); });
  std::this_thread::sleep_for(milliseconds(30));
  gate->release();
  EXPECT_EQ(first.get(), "interrupted");
  EXPECT_EQ(second.get(), 2U);
}

TEST_F(MetadataLoaderTest, AWaiterCanBeInterrupted) {
  const auto gate = server_.hold_next(Verb::kList);
  auto first = std::async(std::launch::async, [&] { return entries("d"); });
  ASSERT_TRUE(gate->wait_reached());
  Context impatient;
  impatient.cancellation = std::make_shared<Cancellation>();
  impatient.cancellation->cancel();
  EXPECT_EQ(outcome(loader_.list(at("d"), impatient)), "interrupted");
  gate->release();
  EXPECT_EQ(first.get(), 2U);
}

TEST_F(MetadataLoaderTest, AListingThatLostToOurOwnChangeIsNotBelieved) {
  const auto gate = server_.hold_next(Verb::kList, When::kAnswered);
  auto listing = std::async(std::launch::async, [&] { return entries("d"); });
  ASSERT_TRUE(gate->wait_reached());
  cache_.begin_change(at("d/three"));
  server_.put("d/three", "333");
  cache_.changed(at("d/three"), *server_.attributes("d/three"));
  gate->release();
  EXPECT_EQ(listing.get(), 3U);
  EXPECT_EQ(size("d/three"), "3");
  EXPECT_EQ(server_.count(Verb::kList), 2);
}

TEST_F(MetadataLoaderTest, AnAnswerThatLostToOurOwnChangeIsNotBelieved) {
  const auto gate = server_.hold_next(Verb::kStat, When::kAnswered);
  auto answer = std::async(std::launch::async, [&] { return size("d/three"); });
  ASSERT_TRUE(gate->wait_reached());
  cache_.begin_change(at("d/three"));
  server_.put("d/three", "333");
  cache_.changed(at("d/three"), *server_.attributes("d/three"));
  gate->release();
  EXPECT_EQ(answer.get(), "3") << "the answer was made before the file was";
}

TEST_F(MetadataLoaderTest, WithoutACacheEachListingAsksOnce) {
  cache::MetadataCache nothing(1 << 20, milliseconds(0), clock_);
  MetadataLoader loader(server_, nothing);
  ASSERT_TRUE(loader.list(at("d"), context_));
  EXPECT_EQ(server_.count(Verb::kList), 1);
  server_.capable.stat_one = false;
  EXPECT_EQ(loader.stat(at("d/two"), {}, context_)->attributes.size, 2U);
  EXPECT_EQ(server_.count(Verb::kList), 2);
}

TEST_F(MetadataLoaderTest, TheRootIsAskedForItself) {
  server_.capable.stat_one = false;
  const auto root = loader_.stat(remote::RemotePath(), {}, context_);
  ASSERT_TRUE(root);
  EXPECT_EQ(root->attributes.type, remote::FileType::kDirectory);
}

TEST_F(MetadataLoaderTest, AProvisionalNameIsCompletedWithItsNeighbours) {
  EXPECT_EQ(glance({"d"}), "d:2 ");
  EXPECT_FALSE(loader_.try_stat(at("d/one"), {})) << "its time is rough";
  EXPECT_EQ(loader_.provisional_type(at("d/one")), remote::FileType::kFile);
  EXPECT_EQ(mtime("d/one"), true_mtime("d/one"));
  EXPECT_TRUE(loader_.try_stat(at("d/two"), {}));
  EXPECT_EQ(mtime("d/two"), true_mtime("d/two"));
  EXPECT_EQ(loader_.provisional_type(at("d/two")), std::nullopt);
  EXPECT_EQ(server_.count(Verb::kRefine), 1);
  EXPECT_EQ(server_.count(Verb::kStat), 0);
}

TEST_F(MetadataLoaderTest, WhatAGlanceDoesNotShowIsMissing) {
  EXPECT_EQ(glance({"d"}), "d:2 ");
  EXPECT_EQ(outcome(*loader_.try_stat(at("d/none"), {})), "not found");
}

TEST_F(MetadataLoaderTest, AGlanceTellsTheDirectoryItself) {
  EXPECT_EQ(glance({"d"}), "d:2 ");
  const auto known = loader_.try_stat(at("d"), {});
  ASSERT_TRUE(known);
  EXPECT_EQ((*known)->attributes.mtime, true_mtime("d"));
}

TEST_F(MetadataLoaderTest, AGlanceLeavesOutWhatIsKnownOrMissing) {
  server_.put_directory("e");
  EXPECT_EQ(entries("d"), 2U);
  EXPECT_EQ(glance({"d", "e", "none"}), "e:0 ");
  EXPECT_EQ(server_.glanced(), (std::vector<std::vector<std::string>>{{"e", "none"}}));
  EXPECT_EQ(mtime("d/one"), true_mtime("d/one"));
  EXPECT_EQ(server_.count(Verb::kRefine), 0);
}

TEST_F(MetadataLoaderTest, WhatIsCompletedStaysAsOldAsItsListing) {
  EXPECT_EQ(glance({"d"}), "d:2 ");
  clock_.advance(seconds(9));
  EXPECT_EQ(outcome(loader_.complete({at("d")}, context_)), "ok");
  EXPECT_TRUE(loader_.try_stat(at("d/one"), {}));
  clock_.advance(seconds(1));
  EXPECT_FALSE(loader_.try_stat(at("d/one"), {}));
}

TEST_F(MetadataLoaderTest, ANameThatVanishedBeforeItWasCompletedIsMissing) {
  EXPECT_EQ(glance({"d"}), "d:2 ");
  server_.erase("d/two");
  EXPECT_EQ(size("d/two"), "not found");
  EXPECT_EQ(entries("d"), 1U);
}

TEST_F(MetadataLoaderTest, TwoAtOnceShareOneCompletion) {
  EXPECT_EQ(glance({"d"}), "d:2 ");
  const auto gate = server_.hold_next(Verb::kRefine);
  auto one = std::async(std::launch::async, [&] { return mtime("d/one"); });
  ASSERT_TRUE(gate->wait_reached());
  auto two = std::async(std::launch::async, [&] { return mtime("d/two"); });
  std::this_thread::sleep_for(milliseconds(50));
  gate->release();
  EXPECT_EQ(one.get(), true_mtime("d/one"));
  EXPECT_EQ(two.get(), true_mtime("d/two"));
  EXPECT_EQ(server_.count(Verb::kRefine), 1);
  EXPECT_EQ(server_.count(Verb::kStat), 0);
}

TEST_F(MetadataLoaderTest, AWaiterCompletesItselfWhatAnotherFailedTo) {
  EXPECT_EQ(glance({"d"}), "d:2 ");
  const auto gate = server_.hold_next(Verb::kRefine);
  server_.fail_next(Verb::kRefine, ErrorKind::kConnectionLost);
  auto one = std::async(std::launch::async, [&] { return size("d/one"); });
  ASSERT_TRUE(gate->wait_reached());
  auto two = std::async(std::launch::async, [&] { return mtime("d/two"); });
  std::this_thread::sleep_for(milliseconds(30));
  gate->release();
  EXPECT_EQ(one.get(), "connection lost");
  EXPECT_EQ(two.get(), true_mtime("d/two"));
}

TEST_F(MetadataLoaderTest, AChangeOfOursDuringACompletionWins) {
  EXPECT_EQ(glance({"d"}), "d:2 ");
  const auto gate = server_.hold_next(Verb::kRefine, When::kAnswered);
  auto one = std::async(std::launch::async, [&] { return size("d/one"); });
  ASSERT_TRUE(gate->wait_reached());
  change("d/one", "much longer");
  change("d/three", "333");
  gate->release();
  EXPECT_EQ(one.get(), "11") << "completed before it was changed";
  EXPECT_EQ(size("d/three"), "3");
  EXPECT_EQ(size("d/two"), "2");
  EXPECT_EQ(mtime("d/two"), true_mtime("d/two"));
}

TEST_F(MetadataLoaderTest, AChangeOfOursDuringAGlanceWins) {
  const auto gate = server_.hold_next(Verb::kGlance, When::kAnswered);
  auto told = std::async(std::launch::async, [&] { return glance({"d"}); });
  ASSERT_TRUE(gate->wait_reached());
  change("d/three", "333");
  gate->release();
  EXPECT_EQ(told.get(), "") << "looked into before the file was there";
  EXPECT_EQ(size("d/three"), "3");
  EXPECT_EQ(entries("d"), 3U);
}

TEST_F(MetadataLoaderTest, WhoeverListsWaitsForAGlanceUnderWay) {
  const auto gate = server_.hold_next(Verb::kGlance);
  auto told = std::async(std::launch::async, [&] { return glance({"d"}); });
  ASSERT_TRUE(gate->wait_reached());
  auto listed = std::async(std::launch::async, [&] { return entries("d"); });
  std::this_thread::sleep_for(milliseconds(50));
  gate->release();
  EXPECT_EQ(listed.get(), 2U);
  EXPECT_EQ(told.get(), "d:2 ");
  EXPECT_EQ(server_.count(Verb::kList), 0);
}

TEST_F(MetadataLoaderTest, AListingUnderWayIsNotGlancedAt) {
  const auto gate = server_.hold_next(Verb::kList);
  auto listed = std::async(std::launch::async, [&] { return entries("d"); });
  ASSERT_TRUE(gate->wait_reached());
  EXPECT_EQ(glance({"d"}), "");
  EXPECT_EQ(server_.count(Verb::kGlance), 0);
  gate->release();
  EXPECT_EQ(listed.get(), 2U);
}

TEST_F(MetadataLoaderTest, WhoeverWaitedForAGlanceThatFailedAsksItself) {
  for (const ErrorKind kind : {ErrorKind::kBusy, ErrorKind::kProtocol}) {
    cache_.forget_below(at("d"));
    const auto gate = server_.hold_next(Verb::kGlance);
    server_.fail_next(Verb::kGlance, kind);
    auto told = std::async(std::launch::async, [&] { return glance({"d"}); });
    ASSERT_TRUE(gate->wait_reached());
    auto listed = std::async(std::launch::async, [&] { return entries("d"); });
    std::this_thread::sleep_for(milliseconds(30));
    gate->release();
    EXPECT_EQ(told.get(), to_string(kind));
    EXPECT_EQ(listed.get(), 2U);
  }
  EXPECT_EQ(server_.count(Verb::kList), 2);
}

TEST_F(MetadataLoaderTest, WithoutStatOneAGlanceUnderWayIsNoExactAnswer) {
  server_.capable.stat_one = false;
  const auto gate = server_.hold_next(Verb::kGlance);
  auto told = std::async(std::launch::async, [&] { return glance({"d"}); });
  ASSERT_TRUE(gate->wait_reached());
  auto one = std::async(std::launch::async, [&] { return mtime("d/one"); });
  std::this_thread::sleep_for(milliseconds(50));
  gate->release();
  EXPECT_EQ(told.get(), "d:2 ");
  EXPECT_EQ(one.get(), true_mtime("d/one"));
}

TEST_F(MetadataLoaderTest, WithoutACacheAGlanceHelpsNobodyAndHarmsNobody) {
  cache::MetadataCache nothing(1 << 20, milliseconds(0), clock_);
  MetadataLoader loader(server_, nothing);
  const auto found = loader.glance({{at("d"), true}}, context_);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->empty());
  EXPECT_EQ(loader.stat(at("d/one"), {}, context_)->attributes.mtime, true_mtime("d/one"));
}

}  // namespace
}  // namespace ftpsfs::vfs
