#include "fuse/directory_buffer.h"

#include <gmock/gmock.h>
#include <linux/fuse.h>
#include <sys/stat.h>

#include <cstring>
#include <string>

#include "unit/fuse/mock_filesystem.h"

namespace ftpsfs::fuse {
namespace {

using testing::_;
using testing::ElementsAre;
using testing::Return;

struct Seen {
  std::string name;
  std::uint64_t inode = 0;
  std::uint64_t next = 0;
  std::uint64_t node = 0;  ///< READDIRPLUS only
};

Seen read_entry(const char* at) {
  fuse_dirent entry{};
  std::memcpy(&entry, at, FUSE_NAME_OFFSET);
  return {std::string(at + FUSE_NAME_OFFSET, entry.namelen), entry.ino, entry.off, 0};
}

std::vector<Seen> read_plain(const std::vector<char>& buffer) {
  std::vector<Seen> seen;
  for (std::size_t at = 0; at < buffer.size();) {
    seen.push_back(read_entry(buffer.data() + at));
    at += FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + seen.back().name.size());
  }
  return seen;
}

std::vector<Seen> read_plus(const std::vector<char>& buffer) {
  std::vector<Seen> seen;
  for (std::size_t at = 0; at < buffer.size();) {
    fuse_entry_out entry{};
    std::memcpy(&entry, buffer.data() + at, sizeof entry);
    seen.push_back(read_entry(buffer.data() + at + sizeof entry));
    seen.back().node = entry.nodeid;
    at += FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET_DIRENTPLUS + seen.back().name.size());
  }
  return seen;
}

std::vector<std::string> names_of(const std::vector<Seen>& seen) {
  std::vector<std::string> names;
  for (const Seen& each : seen) names.push_back(each.name);
  return names;
}

std::vector<vfs::DirectoryEntry> three_entries() {
  std::vector<vfs::DirectoryEntry> entries;
  for (const char* name : {"a", "second entry", "z"}) {
    vfs::NodeAttributes attributes;
    attributes.inode = 100 + entries.size();
    entries.push_back({name, attributes});
  }
  return entries;
}

constexpr std::size_t kPlenty = 4096;

TEST(DirectoryBuffer, BeginsWithTheDots) {
  const auto entries = three_entries();
  const auto seen = read_plain(plain_entries({1, 0, entries}, 0, kPlenty));
  EXPECT_THAT(names_of(seen), ElementsAre(".", "..", "a", "second entry", "z"));
  EXPECT_EQ(seen[3].inode, 101U);
}

TEST(DirectoryBuffer, EachOffsetLeadsToTheNextEntry) {
  const auto entries = three_entries();
  const auto all = read_plain(plain_entries({1, 0, entries}, 0, kPlenty));
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    const auto rest = read_plain(plain_entries({1, 0, entries}, static_cast<off_t>(all[i].next), kPlenty));
    ASSERT_FALSE(rest.empty());
    EXPECT_EQ(rest.front().name, all[i + 1].name);
  }
  EXPECT_TRUE(plain_entries({1, 0, entries}, static_cast<off_t>(all.back().next), kPlenty).empty());
  EXPECT_TRUE(plain_entries({1, 0, entries}, 1'000'000, kPlenty).empty());
}

TEST(DirectoryBuffer, SmallBuffersTellAllEntriesOnce) {
  const auto entries = three_entries();
  std::vector<std::string> names;
  off_t offset = 0;
  for (;;) {
    const auto part = read_plain(plain_entries({1, 0, entries}, offset, 64));
    if (part.empty()) break;
    for (const Seen& each : part) names.push_back(each.name);
    offset = static_cast<off_t>(part.back().next);
  }
  EXPECT_THAT(names, ElementsAre(".", "..", "a", "second entry", "z"));
}

TEST(DirectoryBuffer, AttributesComeWithALookupWhereTheyAreKnown) {
  const auto entries = three_entries();
  testing::StrictMock<MockFilesystem> filesystem;
  vfs::NodeAttributes known;
  known.node = 9;
  known.inode = 100;
  EXPECT_CALL(filesystem, try_offer(1, std::string_view("a"))).WillOnce(Return(known));
  EXPECT_CALL(filesystem, try_offer(1, std::string_view("second entry"))).WillOnce(Return(std::nullopt));
  EXPECT_CALL(filesystem, try_offer(1, std::string_view("z"))).WillOnce(Return(std::nullopt));
  const auto seen = read_plus(entries_with_attributes(filesystem, {1, 0, entries}, 0, kPlenty));
  ASSERT_THAT(names_of(seen), ElementsAre(".", "..", "a", "second entry", "z"));
  EXPECT_EQ(seen[0].node, 0U);
  EXPECT_EQ(seen[2].node, 9U);
  EXPECT_EQ(seen[3].node, 0U) << "the name alone";
  EXPECT_EQ(seen[3].inode, 101U);
  EXPECT_EQ(seen[4].node, 0U);
}

TEST(DirectoryBuffer, WhatDoesNotFitIsNotLookedUp) {
  const auto entries = three_entries();
  testing::StrictMock<MockFilesystem> filesystem;
  EXPECT_CALL(filesystem, try_offer(1, std::string_view("a"))).WillOnce(Return(std::nullopt));
  const std::size_t room_for_three = 3 * FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET_DIRENTPLUS + 2) + 8;
  const auto seen = read_plus(entries_with_attributes(filesystem, {1, 0, entries}, 0, room_for_three));
  EXPECT_THAT(names_of(seen), ElementsAre(".", "..", "a"));
}

TEST(DirectoryBuffer, APartOfADirectoryKeepsItsNumbers) {
  const auto entries = three_entries();
  const auto seen = read_plain(plain_entries({1, 100, entries}, 103, kPlenty));
  EXPECT_THAT(names_of(seen), ElementsAre("second entry", "z"));
  EXPECT_EQ(seen.front().next, 104U);
  EXPECT_EQ(first_entry_at(104), 102U);
  EXPECT_EQ(first_entry_at(0), 0U);
  EXPECT_EQ(first_entry_at(1), 0U);
  EXPECT_EQ(first_entry_at(2), 0U);
  EXPECT_EQ(first_entry_at(3), 1U);
}

TEST(DirectoryBuffer, NoMoreEntriesFitThanAreAskedFor) {
  std::vector<vfs::DirectoryEntry> entries(1000, {"x", {}});
  const std::size_t fit = read_plain(plain_entries({1, 0, entries}, 2, kPlenty)).size();
  EXPECT_LE(fit, most_plain_entries(kPlenty));
  EXPECT_GE(fit + 1, most_plain_entries(kPlenty));
  testing::NiceMock<MockFilesystem> filesystem;
  const std::size_t fit_plus = read_plus(entries_with_attributes(filesystem, {1, 0, entries}, 2, kPlenty)).size();
  EXPECT_LE(fit_plus, most_entries_with_attributes(kPlenty));
  EXPECT_GE(fit_plus + 1, most_entries_with_attributes(kPlenty));
}

}  // namespace
}  // namespace ftpsfs::fuse
