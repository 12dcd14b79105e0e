// Files that are removed, renamed or replaced while they are open.
#include <algorithm>
#include <future>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

class OpenNamesTest : public FilesystemTest {
 protected:
  static constexpr std::size_t kSize = 700'000;

  OpenNamesTest() : old_(pattern(kSize)), other_(pattern(kSize, 5)) {
    server_.put("a", old_);
    server_.put("b", other_);
  }
  std::string read_all(HandleId handle) { return read(handle, 0, kSize); }

  const std::string old_;
  const std::string other_;
};

TEST_F(OpenNamesTest, ARemovedFileIsReadToItsEnd) {
  const HandleId handle = open("a", kRead);
  const NodeId node_a = node("a");
  EXPECT_EQ(read(handle, 0, 10), old_.substr(0, 10));
  EXPECT_EQ(remove("a"), "ok");
  EXPECT_EQ(outcome(find("a")), "not found");
  EXPECT_EQ(names(), (std::set<std::string>{"b"}));
  EXPECT_EQ(stat(node_a).links, 0U);
  EXPECT_EQ(stat(node_a).size, kSize);
  EXPECT_TRUE(read_all(handle) == old_);
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(server_.tree().size(), 1U) << "its content goes with the last handle";
}

TEST_F(OpenNamesTest, ARemovedFileIsWrittenToNobodysHarm) {
  const HandleId handle = open("a", kReadWrite);
  write(handle, 0, "changed");
  EXPECT_EQ(remove("a"), "ok");
  write(handle, 7, "again");
  EXPECT_EQ(read(handle, 0, 15), "changedagain" + old_.substr(12, 3));
  EXPECT_EQ(change(node("b"), to_mtime(1)), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(server_.tree().size(), 1U);
  EXPECT_TRUE(staging_.contents().empty()) << "what was removed is not rescued";
}

TEST_F(OpenNamesTest, ARefusedHiddenNameMakesTheFileFetchedWhole) {
  const HandleId handle = open("a", kRead);
  server_.fail_next(Verb::kRename, ErrorKind::kPermission);
  EXPECT_EQ(remove("a"), "ok");
  EXPECT_EQ(server_.tree().size(), 1U);
  EXPECT_TRUE(read_all(handle) == old_);
  EXPECT_EQ(close(handle), "ok");
}

TEST_F(OpenNamesTest, ARefusedRemoveLeavesTheFileAsItWas) {
  const HandleId handle = open("a", kRead);
  server_.fail_next(Verb::kRename, ErrorKind::kPermission);
  server_.fail_next(Verb::kRemove, ErrorKind::kPermission);
  EXPECT_EQ(remove("a"), "permission denied");
  EXPECT_TRUE(read_all(handle) == old_);
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(read_file("a").substr(0, kSize) == old_);
}

TEST_F(OpenNamesTest, ANewFileRemovedBeforeItsCommitNeverGetsThere) {
  const HandleId handle = create("new");
  write(handle, 0, "secret");
  EXPECT_EQ(remove("new"), "ok");
  EXPECT_EQ(read(handle), "secret");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_FALSE(on_server("new"));
  EXPECT_EQ(server_.count(Verb::kOpenWriter), 0);
  EXPECT_EQ(server_.count(Verb::kRemove), 0);
}

TEST_F(OpenNamesTest, RemoveWhileItsCommitIsUnderWayIsNoError) {
  const HandleId handle = create("new");
  write(handle, 0, "x");
  const auto gate = server_.hold_next(Verb::kRemove);
  close(handle);
  const HandleId again = open("new", kTruncate);
  write(again, 0, "y");
  fs_->release(open("new", kRead), context_);
  server_.fail_next(Verb::kRename, ErrorKind::kPermission);  // not to be set aside
  auto removed = std::async(std::launch::async, [&] { return remove("new"); });
  ASSERT_TRUE(gate->wait_reached());
  auto flushed = std::async(std::launch::async, [&] { return flush(again); });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  gate->release();
  EXPECT_EQ(removed.get(), "ok");
  EXPECT_EQ(flushed.get(), "ok");
  fs_->release(again, context_);
  EXPECT_FALSE(on_server("new"));
  EXPECT_TRUE(staging_.contents().empty());
}

TEST_F(OpenNamesTest, AnUploadUnderWayGivesWayToTheRemovalOfItsFile) {
  const HandleId handle = create("new");
  write(handle, 0, old_);
  const auto gate = server_.hold_next(Verb::kWrite);
  auto flushed = std::async(std::launch::async, [&] { return flush(handle); });
  ASSERT_TRUE(gate->wait_reached());
  auto removed = std::async(std::launch::async, [&] { return remove("new"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  gate->release();
  EXPECT_EQ(removed.get(), "ok");
  EXPECT_EQ(flushed.get(), "ok");
  fs_->release(handle, context_);
  EXPECT_EQ(server_.count(Verb::kPublish), 0) << "it was not sent to its end first";
  EXPECT_EQ(server_.tree().size(), 2U) << "what was sent is removed";
  EXPECT_TRUE(staging_.contents().empty());
}

TEST_F(OpenNamesTest, AnUploadThatGaveWayInVainBeginsAnew) {
  const HandleId handle = open("a", kTruncate);
  write(handle, 0, other_);
  const auto gate = server_.hold_next(Verb::kWrite);
  auto flushed = std::async(std::launch::async, [&] { return flush(handle); });
  ASSERT_TRUE(gate->wait_reached());
  server_.fail_next(Verb::kRemove, ErrorKind::kPermission, 2);  // of what was sent, and of the file
  auto removed = std::async(std::launch::async, [&] { return remove("a"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  gate->release();
  EXPECT_EQ(removed.get(), "permission denied");
  EXPECT_EQ(flushed.get(), "ok");
  fs_->release(handle, context_);
  EXPECT_TRUE(server_.content("a") == other_);
}

TEST_F(OpenNamesTest, ANewFileRenamedBeforeItsCommitLandsUnderItsNewName) {
  const HandleId handle = create("tmp");
  write(handle, 0, "text");
  EXPECT_EQ(rename("tmp", "final"), "ok");
  EXPECT_EQ(names(), (std::set<std::string>{"a", "b", "final"}));
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(on_server("final"), "text");
  EXPECT_FALSE(on_server("tmp"));
}

TEST_F(OpenNamesTest, ANewFileRenamedOverAnotherReplacesIt) {
  const HandleId handle = create("tmp");
  write(handle, 0, "text");
  EXPECT_EQ(rename("tmp", "a"), "ok");
  EXPECT_TRUE(on_server("a") == old_) << "until the commit";
  EXPECT_EQ(stat(node("a")).size, 4U);
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(on_server("a"), "text");
  EXPECT_EQ(names(), (std::set<std::string>{"a", "b"}));
}

TEST_F(OpenNamesTest, WhatANewFileReplacedDoesNotComeBackWhenItIsRemoved) {
  const HandleId handle = create("tmp");
  write(handle, 0, "text");
  EXPECT_EQ(rename("tmp", "a"), "ok");
  EXPECT_EQ(remove("a"), "ok");
  EXPECT_EQ(outcome(find("a")), "not found");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(names(), (std::set<std::string>{"b"}));
  EXPECT_FALSE(on_server("a"));
}

TEST_F(OpenNamesTest, WhatANewFileReplacedDoesNotComeBackWhenItMovesOn) {
  const HandleId handle = create("tmp");
  write(handle, 0, "text");
  EXPECT_EQ(rename("tmp", "a"), "ok");
  EXPECT_EQ(rename("a", "c"), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(names(), (std::set<std::string>{"b", "c"}));
  EXPECT_FALSE(on_server("a"));
  EXPECT_EQ(on_server("c"), "text");
}

TEST_F(OpenNamesTest, ANewFileRenamedToAFreeNameStaysFreeOfStrangers) {
  const HandleId handle = create("tmp");
  write(handle, 0, "text");
  EXPECT_EQ(rename("tmp", "final", RenameMode::kNoReplace), "ok");
  server_.put("final", "a stranger's");
  EXPECT_EQ(close(handle), "conflict");
  EXPECT_EQ(on_server("final"), "a stranger's");
}

TEST_F(OpenNamesTest, NoReplaceSeesFilesThatAreOnlyHere) {
  const HandleId handle = create("new");
  EXPECT_EQ(rename("a", "new", RenameMode::kNoReplace), "exists");
  EXPECT_EQ(rename("a", "b", RenameMode::kNoReplace), "exists");
  EXPECT_EQ(rename("a", "free", RenameMode::kNoReplace), "ok");
  close(handle);
}

TEST_F(OpenNamesTest, ARenamedDirtyFileIsCommittedUnderItsNewName) {
  const HandleId handle = open("a", kReadWrite);
  write(handle, 0, "NEW");
  EXPECT_EQ(rename("a", "c"), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(on_server("c") == "NEW" + old_.substr(3));
  EXPECT_FALSE(on_server("a"));
}

TEST_F(OpenNamesTest, ARenamedFileIsReadOn) {
  server_.takes_parked_back = true;
  const HandleId handle = open("a", kRead);
  EXPECT_EQ(read(handle, 0, 10), old_.substr(0, 10));
  EXPECT_EQ(rename("a", "c"), "ok");
  EXPECT_TRUE(read_all(handle) == old_);
  close(handle);
}

TEST_F(OpenNamesTest, FilesInARenamedDirectoryGoOn) {
  server_.put_directory("d");
  server_.put("d/old", old_);
  const HandleId reader = open("d/old", kRead);
  const HandleId writer = create("new", 0644, node("d"));
  write(writer, 0, "text");
  EXPECT_EQ(rename("d", "e"), "ok");
  EXPECT_TRUE(read_all(reader) == old_);
  EXPECT_EQ(close(writer), "ok");
  close(reader);
  EXPECT_EQ(on_server("e/new"), "text");
  EXPECT_FALSE(on_server("d"));
}

TEST_F(OpenNamesTest, AReplacedFileIsReadToItsEnd) {
  const HandleId replaced = open("b", kRead);
  const HandleId mover = open("a", kRead);
  EXPECT_EQ(rename("a", "b"), "ok");
  EXPECT_TRUE(read_all(replaced) == other_);
  EXPECT_TRUE(read_all(mover) == old_);
  close(replaced);
  close(mover);
  EXPECT_EQ(server_.tree().size(), 1U);
  EXPECT_TRUE(on_server("b") == old_);
}

TEST_F(OpenNamesTest, ARefusedRenameBringsTheReplacedFileBack) {
  const HandleId replaced = open("b", kRead);
  EXPECT_EQ(read(replaced, 0, 10), other_.substr(0, 10));
  server_.erase("a");  // the rename will fail after b was set aside
  EXPECT_EQ(rename("a", "b"), "not found");
  EXPECT_TRUE(on_server("b") == other_);
  EXPECT_TRUE(read_all(replaced) == other_);
  close(replaced);
  EXPECT_TRUE(on_server("b") == other_) << "and the last close does not remove it";
}

TEST_F(OpenNamesTest, AReplacedFileThatCannotComeBackIsNotRemoved) {
  const HandleId replaced = open("b", kRead);
  node("a");
  const auto gate = server_.hold_next(Verb::kRename, When::kAnswered);
  auto renamed = std::async(std::launch::async, [&] { return rename("a", "b"); });
  ASSERT_TRUE(gate->wait_reached());
  server_.fail_next(Verb::kRename, ErrorKind::kConnectionLost, 2);  // the rename, and the way back
  gate->release();
  EXPECT_EQ(renamed.get(), "connection lost");
  close(replaced);
  const auto tree = server_.tree();
  EXPECT_TRUE(std::any_of(tree.begin(), tree.end(), [&](const auto& each) { return each.second == other_; }));
}

TEST_F(OpenNamesTest, ADirectoryWithANewFileIsNotEmpty) {
  server_.put_directory("d");
  server_.put_directory("e");
  const HandleId handle = create("new", 0644, node("d"));
  write(handle, 0, "text");
  EXPECT_EQ(outcome(fs_->remove_directory(kRootNode, "d", context_)), "directory not empty");
  node("e");
  EXPECT_EQ(rename("e", "d"), "directory not empty");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(on_server("d/new"), "text");
}

TEST_F(OpenNamesTest, ARenameWaitsForTheCommitOfTheFile) {
  const HandleId handle = open("a", kTruncate);
  write(handle, 0, "text");
  const auto gate = server_.hold_next(Verb::kPublish);
  auto flushed = std::async(std::launch::async, [&] { return flush(handle); });
  ASSERT_TRUE(gate->wait_reached());
  auto renamed = std::async(std::launch::async, [&] { return rename("a", "c"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_EQ(server_.count(Verb::kRename), 0);
  gate->release();
  EXPECT_EQ(flushed.get(), "ok");
  EXPECT_EQ(renamed.get(), "ok");
  fs_->release(handle, context_);
  EXPECT_EQ(on_server("c"), "text");
  EXPECT_FALSE(on_server("a"));
}

TEST_F(OpenNamesTest, ALastCloseDuringARenameCommitsUnderTheNewName) {
  const HandleId handle = open("a", kTruncate);
  write(handle, 0, "text");
  const auto gate = server_.hold_next(Verb::kRename);
  auto renamed = std::async(std::launch::async, [&] { return rename("a", "c"); });
  ASSERT_TRUE(gate->wait_reached());
  auto released = std::async(std::launch::async, [&] { fs_->release(handle, context_); });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  gate->release();
  EXPECT_EQ(renamed.get(), "ok");
  released.get();
  EXPECT_EQ(on_server("c"), "text");
  EXPECT_FALSE(on_server("a"));
}

TEST_F(OpenNamesTest, AReadersCloseDoesNotCommitWhatWasRescued) {
  const HandleId reader = open("a", kRead);
  const HandleId writer = open("a", kTruncate);
  write(writer, 0, "text");
  server_.fail_next(Verb::kPublish, ErrorKind::kQuota);
  fs_->release(writer, context_);
  EXPECT_EQ(staging_.contents(), (std::multiset<std::string>{"text"}));
  close(reader);
  EXPECT_EQ(server_.count(Verb::kPublish), 1);
  EXPECT_EQ(staging_.contents().size(), 1U);
}

TEST_F(OpenNamesTest, ADirectoryDoesNotMoveIntoItself) {
  ASSERT_TRUE(fs_->make_directory(kRootNode, "d", 0755, context_));
  EXPECT_EQ(outcome(fs_->rename(kRootNode, "d", node("d"), "e", RenameMode::kReplace, context_)), "invalid");
}

TEST_F(OpenNamesTest, WhileADirectoryMadeHereIsFilledNobodyIsAskedForItsNames) {
  const auto made = fs_->make_directory(kRootNode, "new", 0755, context_);
  ASSERT_TRUE(made);
  const auto first = fs_->create(made->node, "first", 0644, kReadWrite, kProgram, context_);
  ASSERT_TRUE(first);
  EXPECT_EQ(close(first->opened.handle), "ok");
  const int asked = server_.count(Verb::kStat) + server_.count(Verb::kList);
  EXPECT_EQ(outcome(fs_->look_up(made->node, "file", context_)), "not found");
  OpenMode exclusive = kReadWrite;
  exclusive.exclusive = true;
  const auto created = fs_->create(made->node, "file", 0644, exclusive, kProgram, context_);
  ASSERT_TRUE(created);
  EXPECT_EQ(server_.count(Verb::kStat) + server_.count(Verb::kList), asked);
  server_.put("new/file", "of another");
  EXPECT_EQ(write(created->opened.handle, 0, "ours"), "ok");
  EXPECT_EQ(close(created->opened.handle), "conflict");
  EXPECT_EQ(on_server("new/file"), "of another");
}

TEST_F(OpenNamesTest, WhatWePutIntoADirectoryMadeHereIsThereThoughMemoryForgetsIt) {
  const auto made = fs_->make_directory(kRootNode, "new", 0755, context_);
  ASSERT_TRUE(made);
  const auto inner = fs_->make_directory(made->node, "inner", 0755, context_);
  ASSERT_TRUE(inner);
  const auto first = fs_->create(made->node, "first", 0644, kReadWrite, kProgram, context_);
  ASSERT_TRUE(first);
  EXPECT_EQ(close(first->opened.handle), "ok");
  const auto deep = fs_->create(inner->node, "deep", 0644, kReadWrite, kProgram, context_);
  ASSERT_TRUE(deep);
  EXPECT_EQ(close(deep->opened.handle), "ok");  // the time of "inner" is not known any more
  EXPECT_EQ(outcome(fs_->look_up(made->node, "inner", context_)), "ok");
  EXPECT_EQ(outcome(fs_->rename(made->node, "first", made->node, "second", RenameMode::kReplace, context_)), "ok");
  EXPECT_EQ(outcome(fs_->look_up(made->node, "second", context_)), "ok");
}

TEST_F(OpenNamesTest, WhatOthersPutIntoADirectoryMadeHereIsSeen) {
  const auto made = fs_->make_directory(kRootNode, "new", 0755, context_);
  ASSERT_TRUE(made);
  server_.put("new/early", "of another");
  EXPECT_EQ(outcome(fs_->look_up(made->node, "early", context_)), "ok");
  const auto first = fs_->create(made->node, "first", 0644, kReadWrite, kProgram, context_);
  ASSERT_TRUE(first);
  EXPECT_EQ(close(first->opened.handle), "ok");
  EXPECT_EQ(outcome(fs_->look_up(made->node, "early", context_)), "ok");
  server_.put("new/late", "of another");
  clock_.advance(options_.attr_ttl);
  EXPECT_EQ(outcome(fs_->look_up(made->node, "late", context_)), "ok");
}

}  // namespace
}  // namespace ftpsfs::vfs
