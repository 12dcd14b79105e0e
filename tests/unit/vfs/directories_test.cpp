// Directories as readdir(3) sees them: what is offered with their names.
#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

class DirectoriesTest : public FilesystemTest {
 protected:
  DirectoriesTest() {
    server_.put_directory("d");
    for (int i = 0; i < kFiles; ++i) server_.put("d/" + std::to_string(i), "text");
  }
  static constexpr int kFiles = 100;
};

TEST_F(DirectoriesTest, NamesAreOfferedWithTheirAttributesUpToABoundOfNodes) {
  options_.memory_bytes = 50 * 192 * 8;
  mount();
  const NodeId directory = node("d");
  names(directory);
  std::vector<std::string> plain;
  std::vector<NodeId> offered;
  for (int i = 0; i < kFiles; ++i) {
    const auto entry = fs_->try_offer(directory, std::to_string(i));
    if (entry) offered.push_back(entry->node);
    if (!entry) plain.push_back(std::to_string(i));
  }
  EXPECT_EQ(offered.size(), 48U) << "with the root and the directory";
  ASSERT_EQ(plain.size(), 52U);
  EXPECT_TRUE(fs_->try_offer(directory, "0")) << "known to the kernel already";
  EXPECT_TRUE(fs_->try_look_up(directory, plain.front())) << "asked for";
  EXPECT_FALSE(fs_->try_offer(directory, plain.back()));
  for (const NodeId each : offered) fs_->forget(each, 1);
  EXPECT_TRUE(fs_->try_offer(directory, plain.back())) << "there is room again";
}

TEST_F(DirectoriesTest, WhatMemoryCannotTellIsNotOffered) {
  const NodeId directory = node("d");
  EXPECT_FALSE(fs_->try_offer(directory, "0"));
  names(directory);
  EXPECT_TRUE(fs_->try_offer(directory, "0"));
  EXPECT_FALSE(fs_->try_offer(directory, "none"));
}

}  // namespace
}  // namespace ftpsfs::vfs
