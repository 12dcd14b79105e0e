// Files that only became longer.
#include <algorithm>
#include <future>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

class AppendTest : public FilesystemTest {
 protected:
  AppendTest() : content_(pattern(200'000)) { server_.put("log", content_); }

  HandleId append(std::string_view text) {
    const HandleId handle = open("log", kAppend);
    EXPECT_EQ(write(handle, 0, text), "ok");
    return handle;
  }

  std::string content_;
};

TEST_F(AppendTest, TheNewEndAloneIsSent) {
  const HandleId handle = append("one line\n");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(on_server("log") == content_ + "one line\n");
  EXPECT_EQ(server_.bytes_read, 0U);
  EXPECT_EQ(server_.bytes_written, 9U);
  EXPECT_EQ(stat(node("log")).size, content_.size() + 9);
  EXPECT_TRUE(read_file("log") == content_ + "one line\n");
}

TEST_F(AppendTest, SoItIsAfterEachFsync) {
  const HandleId handle = append("");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(write(handle, 0, "line\n"), "ok");
    EXPECT_EQ(outcome(fs_->sync(handle, context_)), "ok");
    content_ += "line\n";
    EXPECT_TRUE(on_server("log") == content_);
  }
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(server_.bytes_written, 25U);
}

TEST_F(AppendTest, TheOldPartCanBeReadAfterwards) {
  const HandleId handle = open("log", kReadWrite);
  EXPECT_EQ(write(handle, content_.size(), "end"), "ok");
  EXPECT_EQ(outcome(fs_->sync(handle, context_)), "ok");
  EXPECT_TRUE(read(handle) == content_ + "end");
  EXPECT_EQ(write(handle, 3, "XYZ"), "ok");
  EXPECT_EQ(close(handle), "ok");
  content_.replace(3, 3, "XYZ");
  EXPECT_TRUE(on_server("log") == content_ + "end");
}

TEST_F(AppendTest, ASmallFileIsSentAnew) {
  server_.put("small", "old ");
  const HandleId handle = open("small", kAppend);
  EXPECT_EQ(write(handle, 0, "new"), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(on_server("small"), "old new");
  EXPECT_EQ(server_.count(Verb::kPublish), 1);
}

TEST_F(AppendTest, WhereAppendsAreRewritesAllIsSent) {
  options_.append_rewrites = true;
  mount();
  EXPECT_EQ(close(append("x")), "ok");
  EXPECT_TRUE(on_server("log") == content_ + "x");
  EXPECT_EQ(server_.bytes_written, content_.size() + 1);
}

TEST_F(AppendTest, AStrangersNewContentIsNotAppendedTo) {
  const HandleId handle = append("ours");
  server_.put("log", "theirs");
  EXPECT_EQ(close(handle), "conflict");
  EXPECT_EQ(on_server("log"), "theirs");
}

TEST_F(AppendTest, AnEndThatMayHaveArrivedIsNotAppendedAgain) {
  for (const Verb verb : {Verb::kOpenWriter, Verb::kWrite, Verb::kFinish}) {
    for (const When when : {When::kBefore, When::kAnswered}) {
      server_.fail_next(verb, ErrorKind::kConnectionLost, 1, when);
      EXPECT_EQ(close(append("line\n")), "ok");
      content_ += "line\n";
      EXPECT_TRUE(on_server("log") == content_) << static_cast<int>(verb);
    }
  }
}

TEST_F(AppendTest, WhereAppendsAreRefusedAllIsSent) {
  server_.fail_next(Verb::kOpenWriter, ErrorKind::kPermission);
  EXPECT_EQ(close(append("line\n")), "ok");
  EXPECT_TRUE(on_server("log") == content_ + "line\n");
}

TEST_F(AppendTest, AHalfEndIsReplacedByTheNextCommit) {
  const std::string end = pattern(600'000, 9);
  const HandleId handle = append(end);
  server_.fail_next(Verb::kWrite, ErrorKind::kNoSpace, 2, When::kAnswered);
  EXPECT_EQ(flush(handle), "no space");
  server_.put_end_off("log", content_.size() + 1000);
  EXPECT_EQ(flush(handle), "ok");
  fs_->release(handle, context_);
  EXPECT_TRUE(on_server("log") == content_ + end);
}

TEST_F(AppendTest, AfterAHalfEndAChangeBeforeItIsSentWithTheRest) {
  const HandleId handle = open("log", kReadWrite);
  EXPECT_EQ(write(handle, content_.size(), "the end"), "ok");
  server_.fail_next(Verb::kFinish, ErrorKind::kNoSpace, 2);
  EXPECT_EQ(flush(handle), "no space");
  server_.put_end_off("log", content_.size() + 3);
  EXPECT_EQ(write(handle, 0, "#"), "ok");
  EXPECT_EQ(close(handle), "ok");
  content_[0] = '#';
  EXPECT_TRUE(on_server("log") == content_ + "the end");
}

TEST_F(AppendTest, WhatAStrangerAppendedMeanwhileIsNotReplaced) {
  const HandleId handle = append("ours");
  server_.fail_next(Verb::kFinish, ErrorKind::kNoSpace, 2);
  EXPECT_EQ(flush(handle), "no space");
  server_.put("log", content_ + "ours and theirs");
  EXPECT_EQ(flush(handle), "conflict");
  EXPECT_TRUE(on_server("log") == content_ + "ours and theirs");
  fs_->release(handle, context_);
}

TEST_F(AppendTest, AWriteBeforeTheEndDuringAnAppendIsNotForgotten) {
  const HandleId handle = append("the end");
  const auto gate = server_.hold_next(Verb::kStat);
  auto flushed = std::async(std::launch::async, [&] { return flush(handle); });
  ASSERT_TRUE(gate->wait_reached());
  const HandleId other = open("log", kReadWrite);
  EXPECT_EQ(write(other, 0, "#"), "ok");
  gate->release();
  EXPECT_EQ(flushed.get(), "ok");
  EXPECT_EQ(close(other), "ok");
  EXPECT_EQ(close(handle), "ok");
  content_[0] = '#';
  EXPECT_TRUE(on_server("log") == content_ + "the end");
}

TEST_F(AppendTest, ATimeSetBeforeTheCloseIsKept) {
  const HandleId handle = append("x");
  EXPECT_EQ(change(node("log"), to_mtime(1'000'000'000)), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(server_.attributes("log")->mtime, 1'000'000'000);
  EXPECT_EQ(stat(node("log")).mtime, 1'000'000'000);
}

}  // namespace
}  // namespace ftpsfs::vfs
