// MetadataCache: what is known, how old it is, and what our own changes make of it.
#include "ftpsfs/cache/metadata_cache.h"

#include <thread>

#include "unit/cache/metadata_cache_fixture.h"

namespace ftpsfs::cache {
namespace {

using namespace std::chrono_literals;

TEST_F(MetadataCacheTest, KnowsNothingAtFirst) {
  EXPECT_EQ(known("a"), "?");
  EXPECT_EQ(known(""), "?");
  EXPECT_EQ(listed(""), "?");
  EXPECT_EQ(cache_.bytes(), 0U);
}

TEST_F(MetadataCacheTest, AListingTellsOfEveryNameAndOfNoOther) {
  EXPECT_TRUE(list("d", {{"b", file(2)}, {"a", file(1)}, {"sub", directory()}}));
  EXPECT_EQ(known("d/a"), "1");
  EXPECT_EQ(known("d/b"), "2");
  EXPECT_EQ(known("d/sub"), "d");
  EXPECT_EQ(known("d/c"), "-");
  EXPECT_EQ(known("d"), "?");
  EXPECT_EQ(known("d/sub/x"), "?");
  EXPECT_EQ(listed("d"), "a=1 b=2 sub=d");
  EXPECT_EQ(listed("d/sub"), "?");
}

TEST_F(MetadataCacheTest, AnEmptyListingIsAListing) {
  EXPECT_TRUE(list("d", {}));
  ASSERT_NE(cache_.listing(at("d")), nullptr);
  EXPECT_EQ(known("d/a"), "-");
}

TEST_F(MetadataCacheTest, ANameListedTwiceCountsOnceAsFirstTold) {
  EXPECT_TRUE(list("d", {{"b", file(2)}, {"a", file(1)}, {"b", file(3)}}));
  EXPECT_EQ(listed("d"), "a=1 b=2");
}

TEST_F(MetadataCacheTest, NamesAreOrderedByTheirBytes) {
  EXPECT_TRUE(list("d", {{"\xc3\xa4", file(4)}, {"b", file(3)}, {"B", file(2)}, {"A", file(1)}}));
  EXPECT_EQ(listed("d"), "A=1 B=2 b=3 \xc3\xa4=4");
  EXPECT_EQ(known("d/\xc3\xa4"), "4");
}

TEST_F(MetadataCacheTest, SingleAnswersTellOfTheirNameOnly) {
  EXPECT_TRUE(stat("d/a", file(1)));
  EXPECT_TRUE(stat_absent("d/b"));
  EXPECT_EQ(known("d/a"), "1");
  EXPECT_EQ(known("d/b"), "-");
  EXPECT_EQ(known("d/c"), "?");
  EXPECT_EQ(listed("d"), "?");
}

TEST_F(MetadataCacheTest, TheRootHasAttributesAndAListing) {
  EXPECT_TRUE(stat("", directory("root")));
  EXPECT_TRUE(list("", {{"a", file(1)}}));
  EXPECT_EQ(known(""), "d");
  EXPECT_EQ(known("a"), "1");
  EXPECT_EQ(known("b"), "-");
  EXPECT_EQ(listed(""), "a=1");
}

TEST_F(MetadataCacheTest, ARootThatWasListedIsNotAbsent) {
  EXPECT_TRUE(list("", {}));
  EXPECT_EQ(known(""), "?");
}

// Age.

TEST_F(MetadataCacheTest, KnowledgeIsFreshForLessThanTheTimeToLive) {
  list("d", {{"a", file(1)}});
  stat("e/b", file(2));
  pass(kTimeToLive - 1ms);
  EXPECT_EQ(known("d/a"), "1");
  EXPECT_EQ(known("d/none"), "-");
  EXPECT_EQ(known("e/b"), "2");
  EXPECT_EQ(listed("d"), "a=1");
  pass(1ms);
  EXPECT_EQ(known("d/a"), "?");
  EXPECT_EQ(known("d/none"), "?");
  EXPECT_EQ(known("e/b"), "?");
  EXPECT_EQ(listed("d"), "?");
}

TEST_F(MetadataCacheTest, AgeCountsFromTheRequestNotFromTheAnswer) {
  const Mark asked = cache_.mark(at("d"));
  pass(kTimeToLive - 1s);
  cache_.learn_listing(at("d"), {{"a", file(1)}}, asked);
  EXPECT_EQ(known("d/a"), "1");
  EXPECT_EQ(cache_.find(at("d/a"))->learned, asked.taken);
  EXPECT_EQ(cache_.listing(at("d"))->learned, asked.taken);
  pass(1s);
  EXPECT_EQ(known("d/a"), "?");
}

TEST_F(MetadataCacheTest, TheCallerMayAskForYoungerOrForOlderKnowledge) {
  stat("a", file(1));
  pass(5s);
  EXPECT_FALSE(cache_.find(at("a"), 5s));
  EXPECT_TRUE(cache_.find(at("a"), 5001ms));
  EXPECT_FALSE(cache_.find(at("a"), 0ms));
  pass(24h);
  EXPECT_FALSE(cache_.find(at("a")));
  EXPECT_TRUE(cache_.find(at("a"), 48h));
  EXPECT_TRUE(cache_.find(at("a"), std::chrono::milliseconds::max()));
}

TEST_F(MetadataCacheTest, WithATimeToLiveOfZeroNothingIsFresh) {
  MetadataCache cache(1 << 20, 0ms, clock_);
  EXPECT_TRUE(cache.learn_listing(at("d"), {{"a", file(1)}}, cache.mark(at("d"))));
  cache.begin_change(at("d/b"));
  cache.changed(at("d/b"), file(2));
  EXPECT_FALSE(cache.find(at("d/a")));
  EXPECT_FALSE(cache.find(at("d/b")));
  EXPECT_FALSE(cache.listing(at("d")));
  EXPECT_TRUE(cache.find(at("d/b"), 1ms));
}

TEST_F(MetadataCacheTest, ASingleAnswerRefreshesItsNameNotTheListing) {
  list("d", {{"a", file(1)}, {"b", file(2)}});
  pass(6s);
  stat("d/a", file(11));
  EXPECT_EQ(listed("d"), "a=11 b=2");
  pass(6s);
  EXPECT_EQ(known("d/a"), "11");
  EXPECT_EQ(known("d/b"), "?");
  EXPECT_EQ(listed("d"), "?");
}

// Newer knowledge wins.

TEST_F(MetadataCacheTest, AListingOutdatesEarlierSingleAnswers) {
  stat("d/a", file(1));
  stat_absent("d/b");
  stat("d/gone", file(3));
  pass(1s);
  list("d", {{"a", file(11)}, {"b", file(12)}});
  EXPECT_EQ(known("d/a"), "11");
  EXPECT_EQ(known("d/b"), "12");
  EXPECT_EQ(known("d/gone"), "-");
  EXPECT_EQ(listed("d"), "a=11 b=12");
}

TEST_F(MetadataCacheTest, AnAnswerAskedForEarlierThanWhatIsKnownChangesNothing) {
  const Mark early = cache_.mark(at("d"));
  pass(1s);
  list("d", {{"a", file(1)}});
  EXPECT_TRUE(cache_.learn(at("d/a"), file(99), early));
  EXPECT_TRUE(cache_.learn_absent(at("d/a"), early));
  EXPECT_TRUE(cache_.learn(at("d/new"), file(99), early));
  EXPECT_TRUE(cache_.learn_listing(at("d"), {{"z", file(99)}}, early));
  EXPECT_EQ(listed("d"), "a=1");
  EXPECT_EQ(known("d/new"), "-");
}

TEST_F(MetadataCacheTest, ASingleAnswerAskedForAfterTheListingOutlivesItsLateArrival) {
  const Mark listing_asked = cache_.mark(at("d"));
  pass(1s);
  stat("d/a", file(2));
  stat_absent("d/b");
  EXPECT_TRUE(cache_.learn_listing(at("d"), {{"a", file(1)}, {"b", file(1)}, {"c", file(1)}}, listing_asked));
  EXPECT_EQ(listed("d"), "a=2 c=1");
  EXPECT_EQ(known("d/b"), "-");
}

TEST_F(MetadataCacheTest, OfTwoAskedForAtOneTimeTheLaterArrivalWins) {
  list("d", {{"a", file(1)}});
  stat("d/a", file(2));
  EXPECT_EQ(known("d/a"), "2");
  list("d", {{"a", file(3)}});
  EXPECT_EQ(known("d/a"), "3");
}

TEST_F(MetadataCacheTest, AListingHeldByAReaderNeverChanges) {
  list("d", {{"a", file(1)}});
  const auto held = cache_.listing(at("d"));
  cache_.begin_change(at("d/b"));
  cache_.changed(at("d/b"), file(2));
  EXPECT_EQ(listed("d"), "a=1 b=2");
  EXPECT_EQ(held->entries.size(), 1U);
}

TEST_F(MetadataCacheTest, RepeatedListingsShareOneSnapshot) {
  list("d", {{"a", file(1)}});
  const auto first = cache_.listing(at("d"));
  EXPECT_EQ(cache_.listing(at("d")), first);
  cache_.begin_change(at("d/b"));
  EXPECT_EQ(cache_.listing(at("d")), first);
  cache_.changed(at("d/b"), file(2));
  const auto second = cache_.listing(at("d"));
  EXPECT_NE(second, first);
  EXPECT_EQ(cache_.listing(at("d")), second);
}

// Our own changes.

TEST_F(MetadataCacheTest, OwnChangesKeepAListingComplete) {
  list("d", {{"b", file(2)}, {"d", file(4)}});
  for (const auto& [name, size] : {std::pair("d/a", 1U), {"d/b", 22U}, {"d/c", 3U}, {"d/e", 5U}}) {
    cache_.begin_change(at(name));
    cache_.changed(at(name), file(size));
  }
  cache_.begin_change(at("d/d"));
  cache_.removed(at("d/d"));
  EXPECT_EQ(listed("d"), "a=1 b=22 c=3 e=5");
  EXPECT_EQ(known("d/d"), "-");
  EXPECT_EQ(known("d/zzz"), "-");
}

TEST_F(MetadataCacheTest, OwnChangesAreAsFreshAsTheirReplyAndRefreshNothingElse) {
  list("d", {{"a", file(1)}, {"b", file(2)}});
  pass(6s);
  cache_.begin_change(at("d/a"));
  pass(1s);
  cache_.changed(at("d/a"), file(11));
  EXPECT_EQ(cache_.find(at("d/a"))->learned, clock_.now());
  EXPECT_EQ(cache_.listing(at("d"))->learned, clock_.now() - 7s);
  pass(3s);
  EXPECT_EQ(known("d/a"), "11");
  EXPECT_EQ(known("d/b"), "?");
  EXPECT_EQ(known("d/none"), "?");
  EXPECT_EQ(listed("d"), "?");
  pass(7s);
  EXPECT_EQ(known("d/a"), "?");
}

TEST_F(MetadataCacheTest, OwnChangesWithoutAListingTellOfTheirNameOnly) {
  cache_.begin_change(at("d/a"));
  cache_.changed(at("d/a"), file(1));
  cache_.begin_change(at("d/b"));
  cache_.removed(at("d/b"));
  EXPECT_EQ(known("d/a"), "1");
  EXPECT_EQ(known("d/b"), "-");
  EXPECT_EQ(known("d/c"), "?");
  EXPECT_EQ(listed("d"), "?");
}

TEST_F(MetadataCacheTest, AnAnswerAskedForAfterAChangeCorrectsIt) {
  cache_.begin_change(at("d/a"));
  cache_.changed(at("d/a"), file(1));
  EXPECT_TRUE(list("d", {{"a", file(2)}}));
  EXPECT_EQ(known("d/a"), "2");
}

TEST_F(MetadataCacheTest, RemovedTakesEverythingBelowWithIt) {
  list("", {{"a", directory()}, {"ab", directory()}});
  list("a", {{"b", directory()}});
  list("a/b", {{"c", file(1)}});
  list("ab", {{"x", file(2)}});
  stat("a/b/deep/er", file(3));
  cache_.begin_change(at("a"));
  cache_.removed(at("a"));
  EXPECT_EQ(known("a"), "-");
  EXPECT_EQ(known("a/b"), "?");
  EXPECT_EQ(known("a/b/c"), "?");
  EXPECT_EQ(known("a/b/deep/er"), "?");
  EXPECT_EQ(listed("a"), "?");
  EXPECT_EQ(listed("ab"), "x=2") << "a name that only begins alike";
  EXPECT_EQ(listed(""), "ab=d");
}

TEST_F(MetadataCacheTest, RemovingAFileLeavesOtherAnswersUnderWayAlone) {
  list("d", {{"a", file(1)}});
  const Mark elsewhere = cache_.mark(at("e"));
  cache_.begin_change(at("d/a"));
  cache_.removed(at("d/a"));
  EXPECT_TRUE(cache_.learn_listing(at("e"), {}, elsewhere));
}

TEST_F(MetadataCacheTest, RemovingADirectoryLeavesAnswersAboutOthersAlone) {
  list("", {{"a", directory()}, {"e", directory()}});
  const Mark elsewhere = cache_.mark(at("e/f"));
  cache_.begin_change(at("a"));
  cache_.removed(at("a"));
  EXPECT_TRUE(cache_.learn_listing(at("e/f"), {}, elsewhere));
}

TEST_F(MetadataCacheTest, ADirectoryRenamedOntoANameBringsItsOwnContents) {
  list("", {{"from", directory("1")}, {"to", directory("2")}});
  list("from", {{"x", file(1)}});
  list("to", {});
  cache_.begin_change(at("from"));
  cache_.begin_change(at("to"));
  cache_.removed(at("from"));
  cache_.changed(at("to"), directory("1"));
  EXPECT_EQ(listed(""), "to=d");
  EXPECT_EQ(known("to/x"), "?");
  EXPECT_EQ(known("from/x"), "?");
}

TEST_F(MetadataCacheTest, ADirectoryThatOnlyChangedItsAttributesKeepsItsListing) {
  list("", {{"d", directory("id")}});
  list("d", {{"a", file(1)}});
  auto now = directory("id");
  now.mode = 0700;
  cache_.begin_change(at("d"));
  cache_.changed(at("d"), now);
  EXPECT_EQ(listed("d"), "a=1");
  EXPECT_EQ(cache_.find(at("d"))->attributes, now);

  cache_.begin_change(at("d"));
  cache_.changed(at("d"), directory());
  EXPECT_EQ(listed("d"), "?") << "nothing tells that it is the same one";
}

TEST_F(MetadataCacheTest, ForgetLeavesTheOtherNamesKnown) {
  list("d", {{"a", file(1)}, {"b", file(2)}});
  cache_.begin_change(at("d/a"));
  cache_.forget(at("d/a"));
  EXPECT_EQ(known("d/a"), "?");
  EXPECT_EQ(known("d/b"), "2");
  EXPECT_EQ(known("d/none"), "-");
  EXPECT_EQ(listed("d"), "?") << "no listing is complete without the name";
}

TEST_F(MetadataCacheTest, WhatWasForgottenMayBeLearnedAgain) {
  list("d", {{"a", file(1)}, {"b", file(2)}});
  cache_.begin_change(at("d/a"));
  cache_.forget(at("d/a"));
  stat_absent("d/a");
  EXPECT_EQ(listed("d"), "b=2");
  cache_.begin_change(at("d/b"));
  cache_.forget(at("d/b"));
  list("d", {{"b", file(3)}});
  EXPECT_EQ(listed("d"), "b=3");
}

TEST_F(MetadataCacheTest, ForgettingTwiceIsForgettingOnce) {
  list("d", {{"a", file(1)}});
  for (int i = 0; i < 2; ++i) {
    cache_.begin_change(at("d/a"));
    cache_.forget(at("d/a"));
  }
  stat("d/a", file(5));
  EXPECT_EQ(listed("d"), "a=5");
}

TEST_F(MetadataCacheTest, ForgetTakesWhatIsBelowADirectory) {
  list("", {{"d", directory()}});
  list("d", {{"a", file(1)}});
  cache_.begin_change(at("d"));
  cache_.forget(at("d"));
  EXPECT_EQ(known("d"), "?");
  EXPECT_EQ(known("d/a"), "?");
}

TEST_F(MetadataCacheTest, ForgetBelowKeepsTheDirectorysOwnAttributes) {
  list("", {{"d", directory()}, {"e", directory()}});
  list("d", {{"sub", directory()}});
  list("d/sub", {{"x", file(1)}});
  list("e", {{"y", file(2)}});
  cache_.forget_below(at("d"));
  EXPECT_EQ(known("d"), "d");
  EXPECT_EQ(known("d/sub"), "?");
  EXPECT_EQ(known("d/sub/x"), "?");
  EXPECT_EQ(listed("e"), "y=2");
  cache_.forget_below(at(""));
  EXPECT_EQ(known("d"), "?");
  EXPECT_EQ(listed("e"), "?");
}

TEST_F(MetadataCacheTest, ManyThreadsMayUseIt) {
  const auto work = [this](unsigned seed) {
    for (unsigned i = 0; i < 1500; ++i) {
      const std::string directory = "d" + std::to_string((i + seed) % 5);
      const std::string name = directory + "/" + std::to_string(i % 11);
      switch ((i * 7 + seed) % 8) {
        case 0:
          list(directory, {{"1", file(i)}, {"5", file(i)}});
          break;
        case 1:
          stat(name, file(i));
          break;
        case 2:
          cache_.begin_change(at(name));
          cache_.changed(at(name), file(i));
          break;
        case 3:
          cache_.begin_change(at(name));
          cache_.removed(at(name));
          break;
        case 4:
          cache_.begin_change(at(directory));
          cache_.forget(at(directory));
          break;
        case 5:
          known(name);
          break;
        default:
          listed(directory);
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 4; ++seed) threads.emplace_back(work, seed);
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(cache_.bytes(), 1U << 20);
}

}  // namespace
}  // namespace ftpsfs::cache
