#include "app/mount_point.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace ftpsfs::app {
namespace {

constexpr std::string_view kMountInfo =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "40 22 0:35 / /mnt/files rw,nosuid,nodev,relatime shared:20 - fuse.ftpsfs ftpes://host/ rw,user_id=0,group_id=0\n"
    "41 22 0:36 / /mnt/with\\040blank rw - fuse.ftpsfs host: rw\n"
    "42 22 0:37 / /mnt/ssh rw shared:1 master:2 - fuse.sshfs host: rw\n"
    "43 22 0:38 / /mnt/covered rw - fuse.ftpsfs host: rw\n"
    "44 43 0:39 / /mnt/covered rw - tmpfs tmpfs rw\n";

TEST(MountPoint, FindsAnFtpsfsAmongTheMounts) {
  EXPECT_TRUE(is_ftpsfs_mounted(kMountInfo, "/mnt/files"));
  EXPECT_TRUE(is_ftpsfs_mounted(kMountInfo, "/mnt/with blank"));
  EXPECT_FALSE(is_ftpsfs_mounted(kMountInfo, "/mnt/ssh"));
  EXPECT_FALSE(is_ftpsfs_mounted(kMountInfo, "/mnt"));
  EXPECT_FALSE(is_ftpsfs_mounted(kMountInfo, "/mnt/files/below"));
  EXPECT_FALSE(is_ftpsfs_mounted(kMountInfo, "/mnt/covered")) << "the last mount is the one that is seen";
  EXPECT_FALSE(is_ftpsfs_mounted("", "/mnt/files"));
  EXPECT_FALSE(is_ftpsfs_mounted("22 1 8:1\n\n", "/"));
}

TEST(MountPoint, TellsWhoMounted) {
  constexpr std::string_view kLine =
      "40 22 0:35 / /m rw - fuse.ftpsfs user_id=7:/ rw,user_id=1000,group_id=100,allow_other\n";
  const auto owner = find_ftpsfs_mount(kLine, "/m");
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->user, 1000u);
  EXPECT_EQ(owner->group, 100u);
  EXPECT_FALSE(find_ftpsfs_mount(kLine, "/n"));
}

class MountPointTest : public testing::Test {
 protected:
  void TearDown() override {
    ::unlink((place_ + "/file").c_str());
    ::unlink((place_ + "/link").c_str());
    ::rmdir(place_.c_str());
  }

  std::string place_ = [] {
    char name[] = "/tmp/ftpsfs-mount-point-XXXXXX";
    return std::string(::mkdtemp(name));
  }();
};

TEST_F(MountPointTest, TakesADirectoryAndResolvesLinks) {
  std::ofstream(place_ + "/file") << "x";
  ASSERT_EQ(::symlink(place_.c_str(), (place_ + "/link").c_str()), 0);
  EXPECT_EQ(find_mount_point(place_ + "/").value_or(""), place_) << "it need not be empty";
  EXPECT_EQ(find_mount_point(place_ + "/link").value_or(""), place_);
}

TEST_F(MountPointTest, RefusesWhatIsNoDirectory) {
  std::ofstream(place_ + "/file") << "x";
  const auto file = find_mount_point(place_ + "/file");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, ErrorKind::kNotDirectory);
  const auto missing = find_mount_point(place_ + "/missing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(missing.error().message.find(place_ + "/missing"), std::string::npos);
}

}  // namespace
}  // namespace ftpsfs::app
