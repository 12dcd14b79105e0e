#include "fuse/attributes.h"

#include <gtest/gtest.h>

#include "fuse/attribute_change.h"

namespace ftpsfs::fuse {
namespace {

vfs::NodeAttributes attributes_of(remote::FileType type) {
  vfs::NodeAttributes attributes;
  attributes.node = 5;
  attributes.inode = 77;
  attributes.type = type;
  attributes.mode = 0640;
  attributes.links = 3;
  attributes.size = 1025;
  attributes.mtime = 1'600'000'000;
  attributes.uid = 1000;
  attributes.gid = 100;
  return attributes;
}

TEST(Attributes, OfAFile) {
  const struct stat told = to_stat(attributes_of(remote::FileType::kFile));
  EXPECT_EQ(told.st_ino, 77U);
  EXPECT_EQ(told.st_mode, S_IFREG | 0640U);
  EXPECT_EQ(told.st_nlink, 3U);
  EXPECT_EQ(told.st_uid, 1000U);
  EXPECT_EQ(told.st_gid, 100U);
  EXPECT_EQ(told.st_size, 1025);
  EXPECT_EQ(told.st_blocks, 3) << "1025 bytes touch three blocks of 512";
  EXPECT_EQ(told.st_mtim.tv_sec, 1'600'000'000);
  EXPECT_EQ(told.st_atim.tv_sec, told.st_mtim.tv_sec);
  EXPECT_EQ(told.st_ctim.tv_sec, told.st_mtim.tv_sec);
}

TEST(Attributes, OfADirectoryDoNotCountSubdirectories) {
  EXPECT_EQ(to_stat(attributes_of(remote::FileType::kDirectory)).st_mode, S_IFDIR | 0640U);
  EXPECT_EQ(to_stat(attributes_of(remote::FileType::kDirectory)).st_nlink, 1U);
  EXPECT_EQ(to_stat(attributes_of(remote::FileType::kSymlink)).st_mode, S_IFLNK | 0640U);
}

TEST(Attributes, AnUnlinkedFileHasNoLinks) {
  vfs::NodeAttributes unlinked = attributes_of(remote::FileType::kFile);
  unlinked.links = 0;
  EXPECT_EQ(to_stat(unlinked).st_nlink, 0U);
}

TEST(Attributes, OfTheWholeFileSystem) {
  const struct statvfs known = to_statvfs(remote::Space{.total = 8192 * 4096, .available = 4096 * 4096});
  EXPECT_EQ(known.f_blocks * known.f_frsize, 8192U * 4096U);
  EXPECT_EQ(known.f_bavail * known.f_frsize, 4096U * 4096U);
  EXPECT_EQ(known.f_namemax, 255U);
  const struct statvfs available_alone = to_statvfs(remote::Space{.total = 0, .available = 4096 * 4096});
  EXPECT_GE(available_alone.f_blocks, available_alone.f_bavail);
  EXPECT_GT(to_statvfs(std::nullopt).f_bavail * 4096, std::uint64_t{1} << 40) << "no program is kept from writing";
}

// The bits of the kernel's protocol (FATTR_*), which libfuse hands on.
constexpr int kMode = 1 << 0, kUid = 1 << 1, kGid = 1 << 2, kSize = 1 << 3, kAtime = 1 << 4, kMtime = 1 << 5,
              kAtimeNow = 1 << 7, kMtimeNow = 1 << 8;

TEST(AttributeChange, TakesWhatIsToBeSet) {
  struct stat wanted {};
  wanted.st_mode = S_IFREG | 0755;
  wanted.st_uid = 1;
  wanted.st_gid = 2;
  wanted.st_size = 3;
  wanted.st_mtim.tv_sec = 4;
  const vfs::AttributeChange all = to_change(wanted, kMode | kUid | kGid | kSize | kMtime, 99);
  EXPECT_EQ(all.mode, 0755U);
  EXPECT_EQ(all.uid, 1U);
  EXPECT_EQ(all.gid, 2U);
  EXPECT_EQ(all.size, 3U);
  EXPECT_EQ(all.mtime, 4);
  const vfs::AttributeChange size_alone = to_change(wanted, kSize, 99);
  EXPECT_EQ(size_alone.size, 3U);
  EXPECT_FALSE(size_alone.mode || size_alone.uid || size_alone.gid || size_alone.mtime);
}

TEST(AttributeChange, NowIsNow) { EXPECT_EQ(to_change({}, kMtime | kMtimeNow, 99).mtime, 99); }

TEST(AttributeChange, AccessTimesAreNotKept) {
  EXPECT_TRUE(is_empty(to_change({}, kAtime, 99)));
  EXPECT_TRUE(is_empty(to_change({}, kAtime | kAtimeNow, 99)));
  EXPECT_FALSE(is_empty(to_change({}, kAtime | kMtime, 99)));
}

}  // namespace
}  // namespace ftpsfs::fuse
