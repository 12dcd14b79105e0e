#include "ftpsfs/base/error.h"

#include <cstring>

namespace ftpsfs {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNotFound:
      return "not found";
    case ErrorKind::kExists:
      return "exists";
    case ErrorKind::kPermission:
      return "permission denied";
    case ErrorKind::kNotPermitted:
      return "not permitted";
    case ErrorKind::kNotDirectory:
      return "not a directory";
    case ErrorKind::kIsDirectory:
      return "is a directory";
    case ErrorKind::kNotEmpty:
      return "directory not empty";
    case ErrorKind::kNoSpace:
      return "no space";
    case ErrorKind::kQuota:
      return "quota exceeded";
    case ErrorKind::kReadOnly:
      return "read-only";
    case ErrorKind::kInvalid:
      return "invalid";
    case ErrorKind::kNameTooLong:
      return "name too long";
    case ErrorKind::kUnrepresentable:
      return "unrepresentable name";
    case ErrorKind::kUnsupported:
      return "unsupported";
    case ErrorKind::kBusy:
      return "busy";
    case ErrorKind::kTooManySessions:
      return "too many sessions";
    case ErrorKind::kStale:
      return "stale";
    case ErrorKind::kConflict:
      return "conflict";
    case ErrorKind::kInterrupted:
      return "interrupted";
    case ErrorKind::kTimeout:
      return "timed out";
    case ErrorKind::kConnectionRefused:
      return "connection refused";
    case ErrorKind::kConnectionLost:
      return "connection lost";
    case ErrorKind::kResolve:
      return "host not found";
    case ErrorKind::kTls:
      return "TLS failure";
    case ErrorKind::kCertificate:
      return "certificate not trusted";
    case ErrorKind::kLogin:
      return "login refused";
    case ErrorKind::kProtocol:
      return "protocol error";
    case ErrorKind::kIo:
      return "input/output error";
  }
  return "unknown";
}

Error Error::with_context(std::string_view what) const {
  Error result = *this;
  result.message = std::string(what) + ": " + message;
  return result;
}

Error Error::with_remedy(std::string_view what) const {
  Error result = *this;
  if (result.remedy.empty()) result.remedy = what;
  return result;
}

std::string Error::text() const { return remedy.empty() ? message : message + " (" + remedy + ")"; }

Error os_error(ErrorKind kind, std::string_view what, int saved_errno) {
  return Error{kind, std::string(what) + ": " + std::strerror(saved_errno), 0, false};
}

}  // namespace ftpsfs
