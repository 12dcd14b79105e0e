// What is answered while the server cannot be reached: by everybody's mount, and with offline=stale.
#include <gtest/gtest.h>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

using namespace std::chrono_literals;
using Names = std::set<std::string>;

class PromptTest : public FilesystemTest {
 protected:
  PromptTest() { options_.moment = 300ms; }

  std::string space() {
    const auto told = fs_->space(context_);
    if (!told) return outcome(told);
    return *told ? std::to_string((*told)->available) : "unknown";
  }
};

TEST_F(PromptTest, TheRootAnswersFromMemoryWhileTheServerIsSilent) {
  remote::Attributes root;
  root.type = remote::FileType::kDirectory;
  root.mtime = 1234;
  server_.set_attributes("", root);
  EXPECT_EQ(stat(kRootNode).mtime, 1234);
  clock_.advance(1min);
  const auto silence = server_.hold_next(Verb::kStat);
  EXPECT_EQ(stat(kRootNode).mtime, 1234);
  EXPECT_EQ(stat(kRootNode).mtime, 1234);
  EXPECT_EQ(stat(kRootNode).valid_for, 0ms) << "the kernel asks again";
  EXPECT_EQ(server_.count(Verb::kStat), 2) << "one question for all who ask";
  root.mtime = 5678;
  server_.set_attributes("", root);
  silence->release();
  const auto end = Deadline::after(5s);
  while (stat(kRootNode).mtime != 5678 && !end.passed()) {
  }
  EXPECT_EQ(stat(kRootNode).mtime, 5678);
}

TEST_F(PromptTest, ARootThatWasNeverToldIsADirectory) {
  const auto silence = server_.hold_next(Verb::kStat);
  EXPECT_EQ(stat(kRootNode).type, remote::FileType::kDirectory);
  EXPECT_TRUE(fs_->check_access(kRootNode, {.read = true, .write = true, .execute = true}, context_));
  silence->release();
}

TEST_F(PromptTest, TheRootAnswersWhileTheServerDoesNotLetUsIn) {
  for (const ErrorKind kind : {ErrorKind::kConnectionRefused, ErrorKind::kTimeout, ErrorKind::kLogin,
                               ErrorKind::kCertificate, ErrorKind::kTooManySessions}) {
    server_.fail_next(Verb::kStat, kind);
    EXPECT_EQ(outcome(fs_->attributes(kRootNode, context_)), "ok") << to_string(kind);
  }
}

TEST_F(PromptTest, ARootThatIsGoneIsAnError) {
  server_.fail_next(Verb::kStat, ErrorKind::kNotFound);
  EXPECT_EQ(outcome(fs_->attributes(kRootNode, context_)), "not found");
}

TEST_F(PromptTest, SpaceIsWhatWasLastTold) {
  server_.free_space = remote::Space{100, 50};
  EXPECT_EQ(space(), "50");
  server_.fail_next(Verb::kSpace, ErrorKind::kConnectionLost);
  EXPECT_EQ(space(), "50");
  const auto silence = server_.hold_next(Verb::kSpace);
  EXPECT_EQ(space(), "50");
  silence->release();
}

TEST_F(PromptTest, SpaceThatWasNeverToldIsUnknown) {
  server_.fail_next(Verb::kSpace, ErrorKind::kTimeout);
  EXPECT_EQ(space(), "unknown");
}

TEST_F(PromptTest, TheWaitCanBeInterrupted) {
  options_.moment = 10s;
  mount();
  const auto silence = server_.hold_next(Verb::kSpace);
  context_.cancellation = std::make_shared<Cancellation>();
  context_.cancellation->cancel();
  EXPECT_EQ(space(), "interrupted");
  silence->release();
}

class OfflineTest : public FilesystemTest {
 protected:
  void SetUp() override {
    options_.stale_when_offline = true;
    mount();
    server_.put("d/f", "content");
    server_.put_directory("d");
    EXPECT_EQ(read_file("d/f"), "content");
    EXPECT_EQ(names(node("d")), Names{"f"});
    clock_.advance(1h);
  }

  std::string write_when_possible(std::string_view name) {
    const auto created = fs_->create(kRootNode, name, 0644, kReadWrite, kProgram, context_);
    if (!created) return outcome(created);
    EXPECT_EQ(write(created->opened.handle, 0, "text"), "ok");
    return close(created->opened.handle);
  }

  void go_offline() {
    for (const Verb verb : {Verb::kStat, Verb::kList, Verb::kOpenReader, Verb::kGlance, Verb::kRefine}) {
      server_.fail_next(verb, ErrorKind::kConnectionLost, 1000);
    }
    server_.set_outage(remote::Outage{std::chrono::seconds(1), Error{ErrorKind::kConnectionLost, "down", 0, true}});
  }
};

TEST_F(OfflineTest, ShowsWhatIsKnown) {
  go_offline();
  EXPECT_EQ(read_file("d/f"), "content");
  EXPECT_EQ(names(node("d")), Names{"f"});
  EXPECT_EQ(stat(node("d/f")).size, 7U);
  EXPECT_EQ(stat(node("d/f")).valid_for, 0ms);
}

TEST_F(OfflineTest, ANameThatAKnownDirectoryLacksIsAbsent) {
  go_offline();
  EXPECT_EQ(outcome(find("d/other")), "not found");
}

TEST_F(OfflineTest, WhatIsNotKnownIsAnError) {
  server_.put("e/g", "unseen");
  go_offline();
  EXPECT_EQ(outcome(find("e")), "connection lost");
}

TEST_F(OfflineTest, NothingCanBeChanged) {
  const NodeId directory = node("d");
  const NodeId file = node("d/f");
  go_offline();
  EXPECT_EQ(outcome(fs_->create(directory, "new", 0644, kReadWrite, kProgram, context_)), "read-only");
  EXPECT_EQ(outcome(fs_->open(file, kWrite, kProgram, context_)), "read-only");
  EXPECT_EQ(outcome(fs_->make_directory(directory, "new", 0755, context_)), "read-only");
  EXPECT_EQ(remove("f", directory), "read-only");
  EXPECT_EQ(change(file, to_mtime(1)), "read-only");
  EXPECT_EQ(outcome(fs_->check_access(file, {.write = true}, context_)), "read-only");
}

TEST_F(OfflineTest, IsOverWhenTheServerIsThereAgain) {
  server_.set_outage(remote::Outage{std::chrono::seconds(1), Error{ErrorKind::kConnectionLost, "down", 0, true}});
  EXPECT_EQ(write_when_possible("new"), "read-only");
  server_.set_outage(std::nullopt);
  EXPECT_EQ(write_when_possible("new"), "ok");
  EXPECT_EQ(on_server("new"), "text");
}

TEST_F(OfflineTest, WithoutItWhatIsTooOldIsAnError) {
  fs_.reset();
  options_.stale_when_offline = false;
  mount();
  EXPECT_EQ(stat(node("d/f")).size, 7U);
  clock_.advance(1h);
  go_offline();
  EXPECT_EQ(outcome(find("d/f")), "connection lost");
}

}  // namespace
}  // namespace ftpsfs::vfs
