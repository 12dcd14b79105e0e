#include "fuse/errno_map.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <map>

namespace ftpsfs::fuse {
namespace {

const std::map<ErrorKind, int> kErrnos{
    {ErrorKind::kNotFound, ENOENT},
    {ErrorKind::kExists, EEXIST},
    {ErrorKind::kPermission, EACCES},
    {ErrorKind::kNotPermitted, EPERM},
    {ErrorKind::kNotDirectory, ENOTDIR},
    {ErrorKind::kIsDirectory, EISDIR},
    {ErrorKind::kNotEmpty, ENOTEMPTY},
    {ErrorKind::kNoSpace, ENOSPC},
    {ErrorKind::kQuota, EDQUOT},
    {ErrorKind::kReadOnly, EROFS},
    {ErrorKind::kInvalid, EINVAL},
    {ErrorKind::kNameTooLong, ENAMETOOLONG},
    {ErrorKind::kUnrepresentable, EINVAL},
    {ErrorKind::kUnsupported, EOPNOTSUPP},
    {ErrorKind::kBusy, EBUSY},
    {ErrorKind::kTooManySessions, EBUSY},
    {ErrorKind::kStale, ESTALE},
    {ErrorKind::kConflict, ESTALE},
    {ErrorKind::kInterrupted, EINTR},
    {ErrorKind::kTimeout, ETIMEDOUT},
    {ErrorKind::kConnectionRefused, EIO},
    {ErrorKind::kConnectionLost, EIO},
    {ErrorKind::kResolve, EIO},
    {ErrorKind::kTls, EIO},
    {ErrorKind::kCertificate, EIO},
    {ErrorKind::kLogin, EIO},
    {ErrorKind::kProtocol, EIO},
    {ErrorKind::kIo, EIO},
};

TEST(ErrnoMap, HasOneErrnoForEachKind) {
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::kIo); ++kind) {
    const auto error_kind = static_cast<ErrorKind>(kind);
    ASSERT_TRUE(kErrnos.contains(error_kind)) << to_string(error_kind);
    EXPECT_EQ(to_errno(error_kind), kErrnos.at(error_kind)) << to_string(error_kind);
  }
}

TEST(ErrnoMap, ServerTroubleIsNotEveryday) {
  for (const auto& [kind, value] : kErrnos) {
    const bool server_trouble = value == EIO || value == ETIMEDOUT || value == ENOSPC;
    const bool ordinary = value == ENOENT || value == EACCES || value == EINTR;
    if (server_trouble || ordinary) {
      EXPECT_EQ(is_everyday(kind), ordinary) << to_string(kind);
    }
  }
}

}  // namespace
}  // namespace ftpsfs::fuse
