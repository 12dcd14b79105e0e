#include "ftpsfs/cache/disk_cache.h"

#include <spdlog/fmt/fmt.h>
#include <xxhash.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "cache/content_files.h"
#include "cache/disk_keeper.h"
#include "ftpsfs/base/log.h"

namespace ftpsfs::cache {
namespace {

constexpr std::size_t kBatchBlocks = 64;  // of one transaction
constexpr std::size_t kUsedBatch = 512;   // uses worth a transaction of their own
constexpr std::size_t kMostUsed = 4096;   // uses remembered; more are forgotten
constexpr std::chrono::minutes kForLong{1};
constexpr std::size_t kOfferBytes = 512;  // of an offer besides its block

}  // namespace

Result<std::unique_ptr<DiskCache>> DiskCache::open(const DiskCacheOptions& options) {
  FTPSFS_TRY_ASSIGN(ContentFiles files, ContentFiles::open(options.directory + "/" + folder_of(options.source),
                                                           Deadline::after(options.patience)));
  std::unique_ptr<DiskCache> cache(new DiskCache(options, std::make_unique<ContentFiles>(std::move(files))));
  return cache;
}

std::string DiskCache::folder_of(std::string_view source) {
  constexpr std::size_t kReadable = 64;
  std::string name(source.substr(0, kReadable));
  const auto is_plain = [](unsigned char c) { return c < 0x80 && (std::isalnum(c) != 0 || c == '-' || c == '@'); };
  std::replace_if(
      name.begin(), name.end(), [&](char c) { return c != '.' && !is_plain(c); }, '_');
  return fmt::format("{}-{:016x}", name, XXH3_64bits(source.data(), source.size()));
}

DiskCache::DiskCache(const DiskCacheOptions& options, std::unique_ptr<ContentFiles> files)
    : options_(options), files_(std::move(files)), keeper_([this] { run(); }) {}

DiskCache::~DiskCache() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  keeper_.join();
  MutexLock lock(mutex_);
  if (dropped_ > 0) spdlog::debug("{} blocks were not kept: the disk was slower than the line", dropped_);
}

BlockPtr DiskCache::find(const DiskContent& content, std::uint64_t index) {
  if (off_ || is_forgotten(content)) return nullptr;
  auto found = files_->read(content, index);
  if (!found) {
    switch_off(found.error());
    return nullptr;
  }
  log::of(log::Topic::kCache)
      .debug("block {} of {}: {}", index, log::printable(content.key), *found ? "on disk" : "not on disk");
  if (!*found) return nullptr;
  MutexLock lock(mutex_);
  if (used_.size() < kMostUsed) used_.push_back({content.hash, index});
  if (used_.size() == kUsedBatch) wake_.notify_one();
  return *std::move(found);
}

bool DiskCache::holds(const DiskContent& content, std::uint64_t first, std::uint64_t count) {
  return !off_ && !is_forgotten(content) && files_->holds(content, first, count);
}

void DiskCache::offer(const DiskContent& content, std::uint64_t index, BlockPtr block) {
  if (off_ || block->size() != content.block_length(index)) return;
  const std::size_t bytes = block->size() + kOfferBytes + content.key.size();
  MutexLock lock(mutex_);
  if (forgotten_.contains(content.hash)) return;
  if (queued_bytes_ + bytes > options_.queue_bytes) {
    ++dropped_;
    return;
  }
  queued_bytes_ += bytes;
  queue_.push_back({content, index, std::move(block)});
  wake_.notify_one();
}

void DiskCache::forget(const DiskContent& content) {
  if (off_) return;
  MutexLock lock(mutex_);
  forgotten_[content.hash] = false;
  wake_.notify_one();
}

bool DiskCache::is_forgotten(const DiskContent& content) {
  MutexLock lock(mutex_);
  return forgotten_.contains(content.hash);
}

bool DiskCache::drain(const Deadline& deadline) {
  MutexLock lock(mutex_);
  while (!off_ && (busy_ || !queue_.empty() || !forgotten_.empty())) {
    if (deadline.passed()) return false;
    idle_.wait_until(mutex_, deadline.at());
  }
  return true;
}

void DiskCache::run() {
  const Status kept = keep();
  if (kept) return;
  // The next mount makes the index anew from what is whole on disk.
  DiskIndex::discard(files_->index_file());
  switch_off(kept.error());
}

Status DiskCache::keep() {
  FTPSFS_TRY_ASSIGN(DiskKeeper keeper, DiskKeeper::start(*files_, options_.capacity_bytes));
  bytes_ = keeper.bytes();
  Work work;
  while (next_work(work)) {
    FTPSFS_TRY(keeper.forget_all(work.forgotten));
    FTPSFS_TRY(keeper.store(work.blocks, work.used));
    bytes_ = keeper.bytes();
  }
  return keeper.finish();
}

// Gives back what was done and waits for more; false when there is none left and never will be.
bool DiskCache::next_work(Work& work) {
  const Work done = std::exchange(work, {});
  MutexLock lock(mutex_);
  queued_bytes_ -= done.bytes;
  busy_ = false;
  std::erase_if(forgotten_, [](const auto& item) { return item.second; });
  if (queue_.empty() && forgotten_.empty()) idle_.notify_all();
  while (!off_ && !stopping_ && queue_.empty() && forgotten_.empty() && used_.size() < kUsedBatch) {
    wake_.wait_until(mutex_, std::chrono::steady_clock::now() + kForLong);
  }
  if (off_) return false;
  for (auto& [hash, under_way] : forgotten_) {
    under_way = true;
    work.forgotten.push_back(hash);
    std::erase_if(queue_, [&, gone = hash](const OfferedBlock& each) {
      const bool dropped = each.content.hash == gone;
      if (dropped) work.bytes += each.block->size() + kOfferBytes + each.content.key.size();
      return dropped;
    });
  }
  for (; !queue_.empty() && work.blocks.size() < kBatchBlocks; queue_.pop_front()) {
    work.bytes += queue_.front().block->size() + kOfferBytes + queue_.front().content.key.size();
    work.blocks.push_back(std::move(queue_.front()));
  }
  work.used.swap(used_);
  busy_ = !work.blocks.empty() || !work.used.empty() || !work.forgotten.empty();
  return busy_;
}

void DiskCache::switch_off(const Error& error) {
  if (off_.exchange(true)) return;
  spdlog::warn("the disk cache in {} is off until the next mount: {}", options_.directory, error.message);
  MutexLock lock(mutex_);
  queue_.clear();
  wake_.notify_all();
  idle_.notify_all();
}

}  // namespace ftpsfs::cache
