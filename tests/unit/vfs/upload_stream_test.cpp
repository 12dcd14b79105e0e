// Files that are sent while they are written.
#include <algorithm>
#include <future>
#include <random>
#include <thread>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;

class UploadStreamTest : public FilesystemTest {
 protected:
  template <typename Condition>
  static bool soon(Condition condition) {
    for (int i = 0; i < 1000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return condition();
  }
  static bool is_temporary(const std::string& path) { return path.find(".ftpsfs-") != std::string::npos; }
  std::size_t temporary_files() {
    const auto tree = server_.tree();
    return static_cast<std::size_t>(
        std::count_if(tree.begin(), tree.end(), [](const auto& each) { return is_temporary(each.first); }));
  }
  std::size_t sent() {
    std::size_t bytes = 0;
    for (const auto& [path, content] : server_.tree()) {
      if (is_temporary(path)) bytes += content.size();
    }
    return bytes;
  }
  void write_in_order(HandleId handle, const std::string& text, std::size_t from = 0) {
    constexpr std::size_t kRequest = 128 * 1024;
    for (std::size_t at = from; at < text.size(); at += kRequest) {
      ASSERT_EQ(write(handle, at, std::string_view(text).substr(at, kRequest)), "ok");
    }
  }
};

TEST_F(UploadStreamTest, WhatIsWrittenInOrderIsOnItsWayAlready) {
  const std::string content = pattern(3 * kMiB + 17);
  const HandleId handle = create("new");
  write_in_order(handle, content);
  EXPECT_TRUE(soon([&] { return sent() == content.size(); }));
  EXPECT_FALSE(on_server("new"));
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(on_server("new") == content);
  EXPECT_EQ(server_.count(Verb::kOpenWriter), 1);
  EXPECT_EQ(temporary_files(), 0U);
}

TEST_F(UploadStreamTest, ASmallFileIsSentAtItsClose) {
  const HandleId handle = create("new");
  write_in_order(handle, pattern(kMiB - 1));
  EXPECT_EQ(server_.count(Verb::kOpenWriter), 0);
  EXPECT_EQ(close(handle), "ok");
}

TEST_F(UploadStreamTest, CloseWaitsForTheTail) {
  const std::string content = pattern(4 * kMiB);
  const HandleId handle = create("new");
  const auto gate = server_.hold_next(Verb::kWrite);
  write_in_order(handle, content);
  ASSERT_TRUE(gate->wait_reached());
  auto closed = std::async(std::launch::async, [&] { return close(handle); });
  EXPECT_EQ(closed.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  gate->release();
  EXPECT_EQ(closed.get(), "ok");
  EXPECT_TRUE(on_server("new") == content);
}

TEST_F(UploadStreamTest, AWriteBehindWhatWasSentBeginsAnew) {
  std::string content = pattern(3 * kMiB);
  const HandleId handle = create("new");
  write_in_order(handle, content);
  ASSERT_TRUE(soon([&] { return sent() == content.size(); }));
  content.replace(10, 5, "HELLO");
  EXPECT_EQ(write(handle, 10, "HELLO"), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(on_server("new") == content);
  EXPECT_TRUE(soon([&] { return temporary_files() == 0; }));
}

TEST_F(UploadStreamTest, WhoGoesOnWritingBehindIsNotSentAgainAndAgain) {
  std::string content = pattern(2 * kMiB);
  const HandleId handle = create("new");
  write_in_order(handle, content);
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    content.replace(10, 2, std::to_string(10 + i));
    EXPECT_EQ(write(handle, 10, std::to_string(10 + i)), "ok");
  }
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(on_server("new") == content);
  EXPECT_LE(server_.count(Verb::kOpenWriter), 3) << "two on the way, and the commit's";
}

TEST_F(UploadStreamTest, WhatIsCutOffAfterItWasSentBeginsAnew) {
  const std::string content = pattern(3 * kMiB);
  const HandleId handle = create("new");
  write_in_order(handle, content);
  ASSERT_TRUE(soon([&] { return sent() == content.size(); }));
  EXPECT_EQ(change(node("new"), to_size(kMiB), handle), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(on_server("new") == content.substr(0, kMiB));
}

TEST_F(UploadStreamTest, AnOverwrittenFileStaysUntilTheNewOneIsWhole) {
  server_.put("old", "old content");
  const std::string content = pattern(2 * kMiB);
  const HandleId handle = open("old", kTruncate);
  write_in_order(handle, content);
  ASSERT_TRUE(soon([&] { return sent() == content.size(); }));
  EXPECT_EQ(on_server("old"), "old content");
  server_.put("old", "somebody else's");
  EXPECT_EQ(flush(handle), "conflict");
  EXPECT_EQ(server_.count(Verb::kOpenWriter), 1) << "that it is sent again changes nothing";
  close(handle);
  EXPECT_EQ(on_server("old"), "somebody else's");
  EXPECT_TRUE(soon([&] { return temporary_files() == 0; }));
}

TEST_F(UploadStreamTest, ARemovedFileIsNotSentOn) {
  const HandleId handle = create("new");
  write_in_order(handle, pattern(2 * kMiB));
  ASSERT_TRUE(soon([&] { return sent() > 0; }));
  EXPECT_EQ(remove("new"), "ok");
  EXPECT_TRUE(soon([&] { return temporary_files() == 0; }));
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(server_.tree().empty());
}

TEST_F(UploadStreamTest, AFileThatMovesWithItsDirectoryIsSentThere) {
  server_.put_directory("a");
  const std::string content = pattern(2 * kMiB);
  const HandleId handle = create("new", 0644, node("a"));
  write_in_order(handle, content);
  ASSERT_TRUE(soon([&] { return sent() == content.size(); }));
  EXPECT_EQ(rename("a", "b"), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(on_server("b/new") == content);
  EXPECT_EQ(server_.count(Verb::kPublish), 1);
}

TEST_F(UploadStreamTest, AFileRenamedMeanwhileComesUnderItsNewName) {
  const std::string content = pattern(2 * kMiB);
  const HandleId handle = create("new");
  write_in_order(handle, content);
  ASSERT_TRUE(soon([&] { return sent() == content.size(); }));
  EXPECT_EQ(rename("new", "other"), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(on_server("other") == content);
  EXPECT_EQ(server_.count(Verb::kOpenWriter), 1);
}

TEST_F(UploadStreamTest, WithoutASessionToSpareTheCommitSendsIt) {
  server_.no_session_to_spare = true;
  const std::string content = pattern(2 * kMiB);
  const HandleId handle = create("new");
  write_in_order(handle, content);
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(on_server("new") == content);
  EXPECT_GT(server_.refused_ahead, 0);
}

TEST_F(UploadStreamTest, ALineThatBreaksOnTheWayCostsNothingButTime) {
  const std::string content = pattern(3 * kMiB);
  const HandleId handle = create("new");
  server_.fail_next(Verb::kWrite, ErrorKind::kConnectionLost);
  write_in_order(handle, content);
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(on_server("new") == content);
}

TEST_F(UploadStreamTest, AFullServerIsToldBeforeTheClose) {
  const HandleId handle = create("new");
  server_.fail_next(Verb::kWrite, ErrorKind::kNoSpace, 100);
  const std::string text = pattern(kMiB);
  std::uint64_t at = 0;
  bool told = false;
  EXPECT_TRUE(soon([&] {
    told = told || write(handle, at, at == 0 ? text : "x") == "no space";
    at = std::max<std::uint64_t>(at + 1, text.size());
    return told;
  }));
  EXPECT_EQ(close(handle), "no space");
  EXPECT_FALSE(on_server("new"));
}

TEST_F(UploadStreamTest, AnUnmountDoesNotWaitForAProgramThatPauses) {
  const HandleId handle = create("new");
  write_in_order(handle, pattern(2 * kMiB));
  ASSERT_TRUE(soon([&] { return sent() == 2 * kMiB; }));
  const auto began = std::chrono::steady_clock::now();
  fs_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
}

TEST_F(UploadStreamTest, AgreesWithAStringOnRandomWork) {
  std::mt19937 random(7);
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  for (int file = 0; file < 10; ++file) {
    const std::string name = "file" + std::to_string(file);
    const HandleId handle = create(name);
    std::string expected;
    for (int step = 0; step < 40; ++step) {
      const std::string text = pattern(1 + below(200'000), static_cast<unsigned>(step));
      const std::size_t kind = below(20);
      const std::size_t at = kind == 0 && !expected.empty() ? below(expected.size()) : expected.size();
      if (kind == 1) {
        expected.resize(below(expected.size() + 1));
        ASSERT_EQ(change(node(name), to_size(expected.size()), handle), "ok");
      } else if (kind == 2) {
        ASSERT_EQ(outcome(fs_->sync(handle, context_)), "ok");
        ASSERT_TRUE(on_server(name) == expected);
      } else {
        expected.resize(std::max(expected.size(), at + text.size()));
        expected.replace(at, text.size(), text);
        ASSERT_EQ(write(handle, at, text), "ok");
      }
    }
    ASSERT_EQ(close(handle), "ok");
    ASSERT_TRUE(on_server(name) == expected) << name;
  }
  EXPECT_TRUE(soon([&] { return temporary_files() == 0; }));
}

}  // namespace
}  // namespace ftpsfs::vfs
