// MetadataCache: answers under way while we change something ourselves.
//
// Each own change has two moments, before its command and after its reply. A request may be sent before the first,
// between them or after the second, and its answer may come in any of the places that follow. Only an answer that was
// asked for after the last change that took place may be taken in.
#include <functional>
#include <vector>

#include "unit/cache/metadata_cache_fixture.h"

namespace ftpsfs::cache {
namespace {

enum class Moment { kBefore, kBetween, kAfter };

struct OwnChange {
  std::string name;
  std::string path;
  std::function<void(MetadataCache&, const remote::RemotePath&)> finish;
  std::string then_known;  ///< of `path`
};

struct Answer {
  std::string name;
  std::function<bool(MetadataCache&, const remote::RemotePath& about, Mark)> arrive;
};

const std::vector<OwnChange>& own_changes() {
  static const std::vector<OwnChange> all = {
      {"changed", "d/a", [](MetadataCache& cache, const auto& path) { cache.changed(path, file(7)); }, "7"},
      {"changed, a new name", "d/new", [](MetadataCache& cache, const auto& path) { cache.changed(path, file(7)); },
       "7"},
      {"changed, a directory", "d/new",
       [](MetadataCache& cache, const auto& path) { cache.changed(path, directory()); }, "d"},
      {"removed", "d/a", [](MetadataCache& cache, const auto& path) { cache.removed(path); }, "-"},
      {"removed, a directory", "d/sub", [](MetadataCache& cache, const auto& path) { cache.removed(path); }, "-"},
      {"forget", "d/a", [](MetadataCache& cache, const auto& path) { cache.forget(path); }, "?"},
  };
  return all;
}

const std::vector<Answer>& answers() {
  static const std::vector<Answer> all = {
      {"listing",
       [](MetadataCache& cache, const auto& about, Mark mark) {
         return cache.learn_listing(about.parent(), {{std::string(about.name()), file(99)}}, mark);
       }},
      {"stat", [](MetadataCache& cache, const auto& about, Mark mark) { return cache.learn(about, file(99), mark); }},
      {"absent", [](MetadataCache& cache, const auto& about, Mark mark) { return cache.learn_absent(about, mark); }},
  };
  return all;
}

class MetadataCacheRaceTest : public MetadataCacheTest {
 protected:
  void SetUp() override {
    list("d", {{"a", file(1)}, {"sub", directory()}});
    list("d/sub", {{"x", file(1)}});
    clock_.advance(std::chrono::milliseconds(10));
  }
};

/// Plays one change and one answer; true when the answer was taken in.
bool play(MetadataCache& cache, const OwnChange& change, const Answer& answer, Moment asked, Moment arrives) {
  const auto path = at(change.path);
  Mark mark;
  bool taken_in = false;
  const auto pass = [&](Moment moment) {
    if (moment == asked) mark = cache.mark(path.parent());
    if (moment == arrives) taken_in = answer.arrive(cache, path, mark);
  };
  pass(Moment::kBefore);
  cache.begin_change(path);
  pass(Moment::kBetween);
  change.finish(cache, path);
  pass(Moment::kAfter);
  return taken_in;
}

struct Course {
  Moment asked;
  Moment arrives;
  bool taken_in;
};

TEST_F(MetadataCacheRaceTest, OnlyAnswersAskedForAfterTheLastChangeAreTakenIn) {
  constexpr Course kCourses[] = {
      {Moment::kBefore, Moment::kBetween, false}, {Moment::kBefore, Moment::kAfter, false},
      {Moment::kBetween, Moment::kBetween, true}, {Moment::kBetween, Moment::kAfter, false},
      {Moment::kAfter, Moment::kAfter, true},
  };
  for (const OwnChange& change : own_changes()) {
    for (const Answer& answer : answers()) {
      for (const Course& course : kCourses) {
        SCOPED_TRACE(change.name + ", " + answer.name + ", course " + std::to_string(&course - kCourses));
        list("d", {{"a", file(1)}, {"sub", directory()}});
        EXPECT_EQ(play(cache_, change, answer, course.asked, course.arrives), course.taken_in);
        if (course.asked == Moment::kAfter) continue;
        EXPECT_EQ(known(change.path), change.then_known);
      }
    }
  }
}

TEST_F(MetadataCacheRaceTest, AChangeOutdatesAnswersAboutOtherNamesOfItsDirectoryToo) {
  const Mark mark = cache_.mark(at("d"));
  cache_.begin_change(at("d/a"));
  cache_.changed(at("d/a"), file(2));
  EXPECT_FALSE(cache_.learn(at("d/other"), file(1), mark));
}

TEST_F(MetadataCacheRaceTest, AChangeLeavesAnswersAboutOtherDirectoriesAlone) {
  const Mark parent = cache_.mark(at(""));
  const Mark below = cache_.mark(at("d/sub"));
  cache_.begin_change(at("d/a"));
  cache_.changed(at("d/a"), file(2));
  EXPECT_TRUE(cache_.learn(at("d"), directory(), parent));
  EXPECT_TRUE(cache_.learn(at("d/sub/x"), file(5), below));
}

TEST_F(MetadataCacheRaceTest, TwoChangesAtOnceEachOutdateAnswers) {
  cache_.begin_change(at("d/a"));
  cache_.begin_change(at("d/b"));
  const Mark mark = cache_.mark(at("d"));
  cache_.changed(at("d/a"), file(2));
  EXPECT_FALSE(cache_.learn_listing(at("d"), {}, mark));
  const Mark later = cache_.mark(at("d"));
  cache_.changed(at("d/b"), file(3));
  EXPECT_FALSE(cache_.learn_listing(at("d"), {}, later));
  EXPECT_EQ(known("d/a"), "2");
  EXPECT_EQ(known("d/b"), "3");
}

TEST_F(MetadataCacheRaceTest, AnswersAboutADirectoryThatIsGoneLose) {
  struct Case {
    std::string what;
    std::function<void()> change;
  };
  const std::vector<Case> cases = {
      {"removed", [this] { cache_.removed(at("d/sub")); }},
      {"renamed over", [this] { cache_.changed(at("d/sub"), directory()); }},
      {"forget", [this] { cache_.forget(at("d/sub")); }},
      {"its parent removed", [this] { cache_.removed(at("d")); }},
      {"forget_below", [this] { cache_.forget_below(at("d/sub")); }},
      {"forget_below its parent", [this] { cache_.forget_below(at("d")); }},
      {"forget_below the root", [this] { cache_.forget_below(at("")); }},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    cache_.begin_change(at("d/sub"));
    const Mark inside = cache_.mark(at("d/sub"));
    const Mark deep = cache_.mark(at("d/sub/deep/er"));
    c.change();
    EXPECT_FALSE(cache_.learn_listing(at("d/sub"), {{"old", file(1)}}, inside));
    EXPECT_FALSE(cache_.learn_absent(at("d/sub/x"), inside));
    EXPECT_FALSE(cache_.learn_listing(at("d/sub/deep/er"), {{"old", file(1)}}, deep));
    EXPECT_EQ(known("d/sub/x"), "?");
    EXPECT_EQ(known("d/sub/deep/er/old"), "?");
    EXPECT_TRUE(list("d/sub", {{"now", file(1)}}));
  }
}

TEST_F(MetadataCacheRaceTest, AnEvictedDirectoryStillRefusesOldAnswers) {
  MetadataCache small(4'000, kTimeToLive, clock_);
  const Mark mark = small.mark(at("d"));
  small.begin_change(at("d/a"));
  small.changed(at("d/a"), file(1));
  for (int i = 0; i < 50; ++i) {
    const auto other = at("other" + std::to_string(i));
    ASSERT_TRUE(small.learn_listing(other, {{"x", file(1)}}, small.mark(other)));
  }
  ASSERT_FALSE(small.find(at("d/a"))) << "the test needs it evicted";
  EXPECT_FALSE(small.learn(at("d/a"), file(99), mark));
  EXPECT_FALSE(small.learn_listing(at("d"), {}, mark));
  EXPECT_TRUE(small.learn(at("d/a"), file(2), small.mark(at("d"))));
}

TEST_F(MetadataCacheRaceTest, WithoutAnyRoomOldAnswersAreStillRefused) {
  MetadataCache none(0, kTimeToLive, clock_);
  const Mark mark = none.mark(at("d"));
  none.begin_change(at("d/a"));
  EXPECT_FALSE(none.learn(at("d/a"), file(1), mark));
  none.removed(at("d/a"));
  EXPECT_TRUE(none.learn(at("d/a"), file(1), none.mark(at("d"))));
  EXPECT_FALSE(none.find(at("d/a")));
  EXPECT_EQ(none.bytes(), 0U);
}

}  // namespace
}  // namespace ftpsfs::cache
