// ErrorKind to errno: exhaustive, so that a new kind does not compile until it has its errno.
#include "fuse/errno_map.h"

#include <cerrno>

namespace ftpsfs::fuse {

int to_errno(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNotFound:
      return ENOENT;
    case ErrorKind::kExists:
      return EEXIST;
    case ErrorKind::kPermission:
      return EACCES;
    case ErrorKind::kNotPermitted:
      return EPERM;
    case ErrorKind::kNotDirectory:
      return ENOTDIR;
    case ErrorKind::kIsDirectory:
      return EISDIR;
    case ErrorKind::kNotEmpty:
      return ENOTEMPTY;
    case ErrorKind::kNoSpace:
      return ENOSPC;
    case ErrorKind::kQuota:
      return EDQUOT;
    case ErrorKind::kReadOnly:
      return EROFS;
    case ErrorKind::kInvalid:
    case ErrorKind::kUnrepresentable:
      return EINVAL;
    case ErrorKind::kNameTooLong:
      return ENAMETOOLONG;
    case ErrorKind::kUnsupported:
      return EOPNOTSUPP;
    case ErrorKind::kBusy:
    case ErrorKind::kTooManySessions:
      return EBUSY;
    case ErrorKind::kStale:
    case ErrorKind::kConflict:
      return ESTALE;
    case ErrorKind::kInterrupted:
      return EINTR;
    case ErrorKind::kTimeout:
      return ETIMEDOUT;
    case ErrorKind::kConnectionRefused:  // ENOTCONN would read as "the mount has died", ECONNREFUSED as a socket's
                                         // error
    case ErrorKind::kConnectionLost:
    case ErrorKind::kResolve:
    case ErrorKind::kTls:
    case ErrorKind::kCertificate:
    case ErrorKind::kLogin:  // not EACCES: the file is not what refuses
    case ErrorKind::kProtocol:
    case ErrorKind::kIo:
      return EIO;
  }
  return EIO;
}

bool is_everyday(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNotFound:
    case ErrorKind::kExists:
    case ErrorKind::kPermission:
    case ErrorKind::kNotPermitted:
    case ErrorKind::kNotDirectory:
    case ErrorKind::kIsDirectory:
    case ErrorKind::kNotEmpty:
    case ErrorKind::kReadOnly:
    case ErrorKind::kInvalid:
    case ErrorKind::kNameTooLong:
    case ErrorKind::kUnsupported:
    case ErrorKind::kBusy:
    case ErrorKind::kInterrupted:
      return true;
    case ErrorKind::kUnrepresentable:  // EINVAL alone would puzzle
    case ErrorKind::kNoSpace:
    case ErrorKind::kQuota:
    case ErrorKind::kTooManySessions:
    case ErrorKind::kStale:
    case ErrorKind::kConflict:
    case ErrorKind::kTimeout:
    case ErrorKind::kConnectionRefused:
    case ErrorKind::kConnectionLost:
    case ErrorKind::kResolve:
    case ErrorKind::kTls:
    case ErrorKind::kCertificate:
    case ErrorKind::kLogin:
    case ErrorKind::kProtocol:
    case ErrorKind::kIo:
      return false;
  }
  return false;
}

}  // namespace ftpsfs::fuse
