// Directories as readdir(3) sees them: large ones while they come in, and what is offered with their names.
#include <future>
#include <utility>

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
  options_.memory_bytes = 50 * 192 * 4;
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

/// A directory of 3,000 files, which the server tells in parts of 100; the test holds it back after 1,500.
class LargeDirectoryTest : public FilesystemTest {
 protected:
  static constexpr std::size_t kFiles = 3000;
  static constexpr std::size_t kPart = 100;
  static constexpr std::size_t kTold = 1500;

  LargeDirectoryTest() {
    server_.put_directory("large");
    for (std::size_t i = 0; i < kFiles; ++i) server_.put("large/" + std::to_string(10'000 + i), "text");
    server_.list_part = kPart;
  }
  ~LargeDirectoryTest() override {
    if (gate_) gate_->release();
    if (handle_ != 0) fs_->release_directory(handle_);
  }

  /// Reads what the server has told when it is held back.
  std::vector<DirectoryEntry> read_beginning() {
    handle_ = fs_->open_directory(node("large"), context_).value();
    for (std::size_t part = 1; part < kTold / kPart; ++part) server_.hold_next(Verb::kListPart)->release();
    gate_ = server_.hold_next(Verb::kListPart);
    std::vector<DirectoryEntry> all;
    while (all.size() < kTold) {
      const auto part = fs_->read_directory(handle_, all.size(), 64, context_);
      EXPECT_EQ(outcome(part), "ok");
      if (!part || part->empty()) break;
      all.insert(all.end(), part->begin(), part->end());
    }
    return all;
  }

  std::shared_ptr<test::Gate> gate_;
  HandleId handle_ = 0;
};

TEST_F(LargeDirectoryTest, ItsEntriesAreToldWhileItComesIn) {
  const auto beginning = read_beginning();
  EXPECT_EQ(beginning.size(), kTold);
  EXPECT_FALSE(fs_->try_read_directory(handle_, kTold, 64)) << "there may be more";
  gate_->release();
  const auto all = read_all(handle_).value();
  ASSERT_EQ(all.size(), kFiles);
  for (std::size_t i = 0; i < kTold; ++i) EXPECT_EQ(all[i].name, beginning[i].name) << "numbers keep their meaning";
  EXPECT_EQ(server_.count(Verb::kList), 1);
  EXPECT_EQ(names(node("large")).size(), kFiles);
  EXPECT_EQ(server_.count(Verb::kList), 1) << "and then it is known";
}

TEST_F(LargeDirectoryTest, WhatWasToldHasAttributesWithoutAskingAgain) {
  const NodeId directory = node("large");
  const int asked = server_.count(Verb::kStat);
  read_beginning();
  const auto known = fs_->try_look_up(directory, "10000");
  ASSERT_TRUE(known);
  EXPECT_EQ((*known)->size, 4U);
  EXPECT_FALSE(fs_->try_look_up(directory, "12999")) << "not told yet";
  EXPECT_FALSE(fs_->try_look_up(directory, "none")) << "nobody can tell yet";
  EXPECT_EQ(server_.count(Verb::kStat), asked);
}

TEST_F(LargeDirectoryTest, AFailureMidwayIsAnErrorAndNeverAnEnd) {
  for (const ErrorKind kind : {ErrorKind::kConnectionLost, ErrorKind::kNotFound}) {
    mount();
    server_.list_part = kTold;
    const auto gate = server_.hold_next(Verb::kListPart);
    server_.fail_next(Verb::kListPart, kind, 1, When::kAnswered);
    const HandleId handle = fs_->open_directory(node("large"), context_).value();
    EXPECT_EQ(outcome(fs_->read_directory(handle, 0, 64, context_)), "ok");
    gate->release();
    const std::string expected = kind == ErrorKind::kNotFound ? "input/output error" : "connection lost";
    EXPECT_EQ(outcome(fs_->read_directory(handle, kTold, 64, context_)), expected) << "readdir takes ENOENT for an end";
    EXPECT_EQ(outcome(fs_->read_directory(handle, kTold, 64, context_)), expected) << "and so it stays";
    fs_->rewind_directory(handle);
    EXPECT_EQ(read_all(handle).value().size(), kFiles) << "asked anew";
    fs_->release_directory(handle);
  }
}

TEST_F(LargeDirectoryTest, WhoeverReadsAfterAChangeOfOursDoesNotJoin) {
  read_beginning();
  const HandleId file = create("zzz", 0644, node("large"));
  EXPECT_EQ(close(file), "ok");
  auto listed = std::async(std::launch::async, [&] { return names(node("large")); });
  EXPECT_EQ(server_.count(Verb::kList), 1) << "the one under way is let in first";
  gate_->release();
  const auto after = listed.get();
  EXPECT_EQ(after.size(), kFiles + 1);
  EXPECT_TRUE(after.contains("zzz"));
  EXPECT_EQ(server_.count(Verb::kList), 2);
}

TEST_F(LargeDirectoryTest, WhatIsOnlyHereComesLast) {
  const HandleId file = create("new", 0644, node("large"));
  read_beginning();
  gate_->release();
  const auto all = read_all(handle_, 1000).value();
  ASSERT_EQ(all.size(), kFiles + 1);
  EXPECT_EQ(all.back().name, "new");
  EXPECT_EQ(close(file), "ok");
}

TEST_F(LargeDirectoryTest, ASlowReaderHoldsNobodyUp) {
  handle_ = fs_->open_directory(node("large"), context_).value();
  ASSERT_EQ(outcome(fs_->read_directory(handle_, 0, 64, context_)), "ok");
  EXPECT_EQ(names(node("large")).size(), kFiles) << "fetched although the first one does not read on";
  EXPECT_EQ(server_.count(Verb::kList), 1);
}

TEST_F(LargeDirectoryTest, AReaderThatWaitsCanBeInterrupted) {
  read_beginning();
  Context impatient;
  impatient.cancellation = std::make_shared<Cancellation>();
  impatient.cancellation->cancel();
  EXPECT_EQ(outcome(fs_->read_directory(handle_, kTold, 64, impatient)), "interrupted");
  gate_->release();
  EXPECT_EQ(read_all(handle_).value().size(), kFiles);
}

TEST_F(LargeDirectoryTest, OneTooLargeForTheCacheAnswersForItsNamesWhileItIsOpen) {
  options_.memory_bytes = 64 * 1024;
  mount();
  const NodeId directory = node("large");
  handle_ = fs_->open_directory(directory, context_).value();
  EXPECT_EQ(read_all(handle_).value().size(), kFiles);
  const int asked = server_.count(Verb::kStat);
  EXPECT_TRUE(fs_->try_look_up(directory, "12999"));
  EXPECT_EQ(outcome(fs_->try_look_up(directory, "none").value()), "not found");
  EXPECT_EQ(outcome(fs_->look_up(directory, "11111", context_)), "ok");
  EXPECT_EQ(server_.count(Verb::kStat), asked);
  clock_.advance(options_.cache_ttl);
  EXPECT_FALSE(fs_->try_look_up(directory, "12999")) << "too old";
  fs_->release_directory(std::exchange(handle_, 0));
  EXPECT_FALSE(fs_->try_look_up(directory, "10000"));
}

}  // namespace
}  // namespace ftpsfs::vfs
