#include "vfs/attribute_store.h"

#include <gmock/gmock.h>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Entries = std::vector<AttributeStore::Entry>;

RememberedAttributes time_of(std::int64_t wanted, std::optional<std::int64_t> told = {}) {
  RememberedAttributes attributes;
  attributes.mtime = {wanted, told};
  return attributes;
}

RememberedAttributes mode_of(std::uint32_t wanted, std::optional<std::uint32_t> told = {}) {
  RememberedAttributes attributes;
  attributes.mode = {wanted, told};
  return attributes;
}

class AttributeStoreTest : public testing::Test {
 protected:
  [[nodiscard]] std::string file() const { return folder_.path() + "/attributes.sqlite"; }
  [[nodiscard]] AttributeStore::Opened open() const { return AttributeStore::open(file()).value(); }
  static std::string write(const AttributeStore::Opened& opened, const Entries& changes) {
    return outcome(opened.store->write(changes));
  }

  TemporaryDirectory folder_;
};

TEST_F(AttributeStoreTest, ANewOneIsEmpty) { EXPECT_THAT(open().entries, IsEmpty()); }

TEST_F(AttributeStoreTest, KeepsEveryKindOfEntryInTheOrderOfChanges) {
  RememberedAttributes both = time_of(-5, 0);
  both.mode = {0, 07777};
  const Entries all{{at("time"), time_of(100)},
                    {at("both"), both},
                    {at(""), time_of(100, 7)},
                    {at("d/\xff %'_"), mode_of(0755)},
                    {at("told"), mode_of(0600, 0644)}};
  EXPECT_EQ(write(open(), all), "ok");
  EXPECT_EQ(open().entries, all);
}

TEST_F(AttributeStoreTest, AChangeMakesAnEntryTheNewest) {
  EXPECT_EQ(write(open(), {{at("a"), time_of(1)}, {at("b"), time_of(2)}}), "ok");
  EXPECT_EQ(write(open(), {{at("a"), time_of(3)}}), "ok");
  EXPECT_THAT(open().entries, ElementsAre(AttributeStore::Entry{at("b"), time_of(2)},  //
                                          AttributeStore::Entry{at("a"), time_of(3)}));
}

TEST_F(AttributeStoreTest, AnEmptyEntryIsRemoved) {
  EXPECT_EQ(write(open(), {{at("a"), time_of(1)}, {at("b"), time_of(2)}}), "ok");
  EXPECT_EQ(write(open(), {{at("a"), {}}, {at("unknown"), {}}}), "ok");
  EXPECT_THAT(open().entries, ElementsAre(AttributeStore::Entry{at("b"), time_of(2)}));
}

TEST_F(AttributeStoreTest, ADamagedOneIsMovedAsideAndBegunAnew) {
  const std::string garbage(10'000, 'x');
  std::ofstream(file()) << garbage;
  EXPECT_EQ(write(open(), {{at("a"), time_of(1)}}), "ok");
  EXPECT_EQ(open().entries.size(), 1U);
  std::ifstream damaged(file() + ".damaged");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(damaged), {}), garbage);
}

TEST_F(AttributeStoreTest, OnlyItsOwnerReadsIt) {
  EXPECT_EQ(write(open(), {{at("a"), time_of(1)}}), "ok");
  for (const auto& each : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_EQ(each.status().permissions(), std::filesystem::perms(0600)) << each.path();
  }
}

TEST_F(AttributeStoreTest, AFolderThatIsNotThereIsAnError) {
  EXPECT_EQ(outcome(AttributeStore::open(folder_.path() + "/none/attributes.sqlite")), "input/output error");
}

}  // namespace
}  // namespace ftpsfs::vfs
