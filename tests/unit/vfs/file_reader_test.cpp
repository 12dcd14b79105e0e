#include "vfs/file_reader.h"

#include <gtest/gtest.h>

#include <future>
#include <random>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

using cache::kBlockSize;
using std::chrono::milliseconds;

constexpr std::size_t kRequest = 128 * 1024;
constexpr std::uint64_t kMaxWindow = 2 * 1024 * 1024;

class FileReaderTest : public testing::Test {
 protected:
  std::shared_ptr<FileReader> reader(std::size_t size, std::size_t cache_bytes = 64 << 20,
                                     std::uint64_t max_window = kMaxWindow) {
    content_ = pattern(size);
    server_.put("f", content_);
    blocks_ = std::make_unique<cache::BlockCache>(cache_bytes);
    workers_ = std::make_unique<WorkerPool>(8);
    return FileReader::make({server_, *blocks_, *workers_, learned_, std::chrono::seconds(5), max_window}, at("f"),
                            blocks_->new_content(), remote::Version::of(*server_.attributes("f")));
  }
  std::string read(FileReader& reader, std::uint64_t offset, std::size_t length) {
    const auto slices = reader.read(offset, length, context_);
    return slices ? text_of(*slices) : outcome(slices);
  }
  void expect_all(FileReader& reader, std::size_t request = kRequest) {
    for (std::size_t at = 0; at < content_.size(); at += request) {
      ASSERT_TRUE(read(reader, at, request) == content_.substr(at, request)) << "at " << at;
    }
  }
  /// Waits until the server was asked for no more bytes for a while.
  int reads_at_rest() {
    int before = -1;
    while (before != server_.count(Verb::kRead)) {
      before = server_.count(Verb::kRead);
      std::this_thread::sleep_for(milliseconds(60));
    }
    return before;
  }

  test::FakeRemoteFs server_;
  std::string content_;
  Context context_{std::chrono::seconds(5), Deadline::after(std::chrono::seconds(30)), nullptr};
  Parallelism::Learned learned_;
  std::unique_ptr<cache::BlockCache> blocks_;
  std::unique_ptr<WorkerPool> workers_;  // ends before what its threads use
};

TEST_F(FileReaderTest, ASequentialReaderUsesOneDownload) {
  const auto file = reader(5 * 1024 * 1024 + 17);
  expect_all(*file);
  EXPECT_EQ(server_.count(Verb::kOpenReader), 1);
}

TEST_F(FileReaderTest, ManyStreamsReadAheadOnSegmentsOfTheirOwn) {
  learned_.streams = 4;
  const auto file = reader(21 * 1024 * 1024 + 17, 64 << 20, 8 << 20);
  server_.delay(Verb::kRead, milliseconds(1));
  expect_all(*file);
  const int streams = server_.count(Verb::kOpenReader);
  EXPECT_GT(streams, 4);
  EXPECT_LT(streams, 30);
  EXPECT_LT(server_.bytes_read, content_.size() + 12 * kBlockSize) << "hardly anything is fetched twice";
}

TEST_F(FileReaderTest, StreamsAheadGiveWayWhereThereIsNoSession) {
  learned_.streams = 8;
  const auto file = reader(8 * 1024 * 1024, 64 << 20, 8 << 20);
  ASSERT_EQ(read(*file, 0, kRequest), content_.substr(0, kRequest));
  server_.no_session_to_spare = true;
  expect_all(*file);
  EXPECT_GT(server_.refused_ahead, 0);
  EXPECT_LE(server_.count(Verb::kOpenReader), 2 + server_.refused_ahead)
      << "one is cut short, and one goes on alone, as far as the next that has not been refused yet";
}

TEST_F(FileReaderTest, ABusyFileIsNotAskedForAgainAndAgain) {
  const auto file = reader(1024);
  server_.fail_next(Verb::kOpenReader, ErrorKind::kBusy);
  EXPECT_EQ(read(*file, 0, kRequest), "busy");
  EXPECT_EQ(read(*file, 0, kRequest), content_);
}

TEST_F(FileReaderTest, WhatIsCachedIsNotFetchedAgainAhead) {
  learned_.streams = 4;
  const auto file = reader(8 * 1024 * 1024, 64 << 20, 8 << 20);
  expect_all(*file);
  reads_at_rest();
  const std::uint64_t fetched = server_.bytes_read;
  expect_all(*file);
  reads_at_rest();
  EXPECT_EQ(server_.bytes_read, fetched);
}

TEST_F(FileReaderTest, AReadOfTheEndBeforeDoesNotLeadAhead) {
  learned_.streams = 4;
  const auto file = reader(48 * 1024 * 1024, 64 << 20, 4 << 20);
  ASSERT_TRUE(read(*file, content_.size() - 4 * kRequest, 4 * kRequest) ==
              content_.substr(content_.size() - 4 * kRequest));
  for (std::size_t at = 0; at < (4U << 20U); at += kRequest) read(*file, at, kRequest);
  reads_at_rest();
  EXPECT_LT(server_.bytes_read, 24U << 20U) << "no more than two windows ahead, and what was read";
}

TEST_F(FileReaderTest, AReaderThatJumpsAwayFromItsSegmentsIsServed) {
  learned_.streams = 8;
  const auto file = reader(24 * 1024 * 1024, 64 << 20, 8 << 20);
  for (std::size_t round = 0; round < 3; ++round) {
    for (std::size_t begin : {0U, 13U << 20U, 5U << 20U, 22U << 20U}) {
      for (std::size_t at = begin; at < begin + (2U << 20U); at += kRequest) {
        ASSERT_TRUE(read(*file, at, kRequest) == content_.substr(at, kRequest)) << "at " << at;
      }
    }
  }
}

TEST_F(FileReaderTest, RequestsOutOfOrderStillUseOneDownload) {
  const auto file = reader(4 * 1024 * 1024);
  for (std::size_t at = 0; at < content_.size(); at += 4 * kRequest) {
    for (const std::size_t step : {1, 0, 3, 2}) {
      const std::size_t offset = at + step * kRequest;
      ASSERT_TRUE(read(*file, offset, kRequest) == content_.substr(offset, kRequest));
    }
  }
  EXPECT_LE(server_.count(Verb::kOpenReader), 2);
}

TEST_F(FileReaderTest, EndsAtTheEnd) {
  const auto file = reader(kBlockSize + 10);
  EXPECT_EQ(read(*file, kBlockSize, 1000), content_.substr(kBlockSize));
  EXPECT_EQ(read(*file, kBlockSize + 10, 10), "");
  EXPECT_EQ(read(*file, kBlockSize * 5, 10), "");
  EXPECT_EQ(reader(0)->read(0, 10, context_)->size(), 0U);
}

TEST_F(FileReaderTest, ReadsAcrossBlocks) {
  const auto file = reader(3 * kBlockSize);
  EXPECT_EQ(read(*file, kBlockSize - 5, kBlockSize + 10), content_.substr(kBlockSize - 5, kBlockSize + 10));
}

TEST_F(FileReaderTest, TryReadAnswersFromMemoryAlone) {
  const auto file = reader(kBlockSize);
  EXPECT_FALSE(file->try_read(0, 10));
  EXPECT_EQ(server_.count(Verb::kOpenReader), 0);
  read(*file, 0, 10);
  const auto known = file->try_read(5, 10);
  ASSERT_TRUE(known);
  EXPECT_EQ(text_of(*known), content_.substr(5, 10));
}

TEST_F(FileReaderTest, TheWindowIsBounded) {
  const auto file = reader(32 * 1024 * 1024);
  server_.read_chunk = kBlockSize;
  std::size_t at = 0;
  for (; at < 6 * 1024 * 1024; at += kRequest) read(*file, at, kRequest);
  const auto blocks_fetched = static_cast<std::uint64_t>(reads_at_rest());
  EXPECT_GT(blocks_fetched * kBlockSize, at + kMaxWindow / 4) << "it reads ahead";
  EXPECT_LE(blocks_fetched * kBlockSize, at + kMaxWindow + kBlockSize);
}

TEST_F(FileReaderTest, OneSmallReadFetchesLittle) {
  const auto file = reader(32 * 1024 * 1024);
  server_.read_chunk = kBlockSize;
  read(*file, 16 * 1024 * 1024, 4096);
  EXPECT_LE(reads_at_rest(), 2);
}

TEST_F(FileReaderTest, RandomReadsAreRight) {
  const auto file = reader(8 * 1024 * 1024 + 3);
  std::mt19937 random(3);
  for (int i = 0; i < 60; ++i) {
    const std::size_t offset = random() % content_.size();
    const std::size_t length = 1 + random() % 300'000;
    ASSERT_TRUE(read(*file, offset, length) == content_.substr(offset, length));
  }
}

TEST_F(FileReaderTest, ParallelReadersAreRight) {
  const auto file = reader(6 * 1024 * 1024);
  std::vector<std::future<void>> readers;
  for (unsigned seed = 0; seed < 6; ++seed) {
    readers.push_back(std::async(std::launch::async, [&, seed] {
      std::mt19937 random(seed);
      for (int i = 0; i < 20; ++i) {
        const std::size_t offset = random() % content_.size();
        ASSERT_TRUE(read(*file, offset, 200'000) == content_.substr(offset, 200'000));
      }
    }));
  }
  for (auto& one : readers) one.get();
}

TEST_F(FileReaderTest, ACacheOfOneBlockIsEnough) {
  const auto file = reader(6 * 1024 * 1024, kBlockSize + 4096);
  expect_all(*file);
}

TEST_F(FileReaderTest, ACacheTooSmallForOneBlockStillServesSeveralReaders) {
  const auto file = reader(2 * 1024 * 1024, 1024);
  std::vector<std::future<void>> readers;
  for (int i = 0; i < 3; ++i) readers.push_back(std::async(std::launch::async, [&] { expect_all(*file); }));
  for (auto& one : readers) one.get();
}

TEST_F(FileReaderTest, ASmallCacheIsNotRunOver) {
  const auto file = reader(16 * 1024 * 1024, 6 * kBlockSize, 2 * kBlockSize);
  expect_all(*file);
  EXPECT_LE(server_.count(Verb::kOpenReader), 3) << "what is read ahead must not push out what is not read yet";
}

TEST_F(FileReaderTest, AFileThatShrankIsStale) {
  const auto file = reader(4 * kBlockSize);
  server_.put("f", content_.substr(0, kBlockSize + 100));
  EXPECT_EQ(read(*file, 0, 10), "stale");
}

TEST_F(FileReaderTest, ABrokenLineIsTriedOnceMore) {
  const auto file = reader(4 * kBlockSize);
  server_.fail_next(Verb::kRead, ErrorKind::kConnectionLost);
  expect_all(*file);
  EXPECT_EQ(server_.count(Verb::kOpenReader), 2);
}

TEST_F(FileReaderTest, ABrokenLineThatStaysBrokenIsAnError) {
  const auto file = reader(4 * kBlockSize);
  server_.fail_next(Verb::kOpenReader, ErrorKind::kConnectionLost, 2);
  EXPECT_EQ(read(*file, 0, 10), "connection lost");
  EXPECT_EQ(read(*file, 0, 10), content_.substr(0, 10)) << "and the next read begins anew";
}

TEST_F(FileReaderTest, AFailureIsToldToTheReader) {
  const auto file = reader(4 * kBlockSize);
  server_.fail_next(Verb::kOpenReader, ErrorKind::kPermission);
  EXPECT_EQ(read(*file, 0, 10), "permission denied");
  EXPECT_EQ(read(*file, 0, 10), content_.substr(0, 10));
}

TEST_F(FileReaderTest, AFailureAheadOfTheReaderIsForgivenOnce) {
  const auto file = reader(4 * kBlockSize);
  server_.read_chunk = kBlockSize;
  read(*file, 0, 10);
  reads_at_rest();
  server_.fail_next(Verb::kRead, ErrorKind::kConnectionLost);
  expect_all(*file);
}

TEST_F(FileReaderTest, FollowsARenameAlsoWithAParkedDownload) {
  server_.takes_parked_back = true;
  const auto file = reader(16 * kBlockSize);
  EXPECT_EQ(read(*file, 0, 10), content_.substr(0, 10));
  reads_at_rest();
  ASSERT_TRUE(server_.rename(at("f"), at("g"), true, context_));
  server_.put("f", pattern(16 * kBlockSize, 9));
  file->set_path(at("g"));
  expect_all(*file);
}

TEST_F(FileReaderTest, FollowsARenameThatCameWhileItAsked) {
  const auto file = reader(4 * kBlockSize);
  const auto gate = server_.hold_next(Verb::kOpenReader);
  auto text = std::async(std::launch::async, [&] { return read(*file, 0, 10); });
  ASSERT_TRUE(gate->wait_reached());
  ASSERT_TRUE(server_.rename(at("f"), at("g"), true, context_));
  file->set_path(at("g"));
  gate->release();
  EXPECT_EQ(text.get(), content_.substr(0, 10));
}

TEST_F(FileReaderTest, AfterStopReadsFailAndStreamsRest) {
  const auto file = reader(16 * 1024 * 1024);
  const auto gate = server_.hold_next(Verb::kRead);
  auto waiting = std::async(std::launch::async, [&] { return read(*file, 0, kRequest); });
  ASSERT_TRUE(gate->wait_reached());
  file->stop();
  EXPECT_EQ(waiting.get(), "stale");
  gate->release();
  EXPECT_LE(reads_at_rest(), 8) << "a stopped stream ends with its block";
  EXPECT_EQ(read(*file, 8 * 1024 * 1024, 10), "stale");
}

TEST_F(FileReaderTest, AReadCanBeInterrupted) {
  const auto file = reader(kBlockSize);
  const auto gate = server_.hold_next(Verb::kRead);
  Context impatient;
  impatient.cancellation = std::make_shared<Cancellation>();
  auto waiting = std::async(std::launch::async, [&] { return outcome(file->read(0, 10, impatient)); });
  ASSERT_TRUE(gate->wait_reached());
  impatient.cancellation->cancel();
  EXPECT_EQ(waiting.get(), "interrupted");
  gate->release();
}

TEST_F(FileReaderTest, ItsStreamsMayOutliveItsOwner) {
  auto file = reader(16 * 1024 * 1024);
  const auto gate = server_.hold_next(Verb::kRead);
  auto waiting = std::async(std::launch::async, [&, held = file] { return read(*held, 0, 10); });
  ASSERT_TRUE(gate->wait_reached());
  std::weak_ptr<FileReader> watched = file;
  gate->release();
  EXPECT_EQ(waiting.get(), content_.substr(0, 10));
  file->stop();
  file.reset();
  workers_.reset();
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace ftpsfs::vfs
