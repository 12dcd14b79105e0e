// Contents kept on disk from one mount to the next: used when the server has the same version, and only then.
#include <fcntl.h>

#include <ctime>

#include "ftpsfs/base/unique_fd.h"
#include "ftpsfs/cache/disk_cache.h"
#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

using cache::kBlockSize;

class DiskTierTest : public FilesystemTest {
 protected:
  void SetUp() override { remount(); }
  void TearDown() override { unmount(); }

  void unmount() {
    fs_.reset();
    disk_.reset();
  }
  /// Nothing is remembered but by the server and on disk.
  void remount() {
    unmount();
    auto opened = cache::DiskCache::open({.directory = kept_.path(), .source = "test"});
    ASSERT_TRUE(opened) << opened.error().message;
    disk_ = *std::move(opened);
    options_.disk = disk_.get();
    mount();
    settle();
  }
  void settle() { ASSERT_TRUE(disk_->drain(Deadline::after(std::chrono::seconds(30)))); }
  /// Reads a file to its end, so that it is on disk, and mounts anew.
  void keep(std::string_view path, const std::string& content) {
    EXPECT_TRUE(read_whole(path) == content);
    settle();
    remount();
    downloads_ = server_.count(Verb::kOpenReader);
  }
  std::string read_whole(std::string_view path) {
    const HandleId handle = open(path, kRead);
    std::string text;
    for (std::string part; !(part = read(handle, text.size(), kBlockSize)).empty();) text += part;
    close(handle);
    return text;
  }
  int downloads() { return server_.count(Verb::kOpenReader) - downloads_; }
  /// Makes holes where the kept file has the blocks whose index `is_lost`.
  template <typename Predicate>
  void lose_blocks(const Predicate& is_lost) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kept_.path())) {
      if (!entry.is_regular_file() || entry.path().parent_path().filename().string().size() != 2) continue;
      const UniqueFd file(::open(entry.path().c_str(), O_RDWR));
      std::uint64_t bytes[2];  // of the key, and of the content; behind the magic word
      ASSERT_EQ(::pread(file.get(), bytes, sizeof bytes, 16), static_cast<ssize_t>(sizeof bytes));
      for (std::uint64_t index = 0; index * kBlockSize < bytes[1]; ++index) {
        const auto place = static_cast<off_t>(4096 + index * kBlockSize);  // head and checksums fit into a page
        if (!is_lost(index)) continue;
        ASSERT_EQ(::fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, place, kBlockSize), 0);
      }
    }
  }

  TemporaryDirectory kept_;
  std::unique_ptr<cache::DiskCache> disk_;
  int downloads_ = 0;
};

TEST_F(DiskTierTest, ABlockOnDiskOpensNoDownload) {
  const std::string content = pattern(3 * kBlockSize + 100);
  server_.put("f", content);
  keep("f", content);
  EXPECT_TRUE(read_whole("f") == content);
  EXPECT_EQ(downloads(), 0);
}

TEST_F(DiskTierTest, TheServerIsAskedFirst) {
  server_.put("f", "content");
  keep("f", "content");
  server_.erase("f");
  EXPECT_EQ(outcome(find("f")), "not found");
}

TEST_F(DiskTierTest, AnotherVersionIsDownloaded) {
  const std::string other = pattern(100'000, 2);
  server_.put("f", pattern(100'000));
  keep("f", pattern(100'000));
  server_.put("f", other);
  EXPECT_TRUE(read_whole("f") == other);
  EXPECT_EQ(downloads(), 1);
}

TEST_F(DiskTierTest, AFileReplacedByOneOfTheSameSizeAndTimeIsDownloaded) {
  server_.put("f", "old", 1000);
  keep("f", "old");
  server_.erase("f");
  server_.put("f", "new", 1000);
  EXPECT_EQ(read_whole("f"), "new") << "its identity on the server is another";
}

TEST_F(DiskTierTest, AnEarlierContentIsNotTakenForWhatWeMadeOfTheFile) {
  const std::string first = pattern(100'000);
  const std::string second = pattern(100'000, 2);
  server_.put("f", first, 1000);
  keep("f", first);
  server_.put("f", second, 2000);
  AttributeChange back;
  back.mtime = 1000;
  ASSERT_TRUE(fs_->change_attributes(find("f")->node, 0, back, context_));
  EXPECT_TRUE(read_whole("f") == second);
}

TEST_F(DiskTierTest, AVersionSeenDuringTheMountIsNotMixedWithOneOnDisk) {
  const std::string first = pattern(2 * kBlockSize);
  const std::string second = pattern(2 * kBlockSize, 2);
  server_.put("f", first, 1000);
  keep("f", first);
  server_.put("f", second, 2000);
  EXPECT_TRUE(read_whole("f") == second);
  server_.put("f", first, 1000);
  clock_.advance(options_.cache_ttl);
  EXPECT_TRUE(read_whole("f") == first) << "it is as it was";
}

TEST_F(DiskTierTest, AFileJustWrittenIsNotKept) {
  server_.put("f", "content", std::time(nullptr));
  EXPECT_EQ(read_whole("f"), "content");
  settle();
  EXPECT_EQ(disk_->bytes(), 0U);
}

TEST_F(DiskTierTest, AFileWithARoughTimeIsNotKept) {
  server_.put("f", "content");
  remote::Attributes rough = *server_.attributes("f");
  rough.mtime_exact = false;
  server_.set_attributes("f", rough);
  EXPECT_EQ(read_whole("f"), "content");
  settle();
  EXPECT_EQ(disk_->bytes(), 0U);
}

TEST_F(DiskTierTest, ABlockThatIsLostIsDownloadedAlone) {
  const std::string content = pattern(40 * kBlockSize);
  server_.read_chunk = kBlockSize;
  server_.put("f", content);
  keep("f", content);
  lose_blocks([](std::uint64_t index) { return index == 2; });
  const int reads = server_.count(Verb::kRead);
  EXPECT_TRUE(read_whole("f") == content);
  EXPECT_EQ(downloads(), 1);
  EXPECT_EQ(server_.count(Verb::kRead) - reads, 1);
}

TEST_F(DiskTierTest, ADownloadIsNotLeftForAFewBlocks) {
  const std::string content = pattern(40 * kBlockSize);
  server_.put("f", content);
  keep("f", content);
  lose_blocks([](std::uint64_t index) { return index % 2 == 1; });
  EXPECT_TRUE(read_whole("f") == content);
  EXPECT_EQ(downloads(), 1);
}

TEST_F(DiskTierTest, WhatIsLostIsKeptAgain) {
  const std::string content = pattern(8 * kBlockSize);
  server_.put("f", content);
  keep("f", content);
  lose_blocks([](std::uint64_t index) { return index > 3; });
  keep("f", content);
  EXPECT_TRUE(read_whole("f") == content);
  EXPECT_EQ(downloads(), 0);
}

TEST_F(DiskTierTest, ASmallReadFarFromOthersUsesTheDiskToo) {
  const std::string content = pattern(20 * kBlockSize);
  server_.put("f", content);
  keep("f", content);
  const HandleId handle = open("f", kRead);
  EXPECT_EQ(read(handle, 10 * kBlockSize - 50, 100), content.substr(10 * kBlockSize - 50, 100));
  close(handle);
  EXPECT_EQ(downloads(), 0);
}

TEST_F(DiskTierTest, ATimeSetWhileItIsReadEndsItsUse) {
  const std::string content = pattern(8 * kBlockSize);
  server_.put("f", content);
  keep("f", content);
  const HandleId handle = open("f", kRead);
  EXPECT_EQ(read(handle, 0, 100), content.substr(0, 100));
  EXPECT_EQ(change(node("f"), to_mtime(4242)), "ok");
  EXPECT_TRUE(read(handle, 5 * kBlockSize, 1000) == content.substr(5 * kBlockSize, 1000));
  close(handle);
  EXPECT_TRUE(read_whole("f") == content);
}

TEST_F(DiskTierTest, OurOwnChangeIsReadBack) {
  const std::string content = pattern(2 * kBlockSize);
  server_.put("f", content);
  keep("f", content);
  EXPECT_EQ(write_file("f", pattern(2 * kBlockSize, 3)), "ok");
  EXPECT_TRUE(read_whole("f") == pattern(2 * kBlockSize, 3));
  remount();
  EXPECT_TRUE(read_whole("f") == pattern(2 * kBlockSize, 3));
}

TEST_F(DiskTierTest, SmallFilesReadInTurnComeFromDisk) {
  constexpr int kFiles = 40;
  const auto name = [](int i) { return "d/" + std::to_string(100 + i); };
  const auto read_all = [&] {
    names(node("d"));
    for (int i = 0; i < kFiles; ++i) EXPECT_EQ(read_whole(name(i)), *on_server(name(i))) << i;
  };
  server_.put_directory("d");
  for (int i = 0; i < kFiles; ++i) server_.put(name(i), pattern(5000, static_cast<unsigned>(i)));
  read_all();
  settle();
  remount();
  downloads_ = server_.count(Verb::kOpenReader);
  read_all();
  fs_.reset();  // what looks ahead has come to its end
  EXPECT_EQ(downloads(), 0);
  remount();
  server_.put(name(20), "changed");
  read_all();
}

}  // namespace
}  // namespace ftpsfs::vfs
