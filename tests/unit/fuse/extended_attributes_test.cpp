// The extended attributes of the root, through which a person speaks to the mount.
#include <gmock/gmock.h>

#include "unit/fuse/fake_kernel.h"
#include "unit/fuse/mock_filesystem.h"

namespace ftpsfs::fuse {
namespace {

using testing::_;
using testing::HasSubstr;
using testing::NiceMock;
using testing::Return;

class ExtendedAttributesTest : public testing::Test {
 protected:
  KernelAnswer get(std::uint64_t node, std::string_view name, std::uint32_t room) {
    fuse_getxattr_in request{};
    request.size = room;
    return kernel_.ask(FUSE_GETXATTR, node, bytes_of(request) + name_bytes(name));
  }
  int set(std::uint64_t node, std::string_view name, std::string_view value) {
    const std::uint32_t head[] = {static_cast<std::uint32_t>(value.size()), 0};  // size and flags
    return kernel_.ask(FUSE_SETXATTR, node, bytes_of(head) + name_bytes(name) + std::string(value)).error;
  }

  NiceMock<MockFilesystem> filesystem_;
  FakeKernel kernel_{filesystem_};
};

TEST_F(ExtendedAttributesTest, TheRootTellsItsStatus) {
  vfs::FilesystemStatus status;
  status.uploads = {{"a/b", vfs::UploadStatus::State::kPending, 3, 0, {}}};
  EXPECT_CALL(filesystem_, status).Times(3).WillRepeatedly(Return(status));
  const KernelAnswer size = get(1, "user.ftpsfs.status", 0);
  ASSERT_EQ(size.error, 0);
  const auto length = size.as<fuse_getxattr_out>().size;
  const KernelAnswer answer = get(1, "user.ftpsfs.status", length);
  ASSERT_EQ(answer.body.size(), length);
  EXPECT_THAT(std::string(answer.body.begin(), answer.body.end()), HasSubstr(R"("path":"a/b")"));
  EXPECT_EQ(get(1, "user.ftpsfs.status", 10).error, -ERANGE);
}

TEST_F(ExtendedAttributesTest, FilesHaveWhatTheServerTells) {
  using Told = Result<std::optional<std::string>>;
  EXPECT_CALL(filesystem_, server_facts(5, _)).WillRepeatedly(Return(Told("type=file;")));
  EXPECT_CALL(filesystem_, server_sha256(5, _)).WillOnce(Return(Told(std::nullopt)));
  const KernelAnswer answer = get(5, "user.ftp.facts", 100);
  EXPECT_EQ(std::string(answer.body.begin(), answer.body.end()), "type=file;");
  EXPECT_EQ(get(5, "user.ftp.facts", 3).error, -ERANGE);
  EXPECT_EQ(get(5, "user.ftp.checksum.sha256", 100).error, -ENODATA);
}

TEST_F(ExtendedAttributesTest, NothingElseHasAny) {
  EXPECT_CALL(filesystem_, status).Times(0);
  EXPECT_CALL(filesystem_, sync_all).Times(0);
  EXPECT_EQ(get(5, "user.ftpsfs.status", 100).error, -ENODATA);
  EXPECT_EQ(get(1, "user.other", 100).error, -ENODATA);
  EXPECT_EQ(get(5, "system.posix_acl_access", 100).error, -EOPNOTSUPP);  // so that `ls -l` asks once
  EXPECT_EQ(set(5, "user.ftpsfs.sync", "1"), -EOPNOTSUPP);
  EXPECT_EQ(set(1, "user.other", "1"), -EOPNOTSUPP);
}

TEST_F(ExtendedAttributesTest, CommandsReachTheFilesystem) {
  EXPECT_CALL(filesystem_, sync_all(_)).WillOnce(Return(Status{}));
  EXPECT_EQ(set(1, "user.ftpsfs.sync", "1"), 0);
  EXPECT_CALL(filesystem_, retry(std::string_view("a b"), _)).WillOnce(Return(fail(ErrorKind::kQuota, "full")));
  EXPECT_EQ(set(1, "user.ftpsfs.retry", "a b"), -EDQUOT);
  EXPECT_CALL(filesystem_, discard(std::string_view("x"), _)).WillOnce(Return(fail(ErrorKind::kNotFound, "none")));
  EXPECT_EQ(set(1, "user.ftpsfs.discard", "x"), -ENOENT);
}

TEST_F(ExtendedAttributesTest, TheStatusIsNotListedLestItBeCopied) {
  EXPECT_EQ(kernel_.ask(FUSE_LISTXATTR, 1, bytes_of(fuse_getxattr_in{0, 0})).as<fuse_getxattr_out>().size, 0U);
}

TEST_F(ExtendedAttributesTest, OtherUsersCommandNothing) {
  EXPECT_CALL(filesystem_, discard).Times(0);
  EXPECT_CALL(filesystem_, sync_all).Times(0);
  kernel_.caller = ::geteuid() + 1;
  EXPECT_EQ(set(1, "user.ftpsfs.discard", "x"), -EPERM);
  EXPECT_EQ(set(1, "user.ftpsfs.sync", "1"), -EPERM);
}

}  // namespace
}  // namespace ftpsfs::fuse
