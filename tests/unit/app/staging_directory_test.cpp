#include "app/staging_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace ftpsfs::app {
namespace {

class StagingDirectoryTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(place_); }

  static mode_t mode_of(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
  }

  std::string place_ = [] {
    char name[] = "/tmp/ftpsfs-staging-XXXXXX";
    return std::string(::mkdtemp(name));
  }();
};

TEST_F(StagingDirectoryTest, IsMadePrivateWithItsParents) {
  const std::string path = place_ + "/cache/ftpsfs";
  ASSERT_TRUE(prepare_staging_directory(path));
  EXPECT_EQ(mode_of(path), 0700U);
  EXPECT_EQ(mode_of(place_ + "/cache"), 0700U);
  EXPECT_TRUE(prepare_staging_directory(path)) << "one that is there serves again";
}

TEST_F(StagingDirectoryTest, IsClosedToOthers) {
  const std::string path = place_ + "/open";
  ASSERT_EQ(::mkdir(path.c_str(), 0755), 0);
  ASSERT_TRUE(prepare_staging_directory(path));
  EXPECT_EQ(mode_of(path), 0700U);
}

TEST_F(StagingDirectoryTest, IsNeverALinkNorAFile) {
  ASSERT_EQ(::symlink("/tmp", (place_ + "/link").c_str()), 0);
  const Status link = prepare_staging_directory(place_ + "/link");
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().kind, ErrorKind::kPermission);
  std::ofstream(place_ + "/file") << "x";
  const Status file = prepare_staging_directory(place_ + "/file");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, ErrorKind::kNotDirectory);
  EXPECT_FALSE(prepare_staging_directory(place_ + "/file/below"));
}

TEST_F(StagingDirectoryTest, BelongsToUs) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  const std::string path = place_ + "/theirs";
  ASSERT_EQ(::mkdir(path.c_str(), 0777), 0);
  ASSERT_EQ(::chown(path.c_str(), 12345, 12345), 0);
  const Status theirs = prepare_staging_directory(path);
  ASSERT_FALSE(theirs);
  EXPECT_EQ(theirs.error().kind, ErrorKind::kPermission);
}

}  // namespace
}  // namespace ftpsfs::app
