#include "vfs/node_table.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <string>

namespace ftpsfs::vfs {
namespace {

using remote::FileType;

class NodeTableTest : public testing::Test {
 protected:
  NodeId file(std::string_view name, NodeId parent = kRootNode) {
    return nodes_.look_up(parent, name, FileType::kFile);
  }
  NodeId directory(std::string_view name, NodeId parent = kRootNode) {
    return nodes_.look_up(parent, name, FileType::kDirectory);
  }
  /// "-" when it has no name any more.
  std::string path(NodeId node) {
    const auto found = nodes_.path(node);
    return found ? found->text() : "-";
  }

  NodeTable nodes_;
};

TEST_F(NodeTableTest, RootIsAlwaysThere) {
  nodes_.forget(kRootNode, 1000);
  EXPECT_EQ(path(kRootNode), "");
  EXPECT_EQ(nodes_.inode(kRootNode), kRootNode);
}

TEST_F(NodeTableTest, OneNameIsOneNodeUntilEveryLookupIsGivenBack) {
  const NodeId first = file("a");
  EXPECT_EQ(file("a"), first);
  EXPECT_EQ(file("a"), first);
  nodes_.forget(first, 2);
  EXPECT_EQ(nodes_.find(kRootNode, "a"), first);
  nodes_.forget(first, 1);
  EXPECT_FALSE(nodes_.find(kRootNode, "a"));
  EXPECT_EQ(nodes_.size(), 1U);
  EXPECT_NE(file("a"), first) << "node numbers are never used again";
}

TEST_F(NodeTableTest, ForgettingTooOftenHarmsNobody) {
  const NodeId node = file("a");
  nodes_.forget(node, 17);
  nodes_.forget(node, 1);
  nodes_.forget(999, 1);
  EXPECT_EQ(nodes_.size(), 1U);
}

TEST_F(NodeTableTest, PinKeepsANodeTheKernelForgot) {
  const NodeId node = file("a");
  nodes_.pin(node);
  nodes_.forget(node, 1);
  EXPECT_EQ(path(node), "a");
  nodes_.forget(node, 1);
  EXPECT_EQ(path(node), "-");
}

TEST_F(NodeTableTest, ADirectoryForgottenFirstLivesAsLongAsItsChildren) {
  const NodeId outer = directory("outer");
  const NodeId inner = directory("inner", outer);
  const NodeId leaf = file("leaf", inner);
  nodes_.forget(outer, 1);
  nodes_.forget(inner, 1);
  EXPECT_EQ(path(leaf), "outer/inner/leaf");
  nodes_.forget(leaf, 1);
  EXPECT_EQ(nodes_.size(), 1U);
}

TEST_F(NodeTableTest, ChildrenForgottenFirst) {
  const NodeId outer = directory("outer");
  const NodeId leaf = file("leaf", outer);
  nodes_.forget(leaf, 1);
  EXPECT_EQ(path(outer), "outer");
  nodes_.forget(outer, 1);
  EXPECT_EQ(nodes_.size(), 1U);
}

TEST_F(NodeTableTest, DetachedNodeKeepsItsNumberButHasNoPath) {
  const NodeId old = file("a");
  const std::uint64_t inode = nodes_.inode(old);
  nodes_.detach(kRootNode, "a");
  EXPECT_EQ(path(old), "-");
  EXPECT_FALSE(nodes_.parent(old));
  EXPECT_EQ(nodes_.inode(old), inode);
  const NodeId next = file("a");
  EXPECT_NE(next, old);
  nodes_.forget(old, 1);
  EXPECT_EQ(path(next), "a") << "forgetting the old node must not take the name from the new one";
}

TEST_F(NodeTableTest, BelowADetachedDirectoryNothingHasAPath) {
  const NodeId outer = directory("outer");
  const NodeId leaf = file("leaf", outer);
  nodes_.detach(kRootNode, "outer");
  EXPECT_EQ(path(leaf), "-");
  nodes_.forget(outer, 1);
  nodes_.forget(leaf, 1);
  EXPECT_EQ(nodes_.size(), 1U);
}

TEST_F(NodeTableTest, MovingADirectoryMovesWhatIsInIt) {
  const NodeId from = directory("from");
  const NodeId to = directory("to");
  const NodeId moved = directory("moved", from);
  const NodeId leaf = file("leaf", moved);
  const std::uint64_t inode = nodes_.inode(leaf);
  nodes_.move(from, "moved", to, "renamed");
  EXPECT_EQ(path(leaf), "to/renamed/leaf");
  EXPECT_EQ(nodes_.find(to, "renamed"), moved);
  EXPECT_FALSE(nodes_.find(from, "moved"));
  EXPECT_EQ(nodes_.inode(leaf), inode) << "st_ino is fixed while the node lives";
}

TEST_F(NodeTableTest, MoveOntoAnExistingNameDetachesItsNode) {
  const NodeId mover = file("a");
  const NodeId replaced = file("b");
  nodes_.move(kRootNode, "a", kRootNode, "b");
  EXPECT_EQ(path(mover), "b");
  EXPECT_EQ(path(replaced), "-");
  nodes_.forget(replaced, 1);
  EXPECT_EQ(nodes_.find(kRootNode, "b"), mover);
}

TEST_F(NodeTableTest, MoveOfAnUnknownNameStillDetachesWhatItReplaced) {
  const NodeId replaced = file("b");
  nodes_.move(kRootNode, "never looked up", kRootNode, "b");
  EXPECT_EQ(path(replaced), "-");
}

TEST_F(NodeTableTest, MoveOntoItselfChangesNothing) {
  const NodeId node = file("a");
  nodes_.move(kRootNode, "a", kRootNode, "a");
  EXPECT_EQ(path(node), "a");
}

TEST_F(NodeTableTest, AnotherTypeIsAnotherNode) {
  const NodeId as_file = file("a");
  const NodeId as_directory = directory("a");
  EXPECT_NE(as_directory, as_file);
  EXPECT_EQ(path(as_file), "-");
  EXPECT_EQ(path(as_directory), "a");
}

TEST_F(NodeTableTest, InodesAreTheSameInAnotherMount) {
  NodeTable other;
  const NodeId mine = file("leaf", directory("outer"));
  const NodeId theirs = other.look_up(other.look_up(kRootNode, "outer", FileType::kDirectory), "leaf", FileType::kFile);
  other.look_up(kRootNode, "something else", FileType::kFile);
  EXPECT_EQ(nodes_.inode(mine), other.inode(theirs));
  EXPECT_NE(nodes_.inode(mine), nodes_.inode(file("leaf")));
}

TEST_F(NodeTableTest, ListedInodeIsTheOneLookupGives) {
  const remote::RemotePath root;
  const std::uint64_t listed = nodes_.inode(root, kRootNode, "a");
  const NodeId node = file("a");
  EXPECT_EQ(nodes_.inode(node), listed);
  nodes_.move(kRootNode, "a", kRootNode, "b");
  EXPECT_EQ(nodes_.inode(root, kRootNode, "b"), listed) << "the node's own number, not the new name's";
}

TEST_F(NodeTableTest, ContentTagLivesWithItsNode) {
  const NodeId node = file("a");
  EXPECT_FALSE(nodes_.content(node));
  nodes_.set_content(node, {{10, 20, "u"}, 7});
  nodes_.move(kRootNode, "a", kRootNode, "b");
  ASSERT_TRUE(nodes_.content(node));
  EXPECT_EQ(nodes_.content(node)->content, 7U);
  nodes_.forget(node, 1);
  EXPECT_FALSE(nodes_.content(file("b")));
}

TEST_F(NodeTableTest, ANodeCostsLittle) {
  constexpr int kMany = 50'000;
  const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
  for (int i = 0; i < kMany; ++i) file("IMG_20240131_" + std::to_string(1'000'000 + i));
  const std::size_t cost = mallinfo2().uordblks + mallinfo2().hblkhd - before;
  if (before == 0) GTEST_SKIP() << "the allocator is not glibc's";
  EXPECT_LE(cost, kMany * 192U);
}

}  // namespace
}  // namespace ftpsfs::vfs
