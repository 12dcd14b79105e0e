#include "vfs/attribute_memory.h"

#include <gtest/gtest.h>

#include "ftpsfs/base/worker_pool.h"
#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

remote::Attributes told(std::int64_t mtime, std::optional<std::uint32_t> mode = std::nullopt) {
  remote::Attributes attributes;
  attributes.mtime = mtime;
  attributes.mode = mode;
  return attributes;
}

class AttributeMemoryTest : public testing::Test {
 protected:
  std::int64_t mtime(std::string_view path, std::int64_t server) { return memory_.apply(at(path), told(server)).mtime; }
  std::uint32_t mode(std::string_view path, std::optional<std::uint32_t> server) {
    return memory_.apply(at(path), told(0, server)).mode.value_or(0);
  }

  AttributeMemory memory_;
};

TEST_F(AttributeMemoryTest, UnknownNamesAreAsTold) {
  const remote::Attributes server = told(5, 0644);
  EXPECT_EQ(memory_.apply(at("a"), server), server);
}

TEST_F(AttributeMemoryTest, HoldsWhileTheServerTellsTheSame) {
  memory_.remember_mtime(at("d"), 100);
  EXPECT_EQ(mtime("d", 7), 100);
  EXPECT_EQ(mtime("d", 7), 100);
  EXPECT_EQ(mtime("d", 8), 8) << "somebody changed it";
  EXPECT_EQ(mtime("d", 7), 7) << "and it is forgotten";
}

TEST_F(AttributeMemoryTest, TheRoughTimeOfAQuickLookIsNoOther) {
  remote::Attributes rough = told(60);
  rough.provisional = true;
  memory_.remember_mode(at("f"), 0755);
  EXPECT_EQ(memory_.apply(at("f"), rough).mtime, 60);
  memory_.remember_mtime(at("f"), 100);
  EXPECT_EQ(mtime("f", 67), 100);
  EXPECT_EQ(memory_.apply(at("f"), rough).mtime, 100);
  EXPECT_EQ(mtime("f", 67), 100);
}

TEST_F(AttributeMemoryTest, AModeTheServerNeverTells) {
  memory_.remember_mode(at("f"), 0755);
  EXPECT_EQ(mode("f", std::nullopt), 0755U);
  EXPECT_EQ(mode("f", std::nullopt), 0755U);
  EXPECT_EQ(mode("f", 0644), 0755U) << "another way to ask, which tells it";
  EXPECT_EQ(mode("f", std::nullopt), 0755U);
  EXPECT_EQ(mode("f", 0600), 0600U) << "somebody changed it";
}

TEST_F(AttributeMemoryTest, TimeAndModeAreRememberedApart) {
  memory_.remember_mtime(at("f"), 100);
  memory_.remember_mode(at("f"), 0755);
  memory_.forget_mtime(at("f"));
  EXPECT_EQ(mtime("f", 7), 7);
  EXPECT_EQ(mode("f", std::nullopt), 0755U);
  memory_.forget_mode(at("f"));
  EXPECT_EQ(mode("f", std::nullopt), 0U);
}

TEST_F(AttributeMemoryTest, MovesWithTheNameAndWithWhatIsBelowIt) {
  memory_.remember_mtime(at("d"), 100);
  memory_.remember_mtime(at("d/sub"), 200);
  memory_.remember_mtime(at("dd"), 300);
  memory_.remember_mtime(at("e/sub"), 400);
  memory_.move(at("d"), at("e"));
  EXPECT_EQ(mtime("e", 7), 100);
  EXPECT_EQ(mtime("e/sub", 7), 200) << "in the place of what was there";
  EXPECT_EQ(mtime("dd", 7), 300);
  EXPECT_EQ(mtime("d", 7), 7);
  EXPECT_EQ(mtime("d/sub", 7), 7);
}

TEST_F(AttributeMemoryTest, MovingAnUnknownNameForgetsTheOneItReplaced) {
  memory_.remember_mode(at("b"), 0755);
  memory_.move(at("a"), at("b"));
  EXPECT_EQ(mode("b", 0644), 0644U);
}

TEST_F(AttributeMemoryTest, Forgets) {
  memory_.remember_mode(at("b"), 0755);
  memory_.forget(at("b"));
  EXPECT_EQ(mode("b", 0644), 0644U);
}

TEST_F(AttributeMemoryTest, IsBounded) {
  for (int i = 0; i < 100'000; ++i) memory_.remember_mtime(at("name" + std::to_string(i)), 100);
  EXPECT_EQ(mtime("name0", 7), 7) << "the oldest is forgotten";
  EXPECT_EQ(mtime("name99999", 7), 100);
}

TEST_F(AttributeMemoryTest, OurOwnChangesOfADirectoryAreNotTakenForSomebodyElses) {
  memory_.remember_mtime(at("d"), 100);
  EXPECT_EQ(mtime("d", 7), 100);
  {
    const AttributeMemory::OwnChange first(memory_, at("d"));
    EXPECT_EQ(mtime("d", 8), 100);
    { const AttributeMemory::OwnChange second(memory_, at("d")); }
    EXPECT_EQ(mtime("d", 9), 100) << "the first goes on";
    EXPECT_EQ(mtime("d/other", 9), 9);
  }
  EXPECT_EQ(mtime("d", 10), 100) << "what comes of them";
  EXPECT_EQ(mtime("d", 11), 11) << "somebody else";
}

/// Each memory writes with threads of its own, and is done when it is gone.
class KeptMemoryTest : public testing::Test {
 protected:
  struct Mounted {
    explicit Mounted(const std::string& file) { memory.keep_in(AttributeStore::open(file).value(), workers); }
    std::int64_t mtime(std::string_view path, std::int64_t server) {
      return memory.apply(at(path), told(server)).mtime;
    }
    std::uint32_t mode(std::string_view path, std::optional<std::uint32_t> server) {
      return memory.apply(at(path), told(0, server)).mode.value_or(0);
    }

    AttributeMemory memory;
    WorkerPool workers{4};
  };
  void mount() {
    mounted_.reset();
    mounted_ = std::make_unique<Mounted>(folder_.path() + "/attributes.sqlite");
  }
  void SetUp() override { mount(); }
  AttributeMemory& memory() { return mounted_->memory; }

  TemporaryDirectory folder_;
  std::unique_ptr<Mounted> mounted_;
};

TEST_F(KeptMemoryTest, OutlivesTheMount) {
  memory().remember_mtime(at("d"), 100);
  memory().remember_mode(at("f"), 0755);
  mount();
  EXPECT_EQ(mounted_->mtime("d", 7), 100);
  EXPECT_EQ(mounted_->mode("f", std::nullopt), 0755U);
}

TEST_F(KeptMemoryTest, IsVoidWhenTheServerToldSomethingElseBeforeTheMount) {
  memory().remember_mtime(at("d"), 100);
  EXPECT_EQ(mounted_->mtime("d", 7), 100);
  mount();
  EXPECT_EQ(mounted_->mtime("d", 8), 8);
  mount();
  EXPECT_EQ(mounted_->mtime("d", 7), 7) << "and forgotten on disk, too";
}

TEST_F(KeptMemoryTest, WhatIsForgottenOrMovedIsSoAfterTheNextMount) {
  for (const char* path : {"a", "b", "c", "c/sub"}) memory().remember_mtime(at(path), 100);
  memory().remember_mode(at("b"), 0755);
  memory().forget(at("a"));
  memory().forget_mtime(at("b"));
  memory().move(at("c"), at("e"));
  mount();
  EXPECT_EQ(mounted_->mtime("a", 7), 7);
  EXPECT_EQ(mounted_->mtime("b", 7), 7);
  EXPECT_EQ(mounted_->mode("b", std::nullopt), 0755U);
  EXPECT_EQ(mounted_->mtime("c/sub", 7), 7);
  EXPECT_EQ(mounted_->mtime("e/sub", 7), 100);
}

TEST_F(KeptMemoryTest, WhatHasNoRoomInMemoryTakesNoneOnDisk) {
  for (int i = 0; i < 20'000; ++i) memory().remember_mtime(at("name" + std::to_string(i)), 100);
  mounted_.reset();
  const auto kept = AttributeStore::open(folder_.path() + "/attributes.sqlite").value().entries;
  EXPECT_LT(kept.size(), 20'000U);
  ASSERT_GT(kept.size(), 1'000U);
  EXPECT_EQ(kept.back().first, at("name19999"));
  EXPECT_EQ(kept.front().first, at("name" + std::to_string(20'000 - kept.size()))) << "the oldest went first";
}

}  // namespace
}  // namespace ftpsfs::vfs
