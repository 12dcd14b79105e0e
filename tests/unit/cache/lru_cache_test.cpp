// LruCache: order, weights, the hook; and random operations against a plain model.
#include "ftpsfs/cache/lru_cache.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace ftpsfs::cache {
namespace {

using Cache = LruCache<std::string, int>;

std::vector<std::string> order_of(const Cache& cache) {
  std::vector<std::string> keys;
  cache.cwalk([&](const std::string& key, const int&) { keys.push_back(key); });
  return keys;
}

using Keys = std::vector<std::string>;

class LruCacheTest : public testing::Test {
 protected:
  Keys evicted_;
  Cache cache_{10, [this](const std::string& key, int&) { evicted_.push_back(key); }};
};

TEST_F(LruCacheTest, EvictsTheLeastRecentlyUsedWhenOverTheBound) {
  cache_.insert("a", 1, 4);
  cache_.insert("b", 2, 4);
  cache_.insert("c", 3, 2);
  EXPECT_EQ(cache_.weight(), 10U);
  EXPECT_TRUE(evicted_.empty());
  cache_.insert("d", 4, 5);
  EXPECT_EQ(evicted_, (Keys{"a", "b"}));
  EXPECT_EQ(order_of(cache_), (Keys{"d", "c"}));
  EXPECT_EQ(cache_.weight(), 7U);
}

TEST_F(LruCacheTest, TryGetRefreshesAndPeekDoesNot) {
  cache_.insert("a", 1, 3);
  cache_.insert("b", 2, 3);
  cache_.insert("c", 3, 3);
  ASSERT_NE(cache_.tryGet("a"), nullptr);
  EXPECT_EQ(*cache_.tryGet("a"), 1);
  ASSERT_NE(cache_.peek("b"), nullptr);
  EXPECT_EQ(*cache_.peek("b"), 2);
  EXPECT_TRUE(cache_.contains("b"));
  EXPECT_EQ(order_of(cache_), (Keys{"a", "c", "b"}));
  EXPECT_EQ(cache_.tryGet("x"), nullptr);
  EXPECT_EQ(cache_.peek("x"), nullptr);
  EXPECT_FALSE(cache_.contains("x"));
}

TEST_F(LruCacheTest, InsertReplacesValueAndWeightWithoutTheHook) {
  cache_.insert("a", 1, 6);
  cache_.insert("b", 2, 2);
  cache_.insert("a", 7, 8);
  EXPECT_EQ(cache_.size(), 2U);
  EXPECT_EQ(cache_.weight(), 10U);
  EXPECT_EQ(*cache_.peek("a"), 7);
  EXPECT_EQ(order_of(cache_), (Keys{"a", "b"}));
  EXPECT_TRUE(evicted_.empty());
}

TEST_F(LruCacheTest, TooHeavyGoesAtOnceAndAlone) {
  cache_.insert("a", 1, 5);
  cache_.insert("b", 2, 5);
  cache_.insert("heavy", 3, 11);
  EXPECT_EQ(evicted_, Keys{"heavy"});
  EXPECT_EQ(order_of(cache_), (Keys{"b", "a"}));

  cache_.insert("a", 4, 11);  // what it replaces is gone with it
  EXPECT_EQ(order_of(cache_), Keys{"b"});
  EXPECT_EQ(cache_.weight(), 5U);
}

TEST_F(LruCacheTest, ReweighEvictsOthersFirst) {
  cache_.insert("a", 1, 3);
  cache_.insert("b", 2, 3);
  cache_.insert("c", 3, 3);
  cache_.reweigh("a", 6);
  EXPECT_EQ(evicted_, Keys{"b"});
  EXPECT_EQ(order_of(cache_), (Keys{"a", "c"}));
  cache_.reweigh("a", 1);
  EXPECT_EQ(cache_.weight(), 4U);
  cache_.reweigh("a", 11);
  EXPECT_EQ(evicted_, (Keys{"b", "a"}));
  cache_.reweigh("nobody", 5);
  EXPECT_EQ(cache_.weight(), 3U);
}

TEST_F(LruCacheTest, RemoveAndClearDoNotCallTheHook) {
  cache_.insert("a", 1, 3);
  cache_.insert("b", 2, 3);
  EXPECT_TRUE(cache_.remove("a"));
  EXPECT_FALSE(cache_.remove("a"));
  EXPECT_EQ(cache_.weight(), 3U);
  cache_.clear();
  EXPECT_EQ(cache_.size(), 0U);
  EXPECT_EQ(cache_.weight(), 0U);
  EXPECT_TRUE(order_of(cache_).empty());
  EXPECT_TRUE(evicted_.empty());
}

TEST_F(LruCacheTest, NothingFitsInNothingButWeightlessEntries) {
  Cache none(0);
  none.insert("a", 1, 1);
  EXPECT_FALSE(none.contains("a"));
  none.insert("b", 2, 0);
  EXPECT_TRUE(none.contains("b"));
}

TEST(LruCache, HookSeesAnEntryThatLeftAndIsStillWhole) {
  using Owner = LruCache<int, std::unique_ptr<std::string>>;
  const Owner* watched = nullptr;
  int calls = 0;
  Owner cache(4, [&](const int& key, std::unique_ptr<std::string>& value) {
    ++calls;
    EXPECT_EQ(key, 1);
    EXPECT_EQ(*value, "one");
    EXPECT_FALSE(watched->contains(1));
    EXPECT_EQ(watched->weight(), 3U);
  });
  watched = &cache;
  cache.insert(1, std::make_unique<std::string>("one"), 2);
  cache.insert(2, std::make_unique<std::string>("two"), 3);
  EXPECT_EQ(calls, 1);
}

/// The same promises, said in the plainest way.
class Model {
 public:
  struct Item {
    int key;
    int value;
    std::size_t weight;
    bool operator==(const Item&) const = default;
  };

  explicit Model(std::size_t capacity) : capacity_(capacity) {}

  void insert(int key, int value, std::size_t weight) {
    remove(key);
    items_.push_front({key, value, weight});
    bound();
  }
  std::optional<int> get(int key) {
    for (auto item = items_.begin(); item != items_.end(); ++item) {
      if (item->key != key) continue;
      items_.splice(items_.begin(), items_, item);
      return items_.front().value;
    }
    return std::nullopt;
  }
  void reweigh(int key, std::size_t weight) {
    if (!get(key)) return;
    items_.front().weight = weight;
    bound();
  }
  bool remove(int key) {
    return items_.remove_if([&](const Item& item) { return item.key == key; }) > 0;
  }
  void clear() { items_.clear(); }
  [[nodiscard]] std::size_t weight() const {
    std::size_t sum = 0;
    for (const Item& item : items_) sum += item.weight;
    return sum;
  }
  [[nodiscard]] const std::list<Item>& items() const { return items_; }
  std::vector<int> evicted;

 private:
  void bound() {
    if (items_.front().weight > capacity_) {
      evicted.push_back(items_.front().key);
      items_.pop_front();
    }
    while (weight() > capacity_) {
      evicted.push_back(items_.back().key);
      items_.pop_back();
    }
  }

  const std::size_t capacity_;
  std::list<Item> items_;
};

TEST(LruCache, BehavesLikeTheModelUnderRandomOperations) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto below = [&](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
    Model model(100);
    std::vector<int> evicted;
    LruCache<int, int> cache(100, [&](const int& key, int&) { evicted.push_back(key); });
    for (int step = 0; step < 3000; ++step) {
      const int key = below(20);
      const auto weight = static_cast<std::size_t>(below(10) == 0 ? below(120) : below(20));
      switch (const int what = below(100); what) {
        default:
          if (what < 40) {
            cache.insert(key, step, weight);
            model.insert(key, step, weight);
          } else if (what < 70) {
            const int* found = cache.tryGet(key);
            ASSERT_EQ(found ? std::optional(*found) : std::nullopt, model.get(key));
          } else if (what < 85) {
            cache.reweigh(key, weight);
            model.reweigh(key, weight);
          } else {
            ASSERT_EQ(cache.remove(key), model.remove(key));
          }
          break;
        case 99:
          cache.clear();
          model.clear();
      }
      ASSERT_EQ(evicted, model.evicted);
      ASSERT_EQ(cache.weight(), model.weight());
      ASSERT_LE(cache.weight(), cache.capacity());
      std::vector<std::pair<int, int>> seen;
      cache.cwalk([&](const int& k, const int& v) { seen.emplace_back(k, v); });
      std::vector<std::pair<int, int>> expected;
      for (const Model::Item& item : model.items()) expected.emplace_back(item.key, item.value);
      ASSERT_EQ(seen, expected);
      ASSERT_EQ(cache.size(), expected.size());
    }
  }
}

}  // namespace
}  // namespace ftpsfs::cache
