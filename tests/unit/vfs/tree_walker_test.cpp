// TreeWalker: what it takes for a walk, what it looks into ahead, and what that shows through the file system.
#include "vfs/tree_walker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Names = std::vector<std::string>;

class TreeWalkerTest : public testing::Test {
 protected:
  TreeWalkerTest() { begin(true); }

  void begin(bool enabled) {
    end_work();
    walker_.emplace(loader_, *workers_, clock_, milliseconds(5000), enabled);
  }
  /// Lets all that was begun come to its end.
  void end_work() {
    workers_.reset();
    workers_.emplace(4);
  }
  /// Somebody reads the directory; the work that follows is over.
  void read(std::string_view directory) {
    note(directory);
    end_work();
  }
  void note(std::string_view directory) {
    const auto listing = loader_.list(at(directory), context_);
    ASSERT_EQ(outcome(listing), "ok") << directory;
    walker_->note_listed(at(directory), **listing);
  }
  void want_attributes(std::string_view directory) {
    walker_->note_attributes_wanted(at(directory));
    end_work();
  }
  /// Each of them with a file in it.
  void put_directories(const Names& directories) {
    for (const std::string& directory : directories) {
      server_.put_directory(directory);
      server_.put(directory + "/file", "x");
    }
  }
  void put_siblings(int count) {
    server_.put_directory("top");
    for (int i = 100; i < 100 + count; ++i) put_directories({"top/" + std::to_string(i)});
  }
  /// How many directories were looked into.
  std::size_t looked_into() {
    std::size_t sum = 0;
    for (const Names& each : server_.glanced()) sum += each.size();
    return sum;
  }

  test::FakeRemoteFs server_;
  test::ManualClock clock_;
  cache::MetadataCache cache_{64 << 20, seconds(30), clock_};
  MetadataLoader loader_{server_, cache_};
  Context context_;
  std::optional<TreeWalker> walker_;
  std::optional<WorkerPool> workers_{std::in_place, 4};
};

TEST_F(TreeWalkerTest, ADescentLooksIntoWhatIsBelowThenIntoWhatIsBeside) {
  put_directories({"top", "top/a", "top/a/x", "top/a/y", "top/b", "top/b/z", "top/c"});
  read("top");
  EXPECT_THAT(server_.glanced(), IsEmpty()) << "one directory is no walk";
  read("top/a");
  EXPECT_THAT(server_.glanced(),
              ElementsAre(ElementsAre("top/a/x", "top/a/y"), ElementsAre("top/b", "top/c"), ElementsAre("top/b/z")));
  for (const char* ahead : {"top/a/x", "top/a/y", "top/b", "top/b/z", "top/c"}) {
    EXPECT_TRUE(loader_.try_list(at(ahead))) << ahead;
  }
  EXPECT_EQ(server_.count(Verb::kList), 2);
}

TEST_F(TreeWalkerTest, NeighboursAreNoWalk) {
  put_directories({"top", "top/a", "top/b", "other"});
  read("top/a");
  read("top/b");
  read("other");
  EXPECT_EQ(server_.count(Verb::kGlance), 0);
}

TEST_F(TreeWalkerTest, AMomentLaterItIsNoWalkAnyMore) {
  put_directories({"top", "top/a", "top/b"});
  read("top");
  clock_.advance(milliseconds(5001));
  read("top/a");
  EXPECT_EQ(server_.count(Verb::kGlance), 0);
}

TEST_F(TreeWalkerTest, WithinAMomentItIs) {
  put_directories({"top", "top/a", "top/b"});
  read("top");
  clock_.advance(seconds(5));
  read("top/a");
  EXPECT_EQ(server_.count(Verb::kGlance), 1);
}

TEST_F(TreeWalkerTest, AWalkThatEndedIsForgotten) {
  put_directories({"top", "top/a", "top/b"});
  read("top");
  read("top/a");
  clock_.advance(seconds(31));
  read("top/b");
  EXPECT_EQ(server_.count(Verb::kGlance), 1);
  read("top");
  read("top/a");
  EXPECT_EQ(server_.count(Verb::kGlance), 1) << "all that is there was just read, or is on its way";
  EXPECT_TRUE(loader_.try_list(at("top/b")));
}

TEST_F(TreeWalkerTest, TheRootIsADirectoryLikeOthers) {
  put_directories({"a", "b"});
  read("");
  read("a");
  EXPECT_THAT(server_.glanced(), ElementsAre(ElementsAre("b")));
}

TEST_F(TreeWalkerTest, ADirectoryOfThousandsOfNamesIsLeftAlone) {
  put_directories({"top", "top/a", "top/huge", "top/small"});
  auto huge = *server_.attributes("top/huge");
  huge.size = 200'000;
  server_.set_attributes("top/huge", huge);
  read("top");
  read("top/a");
  EXPECT_THAT(server_.glanced(), ElementsAre(ElementsAre("top/small")));
}

TEST_F(TreeWalkerTest, WhatNobodyUsesIsBounded) {
  put_siblings(400);
  read("top");
  read("top/100");
  EXPECT_EQ(looked_into(), 255U) << "256, of which one had been read";
  read("top/101");
  EXPECT_EQ(looked_into(), 255U + 32) << "a use allows more";
  for (int i = 102; i < 110; ++i) read("top/" + std::to_string(i));
  EXPECT_EQ(looked_into(), 399U);
  for (const Names& each : server_.glanced()) EXPECT_LE(each.size(), 64U);
}

TEST_F(TreeWalkerTest, WithoutASessionToSpareTheNextNoteTriesAgain) {
  put_siblings(100);
  read("top");
  server_.fail_next(Verb::kGlance, ErrorKind::kBusy, 20);
  for (int i = 0; i < 20; ++i) {
    read("top/100");
    EXPECT_EQ(server_.count(Verb::kGlance), i + 1);
    EXPECT_FALSE(loader_.try_list(at("top/150")));
  }
  read("top/100");
  for (int i = 100; i < 200; ++i) EXPECT_TRUE(loader_.try_list(at("top/" + std::to_string(i)))) << i;
}

TEST_F(TreeWalkerTest, ANoteDuringTheWorkIsNotLost) {
  put_siblings(100);
  read("top");
  const auto gate = server_.hold_next(Verb::kGlance);
  server_.fail_next(Verb::kGlance, ErrorKind::kBusy);
  note("top/100");
  ASSERT_TRUE(gate->wait_reached());
  note("top/100");
  gate->release();
  end_work();
  for (int i = 100; i < 200; ++i) EXPECT_TRUE(loader_.try_list(at("top/" + std::to_string(i)))) << i;
}

TEST_F(TreeWalkerTest, AnotherErrorEndsTheLookAtThoseDirectoriesOnly) {
  put_siblings(100);
  read("top");
  server_.fail_next(Verb::kGlance, ErrorKind::kProtocol);
  read("top/100");
  read("top/101");
  EXPECT_FALSE(loader_.try_list(at("top/150")));
  EXPECT_TRUE(loader_.try_list(at("top/190")));
}

TEST_F(TreeWalkerTest, AttributesWantedInTwoDirectoriesCompleteTheOthersAhead) {
  put_directories({"top", "top/a", "top/b", "top/c", "top/d", "top/e"});
  read("top");
  read("top/a");
  want_attributes("top/b");
  want_attributes("top/b");
  want_attributes("elsewhere");
  EXPECT_THAT(server_.refined(), IsEmpty()) << "that is one directory of this walk";
  want_attributes("top/c");
  ASSERT_THAT(server_.refined(), SizeIs(1));
  EXPECT_THAT(server_.refined()[0], UnorderedElementsAre("top/b/file", "top/c/file", "top/d/file", "top/e/file"));
  const auto known = loader_.try_stat(at("top/e/file"), {});
  ASSERT_TRUE(known);
  EXPECT_EQ((*known)->attributes.mtime, server_.attributes("top/e/file")->mtime);
}

TEST_F(TreeWalkerTest, WhereAttributesAreWantedWhatFollowsIsCompletedToo) {
  put_siblings(300);
  read("top");
  read("top/100");
  want_attributes("top/101");
  want_attributes("top/102");
  for (int i = 103; i < 110; ++i) read("top/" + std::to_string(i));
  EXPECT_TRUE(loader_.try_stat(at("top/399/file"), {}));
  for (const Names& each : server_.refined()) EXPECT_LE(each.size(), 16U);
}

TEST_F(TreeWalkerTest, WhereNothingCanBeSeenAheadNothingRuns) {
  begin(false);
  put_directories({"top", "top/a", "top/b"});
  read("top");
  read("top/a");
  want_attributes("top/a");
  want_attributes("top");
  EXPECT_EQ(server_.count(Verb::kGlance), 0);
  EXPECT_EQ(server_.count(Verb::kRefine), 0);
}

TEST_F(TreeWalkerTest, ALargeWalkIsStillSeenWhereItGoesDeeper) {
  server_.put_directory("top");
  for (int i = 100; i < 400; ++i) server_.put_directory("top/" + std::to_string(i));
  for (int i = 100; i < 400; ++i) read("top/" + std::to_string(i));
  put_directories({"a", "a/b", "a/c"});
  clock_.advance(milliseconds(1));
  read("a");
  read("top/399");
  read("a/b");
  EXPECT_THAT(server_.glanced(), ElementsAre(ElementsAre("a/c")));
}

class WalkThroughTest : public FilesystemTest {
 protected:
  void SetUp() override {
    server_.capable.glance = true;
    for (const char* directory : {"a", "b", "c"}) {
      server_.put_directory(directory);
      for (const char* file : {"/f", "/g"}) server_.put(std::string(directory) + file, "x");
    }
    mount();
  }

  template <typename Condition>
  static bool soon(Condition condition) {
    for (int i = 0; i < 500 && !condition(); ++i) std::this_thread::sleep_for(milliseconds(10));
    return condition();
  }
  /// As find(1) does it, until the others are seen ahead.
  void walk() {
    names();
    names(node("a"));
    ASSERT_TRUE(soon([&] { return server_.count(Verb::kGlance) > 0; }));
  }
  std::int64_t true_mtime(const std::string& path) { return server_.attributes(path)->mtime; }
};

TEST_F(WalkThroughTest, NoFileEverShowsTwoTimes) {
  walk();
  for (const char* directory : {"a", "b", "c"}) {
    EXPECT_EQ(names(node(directory)), (std::set<std::string>{"f", "g"}));
    for (const char* file : {"/f", "/g"}) {
      const std::string path = std::string(directory) + file;
      const auto found = find(path);
      ASSERT_TRUE(found) << path;
      EXPECT_EQ(found->mtime, true_mtime(path)) << path;
      EXPECT_EQ(stat(found->node).mtime, true_mtime(path)) << path;
      EXPECT_EQ(find(path)->mtime, true_mtime(path)) << path;
    }
  }
  EXPECT_EQ(server_.count(Verb::kList), 2) << "the other two were seen ahead";
}

TEST_F(WalkThroughTest, MemoryAloneTellsNoRoughTime) {
  walk();
  const NodeId b = node("b");
  names(b);
  const auto at_once = fs_->try_look_up(b, "f");
  EXPECT_TRUE(!at_once || (*at_once)->mtime == true_mtime("b/f"));
  EXPECT_EQ(find("b/f")->mtime, true_mtime("b/f"));
  const auto later = fs_->try_look_up(b, "g");
  ASSERT_TRUE(later) << "completed with its neighbour";
  EXPECT_EQ((*later)->mtime, true_mtime("b/g"));
}

TEST_F(WalkThroughTest, AFileIsOpenedInTheVersionItIsSeenIn) {
  walk();
  names(node("b"));
  EXPECT_EQ(read_file("b/f"), "x");
}

TEST_F(WalkThroughTest, WhatIsWrittenMeanwhileIsNotOverlooked) {
  const auto gate = server_.hold_next(Verb::kGlance, When::kAnswered);
  names();
  names(node("a"));
  ASSERT_TRUE(gate->wait_reached());
  EXPECT_EQ(close(create("new", 0644, node("b"))), "ok");
  gate->release();
  EXPECT_EQ(names(node("b")), (std::set<std::string>{"f", "g", "new"}));
  EXPECT_EQ(find("b/new")->mtime, true_mtime("b/new"));
}

TEST_F(WalkThroughTest, AnUnmountWaitsForWhatLooksAhead) {
  server_.delay(Verb::kGlance, milliseconds(50));
  names();
  names(node("a"));
  fs_.reset();
}

TEST_F(WalkThroughTest, AServerThatCannotGlanceIsNotAsked) {
  server_.capable.glance = false;
  mount();
  names();
  names(node("a"));
  names(node("b"));
  fs_.reset();
  EXPECT_EQ(server_.count(Verb::kGlance), 0);
}

}  // namespace
}  // namespace ftpsfs::vfs
