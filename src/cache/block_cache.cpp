#include "ftpsfs/cache/block_cache.h"

#include <functional>
#include <utility>

#include "cache/weight.h"
#include "ftpsfs/base/log.h"

namespace ftpsfs::cache {
namespace {

/// The list, map and set nodes and the control block that come with each block.
constexpr std::size_t kBookkeeping = 256;

std::size_t weight_of(const Block& block) { return heap_bytes(block.capacity()) + kBookkeeping; }

}  // namespace

std::size_t BlockKeyHash::operator()(const BlockKey& key) const noexcept {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;  // spreads neighbouring contents over the whole range
  return std::hash<std::uint64_t>()(key.content * kOdd + key.index);
}

BlockCache::BlockCache(std::size_t capacity_bytes)
    : blocks_(capacity_bytes, [this](const BlockKey& key, BlockPtr&) REQUIRES(mutex_) {
        held_.erase(key);
        log::of(log::Topic::kCache).debug("no room for block {} of content {}", key.index, key.content);
      }) {}

BlockPtr BlockCache::find(const BlockKey& key) {
  MutexLock lock(mutex_);
  const BlockPtr* block = blocks_.tryGet(key);
  log::of(log::Topic::kCache)
      .debug("block {} of content {}: {}", key.index, key.content, block ? "in memory" : "not in memory");
  return block ? *block : nullptr;
}

void BlockCache::insert(const BlockKey& key, BlockPtr block) {
  const std::size_t weight = weight_of(*block);
  MutexLock lock(mutex_);
  held_.insert(key);
  blocks_.insert(key, std::move(block), weight);
}

std::uint64_t BlockCache::new_content() {
  MutexLock lock(mutex_);
  return ++last_content_;
}

void BlockCache::forget(std::uint64_t content) {
  MutexLock lock(mutex_);
  auto key = held_.lower_bound(BlockKey{content, 0});
  while (key != held_.end() && key->content == content) {
    blocks_.remove(*key);
    key = held_.erase(key);
  }
}

std::size_t BlockCache::bytes() const {
  MutexLock lock(mutex_);
  return blocks_.weight();
}

}  // namespace ftpsfs::cache
