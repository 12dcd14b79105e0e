#include "app/private_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace ftpsfs::app {
namespace {

class PrivateDirectoryTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(place_); }

  static Status prepare(const std::string& path) { return prepare_private_directory(path, "staging", "staging_dir"); }
  static mode_t mode_of(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
  }

  std::string place_ = [] {
    char name[] = "/tmp/ftpsfs-private-XXXXXX";
    return std::string(::mkdtemp(name));
  }();
};

TEST_F(PrivateDirectoryTest, IsMadePrivateWithItsParents) {
  const std::string path = place_ + "/cache/ftpsfs";
  ASSERT_TRUE(prepare(path));
  EXPECT_EQ(mode_of(path), 0700U);
  EXPECT_EQ(mode_of(place_ + "/cache"), 0700U);
  EXPECT_TRUE(prepare(path)) << "one that is there serves again";
}

TEST_F(PrivateDirectoryTest, IsClosedToOthers) {
  const std::string path = place_ + "/open";
  ASSERT_EQ(::mkdir(path.c_str(), 0755), 0);
  ASSERT_TRUE(prepare(path));
  EXPECT_EQ(mode_of(path), 0700U);
}

TEST_F(PrivateDirectoryTest, IsNeverALinkNorAFile) {
  ASSERT_EQ(::symlink("/tmp", (place_ + "/link").c_str()), 0);
  const Status link = prepare(place_ + "/link");
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().kind, ErrorKind::kPermission);
  std::ofstream(place_ + "/file") << "x";
  const Status file = prepare(place_ + "/file");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, ErrorKind::kNotDirectory);
  EXPECT_FALSE(prepare(place_ + "/file/below"));
}

TEST_F(PrivateDirectoryTest, BelongsToUs) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  const std::string path = place_ + "/theirs";
  ASSERT_EQ(::mkdir(path.c_str(), 0777), 0);
  ASSERT_EQ(::chown(path.c_str(), 12345, 12345), 0);
  const Status theirs = prepare(path);
  ASSERT_FALSE(theirs);
  EXPECT_EQ(theirs.error().kind, ErrorKind::kPermission);
  EXPECT_EQ(theirs.error().message,
            "staging directory " + path + " belongs to somebody else; choose another with -o staging_dir=DIR");
}

}  // namespace
}  // namespace ftpsfs::app
