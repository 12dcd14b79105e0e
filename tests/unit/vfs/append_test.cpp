// Files that only became longer.
#include <algorithm>
#include <future>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

using remote::Attributes;

class AppendTest : public FilesystemTest {
 protected:
  AppendTest() : content_(pattern(200'000)) { server_.put("log", content_); }

  HandleId append(std::string_view text) {
    const HandleId handle = open("log", kAppend);
    EXPECT_EQ(write(handle, 0, text), "ok");
    return handle;
  }

  /// The line breaks at that step of the append, and is down when it is tried once more.
  void break_off(HandleId handle, Verb step) {
    server_.fail_next(step, ErrorKind::kConnectionLost);
    server_.pass_next(Verb::kStat, 1);
    server_.fail_next(Verb::kStat, ErrorKind::kConnectionLost);
    EXPECT_EQ(flush(handle), "connection lost");
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
  server_.fail_next(Verb::kWrite, ErrorKind::kNoSpace, 1, When::kAnswered);
  EXPECT_EQ(flush(handle), "no space");
  server_.put_end_off("log", content_.size() + 1000);
  EXPECT_EQ(flush(handle), "ok");
  fs_->release(handle, context_);
  EXPECT_TRUE(on_server("log") == content_ + end);
}

TEST_F(AppendTest, AfterAHalfEndAChangeBeforeItIsSentWithTheRest) {
  const HandleId handle = open("log", kReadWrite);
  EXPECT_EQ(write(handle, content_.size(), "the end"), "ok");
  server_.fail_next(Verb::kFinish, ErrorKind::kNoSpace);
  EXPECT_EQ(flush(handle), "no space");
  server_.put_end_off("log", content_.size() + 3);
  EXPECT_EQ(write(handle, 0, "#"), "ok");
  EXPECT_EQ(close(handle), "ok");
  content_[0] = '#';
  EXPECT_TRUE(on_server("log") == content_ + "the end");
}

TEST_F(AppendTest, WhatAStrangerAppendedMeanwhileIsNotReplaced) {
  const HandleId handle = append("ours");
  server_.fail_next(Verb::kFinish, ErrorKind::kNoSpace);
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

TEST_F(AppendTest, WhatArrivedBeforeTheLineBrokeIsNotSentAgain) {
  const std::string end = pattern(600'000, 9);
  const HandleId handle = append(end);
  server_.pass_next(Verb::kWrite, 1);
  server_.fail_next(Verb::kWrite, ErrorKind::kConnectionLost);
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(on_server("log") == content_ + end);
  EXPECT_EQ(server_.bytes_written, end.size());
}

TEST_F(AppendTest, AStrangersEndIsNotTakenForAPartOfOurs) {
  const HandleId handle = append("our long end");
  break_off(handle, Verb::kFinish);
  server_.put("log", content_ + "theirs");
  EXPECT_EQ(flush(handle), "conflict");
  EXPECT_TRUE(on_server("log") == content_ + "theirs");
  fs_->release(handle, context_);
}

TEST_F(AppendTest, AfterAHalfEndAFileThatIsCutAndWrittenAnewIsNoConflict) {
  const HandleId handle = append("our long end");
  break_off(handle, Verb::kFinish);
  server_.put_end_off("log", content_.size() + 3);
  const HandleId anew = open("log", kTruncate);
  EXPECT_EQ(write(anew, 0, "x"), "ok");
  EXPECT_EQ(close(anew), "ok");
  EXPECT_EQ(on_server("log"), "x");
  EXPECT_EQ(close(handle), "ok");
}

TEST_F(AppendTest, AStrangersEndStaysAlsoWhenOursHasGrownMeanwhile) {
  const HandleId handle = append(pattern(10'000, 3));
  break_off(handle, Verb::kOpenWriter);
  const std::string unique = server_.attributes("log")->unique;
  server_.put("log", content_ + "theirs");
  Attributes theirs = *server_.attributes("log");
  theirs.unique = unique;  // the same file, which somebody else appended to
  server_.set_attributes("log", theirs);
  EXPECT_EQ(write(handle, 0, "more of ours"), "ok");
  EXPECT_EQ(flush(handle), "conflict");
  EXPECT_TRUE(on_server("log") == content_ + "theirs");
  fs_->release(handle, context_);
}

// With a journal, so that what was begun is brought to its end.
class JournalledAppendTest : public AppendTest {
 protected:
  void SetUp() override { mount_with(false); }
  void mount_with(bool write_back, const std::string& folder = "journal") {
    options_.state_dir = staging_.path() + "/" + folder;
    options_.write_back = write_back;
    options_.settle = settle_;
    fs_.reset();
    options_.staging_dir = options_.state_dir;
    fs_ = make_filesystem(server_, clock_, options_).value();
  }
  std::size_t drain() {
    const std::chrono::seconds limit(20);
    return fs_->drain(Context{limit, Deadline::after(limit), nullptr}).files;
  }
  std::chrono::milliseconds settle_ = std::chrono::minutes(10);
  void expect_on_server(const std::string& end) { EXPECT_TRUE(on_server("log") == content_ + end); }
  void expect_sent(std::uint64_t bytes) {
    EXPECT_EQ(server_.bytes_written, bytes);
    EXPECT_EQ(server_.bytes_read, 0U);
  }
};

TEST_F(JournalledAppendTest, WaitsWithoutTheOldContent) {
  mount_with(true);
  EXPECT_EQ(close(append("one line\n")), "ok");
  expect_on_server("");
  EXPECT_EQ(drain(), 0U);
  expect_on_server("one line\n");
  expect_sent(9);
}

TEST_F(JournalledAppendTest, IsSentByTheNextMount) {
  mount_with(true);
  EXPECT_EQ(close(append("one line\n")), "ok");
  mount_with(true);
  EXPECT_EQ(stat(node("log")).size, content_.size() + 9);
  EXPECT_EQ(drain(), 0U);
  expect_on_server("one line\n");
  expect_sent(9);
}

TEST_F(JournalledAppendTest, CanBeReadWhileItWaitsAlsoForTheNextMount) {
  mount_with(true);
  EXPECT_EQ(close(append("end")), "ok");
  EXPECT_TRUE(read_file("log") == content_ + "end");
  mount_with(true);
  EXPECT_TRUE(read_file("log") == content_ + "end");
  EXPECT_EQ(drain(), 0U);
  expect_on_server("end");
}

TEST_F(JournalledAppendTest, GrowsWhileItWaits) {
  mount_with(true);
  for (const char* line : {"one ", "two ", "three"}) EXPECT_EQ(close(append(line)), "ok");
  mount_with(true);
  EXPECT_EQ(close(append(" four")), "ok");
  EXPECT_EQ(drain(), 0U);
  expect_on_server("one two three four");
  expect_sent(18);
}

TEST_F(JournalledAppendTest, GrowsWhileItIsBeingSent) {
  settle_ = std::chrono::milliseconds(20);
  mount_with(true);
  const auto gate = server_.hold_next(Verb::kOpenWriter);
  EXPECT_EQ(close(append("one ")), "ok");
  auto synced = std::async(std::launch::async, [&] { return outcome(fs_->sync_all(context_)); });
  ASSERT_TRUE(gate->wait_reached());
  for (const char* line : {"two ", "three"}) EXPECT_EQ(close(append(line)), "ok");
  gate->release();
  EXPECT_EQ(synced.get(), "ok");
  EXPECT_EQ(drain(), 0U);
  expect_on_server("one two three");
  expect_sent(13);
}

TEST_F(JournalledAppendTest, AChangeBeforeItsEndSendsAll) {
  mount_with(true);
  EXPECT_EQ(close(append("end")), "ok");
  const HandleId handle = open("log", kReadWrite);
  EXPECT_EQ(write(handle, 3, "#"), "ok");
  EXPECT_EQ(close(handle), "ok");
  content_[3] = '#';
  mount_with(true);
  EXPECT_EQ(drain(), 0U);
  expect_on_server("end");
}

TEST_F(JournalledAppendTest, AStrangersNewContentStaysAndTheEndIsKeptBesideIt) {
  mount_with(true);
  EXPECT_EQ(close(append("our line")), "ok");
  server_.put("log", "theirs");
  EXPECT_EQ(drain(), 0U);
  EXPECT_EQ(on_server("log"), "theirs");
  std::set<std::string> others = names();
  EXPECT_EQ(others.erase("log"), 1U);
  ASSERT_EQ(others.size(), 1U);
  EXPECT_EQ(on_server(*others.begin()), "our line");
}

TEST_F(JournalledAppendTest, WhereTheFileIsGoneTheEndTakesItsPlace) {
  mount_with(true);
  EXPECT_EQ(close(append("our line")), "ok");
  server_.erase("log");
  EXPECT_EQ(drain(), 0U);
  EXPECT_EQ(on_server("log"), "our line");
}

TEST_F(JournalledAppendTest, AKilledMountsHalfEndIsCompleted) {
  for (const std::size_t arrived : {0, 1, 300'000, 600'000}) {
    const std::string end = pattern(600'000, 9);
    const auto gate = server_.hold_next(Verb::kFinish);
    const HandleId handle = append(end);
    auto closed = std::async(std::launch::async, [&] { return close(handle); });
    ASSERT_TRUE(gate->wait_reached());
    const std::string copy = "killed" + std::to_string(arrived);
    std::filesystem::copy(options_.state_dir, staging_.path() + "/" + copy);
    gate->release();
    EXPECT_EQ(closed.get(), "ok");
    server_.put_end_off("log", content_.size() + arrived);
    server_.bytes_written = 0;
    mount_with(false, copy);
    EXPECT_EQ(drain(), 0U);
    expect_on_server(end);
    EXPECT_EQ(server_.bytes_written, end.size() - arrived);
    content_ += end;
  }
}

TEST_F(JournalledAppendTest, LeavesNothingInTheJournal) {
  const HandleId handle = append("one ");
  EXPECT_EQ(flush(handle), "ok");
  EXPECT_EQ(write(handle, 0, "two"), "ok");
  EXPECT_EQ(close(handle), "ok");
  expect_on_server("one two");
  expect_sent(7);
  mount_with(false);
  EXPECT_EQ(drain(), 0U);
  expect_sent(7);
}

TEST_F(JournalledAppendTest, WhatTheServerRefusedIsKeptWithoutTheOldContent) {
  server_.fail_next(Verb::kOpenWriter, ErrorKind::kNoSpace, 2);
  EXPECT_EQ(close(append("our line")), "no space");
  expect_on_server("");
  mount_with(false);
  server_.bytes_read = server_.bytes_written = 0;
  EXPECT_EQ(outcome(fs_->retry("log", context_)), "ok");
  expect_on_server("our line");
  expect_sent(8);
}

TEST_F(JournalledAppendTest, WhatWasNeverSentIsNotTakenForWhatArrived) {
  mount_with(true);
  const std::string end = pattern(600'000, 9);
  const HandleId handle = append(end);
  server_.pass_next(Verb::kWrite, 1);
  server_.fail_next(Verb::kWrite, ErrorKind::kConnectionLost);
  server_.pass_next(Verb::kStat, 1);
  server_.fail_next(Verb::kStat, ErrorKind::kConnectionLost);
  EXPECT_EQ(outcome(fs_->sync(handle, context_)), "connection lost");
  const HandleId anew = open("log", kTruncate);
  const std::string other = pattern(content_.size(), 5) + end;  // but for its beginning as what was sent
  EXPECT_EQ(write(anew, 0, other), "ok");
  EXPECT_EQ(close(anew), "ok");
  EXPECT_EQ(close(handle), "ok");
  mount_with(true);
  EXPECT_EQ(drain(), 0U);
  EXPECT_TRUE(on_server("log") == other);
  EXPECT_EQ(names(), (std::set<std::string>{"log"}));
}

TEST_F(JournalledAppendTest, ARetryThatBreaksOffIsCompletedByTheNext) {
  const std::string end = pattern(600'000, 9);
  server_.fail_next(Verb::kOpenWriter, ErrorKind::kNoSpace, 2);
  EXPECT_EQ(close(append(end)), "no space");
  server_.pass_next(Verb::kWrite, 1);
  server_.fail_next(Verb::kWrite, ErrorKind::kConnectionLost);
  server_.pass_next(Verb::kStat, 2);  // before the attempt, and of the base
  server_.fail_next(Verb::kStat, ErrorKind::kConnectionLost);
  EXPECT_EQ(outcome(fs_->retry("log", context_)), "connection lost");
  mount_with(false);
  EXPECT_EQ(outcome(fs_->retry("log", context_)), "ok");
  expect_on_server(end);
  EXPECT_EQ(names(), (std::set<std::string>{"log"}));
}

TEST_F(JournalledAppendTest, WhatTheJournalCannotTakeDoesNotChangeWhatItHas) {
  mount_with(true);
  EXPECT_EQ(close(append("one")), "ok");
  const HandleId handle = append(" two");
  const std::string away = staging_.path() + "/away";
  std::filesystem::rename(options_.state_dir, away);  // nothing can be linked into it
  for (int i = 0; i < 2; ++i) EXPECT_NE(flush(handle), "ok");
  std::filesystem::copy(away, staging_.path() + "/copy");
  std::filesystem::rename(away, options_.state_dir);
  mount_with(true, "copy");
  EXPECT_EQ(drain(), 0U);
  expect_on_server("one");
}

}  // namespace
}  // namespace ftpsfs::vfs
