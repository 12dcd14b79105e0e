// What the kernel is told to forget: names and attributes found changed, and files when it knows too many.
#include <future>

#include "vfs/refresh_queue.h"
#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

class InvalidationsTest : public FilesystemTest {
 protected:
  InvalidationsTest() {
    server_.put_directory("d");
    server_.put("d/a", "text", 5000);
    server_.put("d/b", "text", 5000);
  }
  ~InvalidationsTest() override {
    for (const HandleId handle : handles_) fs_->release(handle, context_);
  }
  /// Somebody lists the directory after what was known of it is too old.
  void refresh() {
    clock_.advance(options_.cache_ttl);
    names(node("d"));
  }
  /// "name" for a name in the directory, "#node" for attributes.
  std::set<std::string> invalidations() {
    Context now;
    now.deadline = Deadline::after(std::chrono::milliseconds(0));
    std::set<std::string> told;
    for (const Invalidation& each : fs_->next_invalidations(now)) {
      EXPECT_TRUE(each.parent == 0 || each.parent == node("d"));
      told.insert(each.parent != 0 ? each.name : attributes_of(each.node));
    }
    return told;
  }
  static std::string attributes_of(NodeId node) { return "#" + std::to_string(node); }

  std::vector<HandleId> handles_;
};

using Told = std::set<std::string>;

TEST_F(InvalidationsTest, WhatDidNotChangeIsLeftAlone) {
  node("d/a");
  names(node("d"));
  refresh();
  EXPECT_EQ(invalidations(), Told{});
}

TEST_F(InvalidationsTest, ChangedAttributesAreTakenBackOnce) {
  const NodeId a = node("d/a");
  node("d/b");
  names(node("d"));
  server_.put("d/a", "longer than before", 6000);
  refresh();
  EXPECT_EQ(invalidations(), Told{attributes_of(a)});
  refresh();
  EXPECT_EQ(invalidations(), Told{}) << "the kernel has not asked since";
  EXPECT_EQ(stat(a).size, 18U);
  server_.put("d/a", "again", 7000);
  refresh();
  EXPECT_EQ(invalidations(), Told{attributes_of(a)});
}

TEST_F(InvalidationsTest, NamesThatVanishedOrBecameSomethingElseAreTakenBack) {
  node("d/a");
  node("d/b");
  names(node("d"));
  server_.erase("d/a");
  server_.erase("d/b");
  server_.put_directory("d/b");
  refresh();
  EXPECT_EQ(invalidations(), (Told{"a", "b"}));
}

TEST_F(InvalidationsTest, NamesTheKernelDoesNotKnowAreNoNews) {
  names(node("d"));
  server_.put("d/a", "longer than before", 6000);
  server_.erase("d/b");
  server_.put("d/new", "new");
  refresh();
  EXPECT_EQ(invalidations(), Told{});
}

TEST_F(InvalidationsTest, WhatIsNewerHereIsLeftAlone) {
  handles_.push_back(create("new", 0644, node("d")));
  handles_.push_back(open("d/a", kTruncate));
  write(handles_.back(), 0, "ours");
  server_.put("d/a", "theirs, and longer", 6000);
  refresh();
  EXPECT_EQ(invalidations(), Told{});
}

TEST_F(InvalidationsTest, AnOpenThatFindsAnotherVersionSaysSo) {
  const NodeId a = node("d/a");
  const auto outdated = [&] {
    const auto opened = fs_->open(a, kRead, kProgram, context_);
    handles_.push_back(opened->handle);
    return opened->attributes_outdated;
  };
  EXPECT_FALSE(outdated());
  server_.put("d/a", "longer than before", 6000);
  clock_.advance(options_.attr_ttl);
  EXPECT_TRUE(outdated());
  EXPECT_FALSE(outdated()) << "the kernel knows nothing now";
}

TEST_F(InvalidationsTest, FilesAreGivenBackWhenTheKernelKnowsTooMany) {
  for (int i = 0; i < 100; ++i) server_.put("d/" + std::to_string(i), "text");
  options_.memory_bytes = 50 * 192 * 4;
  mount();
  handles_.push_back(open("d/0", kRead));
  names(node("d"));
  std::map<std::string, NodeId> known;
  for (int i = 0; i < 100; ++i) known[std::to_string(i)] = node("d/" + std::to_string(i));
  const Told first = invalidations();
  EXPECT_TRUE(first.contains("1"));
  EXPECT_FALSE(first.contains("0")) << "it is open";
  for (const std::string& name : first) fs_->forget(known[name], 1'000'000);
  EXPECT_EQ(invalidations(), Told{}) << "there is room again";
}

TEST_F(InvalidationsTest, TheWaitEndsWithNewsAndByCancellation) {
  Context context;
  context.cancellation = std::make_shared<Cancellation>();
  auto waiting = std::async(std::launch::async, [&] { return fs_->next_invalidations(context); });
  const NodeId a = node("d/a");
  names(node("d"));
  server_.put("d/a", "longer than before", 6000);
  refresh();
  ASSERT_EQ(waiting.get().size(), 1U);
  auto in_vain = std::async(std::launch::async, [&] { return fs_->next_invalidations(context); });
  context.cancellation->cancel();
  EXPECT_TRUE(in_vain.get().empty());
  EXPECT_NE(a, 0U);
}

TEST(RefreshQueue, ForgetsTheOldestWhenThereAreTooMany) {
  RefreshQueue queue;
  for (NodeId node = 1; node <= 100; ++node) queue.add({node, nullptr});
  const auto all = queue.take();
  ASSERT_EQ(all.size(), 64U);
  EXPECT_EQ(all.back().directory, 100U);
  EXPECT_TRUE(queue.take().empty());
}

}  // namespace
}  // namespace ftpsfs::vfs
