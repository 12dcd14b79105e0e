// LruCache: the least recently used entries go first when the weights exceed the bound.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>

namespace ftpsfs::cache {

/// A map bounded by the sum of its entries' weights, in bytes. Not thread-safe: its owner guards it.
///
/// The eviction hook is called for each entry that is given up to keep the bound, after it left the map and before it
/// is destroyed. It is not called for entries that are replaced, removed or cleared, and it must not use the cache.
template <typename Key, typename Value, typename Hash = std::hash<Key>>
class LruCache {
 public:
  using EvictionHook = std::function<void(const Key&, Value&)>;

  explicit LruCache(std::size_t capacity, EvictionHook on_evict = {})
      : capacity_(capacity), on_evict_(std::move(on_evict)) {}
  LruCache(const LruCache&) = delete;
  LruCache& operator=(const LruCache&) = delete;

  /// Inserts or replaces, as the most recently used; then evicts until the bound holds. An entry heavier than the whole
  /// bound is evicted at once, and costs no other entry its place.
  void insert(const Key& key, Value value, std::size_t weight) {
    remove(key);
    const auto inserted = items_.emplace(key, Slot{std::move(value), 0, {}}).first;
    inserted->second.place = order_.insert(order_.begin(), &*inserted);
    reweigh(key, weight);
  }

  /// The value, made the most recently used, or null. Valid until the next insert, reweigh, remove or clear.
  Value* tryGet(const Key& key) {
    const auto found = items_.find(key);
    if (found == items_.end()) return nullptr;
    touch(found->second);
    return &found->second.value;
  }

  /// The same without touching the order.
  [[nodiscard]] const Value* peek(const Key& key) const {
    const auto found = items_.find(key);
    return found == items_.end() ? nullptr : &found->second.value;
  }

  /// Changes the weight of an entry whose value grew or shrank in place, as if it were inserted anew. Nothing happens
  /// when the key is not there.
  void reweigh(const Key& key, std::size_t weight) {
    const auto found = items_.find(key);
    if (found == items_.end()) return;
    Slot& slot = found->second;
    weight_ = weight_ - slot.weight + weight;
    slot.weight = weight;
    touch(slot);
    if (weight > capacity_) evict(found);
    while (weight_ > capacity_) evict(items_.find(order_.back()->first));
  }

  /// False when it was not there.
  bool remove(const Key& key) {
    const auto found = items_.find(key);
    if (found == items_.end()) return false;
    weight_ -= found->second.weight;
    order_.erase(found->second.place);
    items_.erase(found);
    return true;
  }

  void clear() {
    order_.clear();
    items_.clear();
    weight_ = 0;
  }

  [[nodiscard]] bool contains(const Key& key) const { return items_.contains(key); }

  /// Calls `visit(const Key&, const Value&)` for every entry, most recently used first.
  template <typename Visitor>
  void cwalk(Visitor&& visit) const {
    for (const Item* item : order_) visit(item->first, item->second.value);
  }

  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] std::size_t weight() const { return weight_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  struct Slot;
  using Item = std::pair<const Key, Slot>;
  using Order = std::list<Item*>;
  struct Slot {
    Value value;
    std::size_t weight;
    typename Order::iterator place;
  };
  using Items = std::unordered_map<Key, Slot, Hash>;

  void touch(Slot& slot) { order_.splice(order_.begin(), order_, slot.place); }

  void evict(typename Items::iterator victim) {
    auto evicted = items_.extract(victim);
    weight_ -= evicted.mapped().weight;
    order_.erase(evicted.mapped().place);
    if (on_evict_) on_evict_(evicted.key(), evicted.mapped().value);
  }

  const std::size_t capacity_;
  const EvictionHook on_evict_;
  Items items_;
  Order order_;  ///< most recently used first
  std::size_t weight_ = 0;
};

}  // namespace ftpsfs::cache
