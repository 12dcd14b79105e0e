// Uploads that the line cuts go on where the server got to.
#include <gmock/gmock.h>

#include <thread>

#include "unit/vfs/vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr auto kLost = ErrorKind::kConnectionLost;

class ResumeTest : public FilesystemTest {
 protected:
  static bool is_temporary(const std::string& path) { return path.find(".ftpsfs-") != std::string::npos; }
  std::size_t temporary_files() {
    const auto tree = server_.tree();
    return static_cast<std::size_t>(
        std::count_if(tree.begin(), tree.end(), [](const auto& each) { return is_temporary(each.first); }));
  }
  void write_in_order(HandleId handle, const std::string& text) {
    constexpr std::size_t kRequest = 128 * 1024;
    for (std::size_t at = 0; at < text.size(); at += kRequest) {
      ASSERT_EQ(write(handle, at, std::string_view(text).substr(at, kRequest)), "ok");
    }
  }
  /// Sent at the close, in chunks of 256 KiB, onto an existing file.
  std::string replace(const std::string& name, const std::string& text) {
    server_.put(name, "old");
    const HandleId handle = open(name, kWrite);
    write_in_order(handle, text);
    return close(handle);
  }
};

TEST_F(ResumeTest, ACommitGoesOnWhereTheServerGotTo) {
  const std::string content = pattern(kMiB - 5);
  server_.pass_next(Verb::kWrite, 2);
  server_.fail_next(Verb::kWrite, kLost);
  EXPECT_EQ(replace("file", content), "ok");
  EXPECT_TRUE(on_server("file") == content);
  EXPECT_EQ(server_.bytes_written, content.size());  // nothing twice
  EXPECT_EQ(server_.count(Verb::kOpenWriter), 2);
  EXPECT_EQ(temporary_files(), 0U);
}

TEST_F(ResumeTest, WhatArrivedWithoutAnAnswerIsNotSentAgain) {
  const std::string content = pattern(kMiB - 5);
  server_.fail_next(Verb::kFinish, kLost, 1, When::kAnswered);
  EXPECT_EQ(replace("file", content), "ok");
  EXPECT_TRUE(on_server("file") == content);
  EXPECT_EQ(server_.bytes_written, content.size());
}

TEST_F(ResumeTest, AStreamGoesOnWhileTheProgramWrites) {
  const std::string content = pattern(6 * kMiB);
  server_.pass_next(Verb::kWrite, 4);
  server_.fail_next(Verb::kWrite, kLost);
  server_.pass_next(Verb::kWrite, 4);
  server_.fail_next(Verb::kFinish, kLost, 1);
  const HandleId handle = create("new");
  write_in_order(handle, content);
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(on_server("new") == content);
  EXPECT_EQ(server_.bytes_written, content.size());
  EXPECT_EQ(temporary_files(), 0U);
}

TEST_F(ResumeTest, WhenALateByteMakesItTooLongAllOfItIsSentAgain) {
  const std::string content = pattern(kMiB - 5);
  server_.pass_next(Verb::kWrite, 2);
  server_.fail_next(Verb::kWrite, kLost, 1, When::kAnswered);
  server_.hold_next(Verb::kOpenWriter)->release();
  const auto resumed = server_.hold_next(Verb::kOpenWriter);  // how much arrived has been asked then
  std::thread late([&] {
    ASSERT_TRUE(resumed->wait_reached());
    for (const auto& [path, text] : server_.tree()) {
      if (is_temporary(path)) server_.put(path, text + "late");
    }
    resumed->release();
  });
  EXPECT_EQ(replace("file", content), "ok");
  late.join();
  EXPECT_TRUE(on_server("file") == content);
  EXPECT_EQ(server_.count(Verb::kOpenWriter), 3);
  EXPECT_EQ(temporary_files(), 0U);
}

TEST_F(ResumeTest, ContentThatChangedMeanwhileIsSentFromTheBeginning) {
  const std::string content = pattern(kMiB - 5);
  server_.put("file", "old");
  const HandleId handle = open("file", kWrite);
  write_in_order(handle, content);
  server_.pass_next(Verb::kWrite, 2);
  server_.fail_next(Verb::kWrite, kLost);
  server_.fail_next(Verb::kStat, kLost, 2);
  EXPECT_EQ(flush(handle), "connection lost");
  EXPECT_EQ(write(handle, 0, "changed"), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(on_server("file")->substr(0, 7), "changed");
  EXPECT_TRUE(on_server("file")->substr(7) == content.substr(7));
  EXPECT_EQ(temporary_files(), 0U);
}

TEST_F(ResumeTest, WithWriteBackALaterAttemptGoesOn) {
  options_.state_dir = staging_.path() + "/source";
  options_.write_back = true;
  options_.settle = std::chrono::milliseconds(0);
  mount();
  const std::string content = pattern(kMiB - 5);
  server_.pass_next(Verb::kWrite, 2);
  server_.fail_next(Verb::kWrite, kLost);
  server_.pass_next(Verb::kOpenWriter, 1);
  server_.fail_next(Verb::kOpenWriter, kLost, 3);
  const HandleId handle = create("new");
  write_in_order(handle, content);
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(outcome(fs_->sync_all(context_)), "ok");
  EXPECT_TRUE(on_server("new") == content);
  EXPECT_EQ(server_.bytes_written, content.size());
}

TEST_F(ResumeTest, WhereAppendingIsNotWantedAllOfItIsSentAgain) {
  options_.append_rewrites = true;
  mount();
  const std::string content = pattern(kMiB - 5);
  server_.pass_next(Verb::kWrite, 2);
  server_.fail_next(Verb::kWrite, kLost);
  EXPECT_EQ(replace("file", content), "ok");
  EXPECT_TRUE(on_server("file") == content);
  EXPECT_EQ(server_.bytes_written, content.size() + 2 * 256 * 1024);
  EXPECT_EQ(temporary_files(), 0U);
}

TEST_F(ResumeTest, WhatIsGivenUpDoesNotStayOnTheServer) {
  const std::string content = pattern(kMiB - 5);
  server_.put("file", "old");
  server_.pass_next(Verb::kWrite, 2);
  server_.fail_next(Verb::kWrite, kLost);
  const HandleId handle = open("file", kWrite);
  write_in_order(handle, content);
  server_.pass_next(Verb::kOpenWriter, 1);
  server_.fail_next(Verb::kOpenWriter, kLost, 8);
  EXPECT_EQ(close(handle), "connection lost");
  EXPECT_TRUE(on_server("file") == "old");
  EXPECT_EQ(temporary_files(), 0U);
}

}  // namespace
}  // namespace ftpsfs::vfs
