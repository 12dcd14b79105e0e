// What the tests of the disk cache share: a directory of its own, contents, and a look at the files behind it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ftpsfs/cache/disk_cache.h"
#include "unit/path_at.h"

namespace ftpsfs::cache {

class DiskCacheTest : public testing::Test {
 protected:
  static constexpr const char* kSource = "alice@ftp.example.org:21/";
  static constexpr std::uint64_t kBlockCost = kBlockSize + 4096 + 256;  ///< of a whole block, as the bound counts it

  DiskCacheTest() { mount(); }
  ~DiskCacheTest() override {
    cache_.reset();
    std::filesystem::remove_all(place_);
  }

  [[nodiscard]] DiskCacheOptions options(std::uint64_t capacity) const {
    return {.directory = place_.string(),
            .source = kSource,
            .capacity_bytes = capacity,
            .queue_bytes = 64 << 20,
            .patience = std::chrono::milliseconds(0)};
  }
  /// Where the source's blocks and their index lie.
  [[nodiscard]] std::filesystem::path directory() const { return place_ / DiskCache::folder_of(kSource); }
  [[nodiscard]] std::filesystem::path index_file() const { return directory() / "index.sqlite"; }

  /// As the start of a mount, when the index has been looked at.
  void mount(std::uint64_t capacity = 100 * kBlockCost) {
    cache_.reset();
    auto opened = DiskCache::open(options(capacity));
    ASSERT_TRUE(opened) << opened.error().message;
    cache_ = *std::move(opened);
    drain();
  }
  void drain() { ASSERT_TRUE(cache_->drain(Deadline::after(std::chrono::seconds(30)))); }
  /// What is on disk now, without a word of goodbye, is what the next mount finds.
  void crash() {
    const auto copy = place_ / "copy";
    std::filesystem::copy(directory(), copy, std::filesystem::copy_options::recursive);
    cache_.reset();
    std::filesystem::remove_all(directory());
    std::filesystem::rename(copy, directory());
  }

  static DiskContent content(std::string_view path, std::uint64_t size = 8 * kBlockSize, std::int64_t mtime = 1000,
                             std::string unique = "u1") {
    return *DiskContent::of(test::at(path), {size, mtime, std::move(unique)});
  }
  static BlockPtr block(char fill, std::size_t size = kBlockSize) {
    return std::make_shared<Block>(size, static_cast<std::byte>(fill));
  }
  void keep(const DiskContent& content, std::uint64_t index, char fill) {
    cache_->offer(content, index, block(fill, content.block_length(index)));
    drain();
  }
  /// The byte a block is filled with; '-' when it is not there.
  char found(const DiskContent& content, std::uint64_t index) {
    const BlockPtr block = cache_->find(content, index);
    if (!block) return '-';
    EXPECT_EQ(block->size(), content.block_length(index));
    EXPECT_TRUE(std::all_of(block->begin(), block->end(), [&](std::byte b) { return b == block->front(); }));
    return static_cast<char>(block->front());
  }
  std::string found(const DiskContent& content, std::uint64_t first, std::uint64_t count) {
    std::string all;
    for (std::uint64_t index = first; index < first + count; ++index) all += found(content, index);
    return all;
  }
  /// The files that hold blocks.
  [[nodiscard]] std::vector<std::filesystem::path> content_files() const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory())) {
      if (entry.is_regular_file() && entry.path().parent_path() != directory()) files.push_back(entry.path());
    }
    return files;
  }
  /// What they take on disk.
  [[nodiscard]] std::uint64_t disk_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& file : content_files()) {
      struct stat status {};
      EXPECT_EQ(::stat(file.c_str(), &status), 0);
      bytes += static_cast<std::uint64_t>(status.st_blocks) * 512;
    }
    return bytes;
  }

  std::filesystem::path place_ = [] {
    std::string name = testing::TempDir() + "/ftpsfs-disk-XXXXXX";
    return std::filesystem::path(::mkdtemp(name.data()));
  }();
  std::unique_ptr<DiskCache> cache_;
};

}  // namespace ftpsfs::cache
