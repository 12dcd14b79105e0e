// Error: the one error type of every layer, typed where it is born.
#pragma once

#include <string>
#include <string_view>

namespace ftpsfs {

/// What went wrong, in file-system and network words. Each kind maps to exactly one errno, in `fuse/errno_map`.
enum class ErrorKind {
  kNotFound,           ///< no such file or directory
  kExists,             ///< the name is taken
  kPermission,         ///< the server, or our own rules, forbid it
  kNotPermitted,       ///< an operation FTP cannot express (hard link, chown to others)
  kNotDirectory,       ///< a path component is not a directory
  kIsDirectory,        ///< a directory where a file is needed
  kNotEmpty,           ///< the directory still has entries
  kNoSpace,            ///< the server's storage is full (452), or our staging area is
  kQuota,              ///< the account's allocation is used up (552)
  kReadOnly,           ///< the mount or the server is read-only
  kInvalid,            ///< an argument makes no sense
  kNameTooLong,        ///< a name over 255 bytes
  kUnrepresentable,    ///< a name FTP cannot carry (CR, LF, NUL)
  kUnsupported,        ///< the server lacks the command (500, 501, 502, 504)
  kBusy,               ///< in use, try again later (450)
  kTooManySessions,    ///< the server refused one more login (421, 530 at its limit)
  kStale,              ///< the file changed under an open handle
  kConflict,           ///< the file changed on the server since we based our edit on it
  kInterrupted,        ///< the caller was signalled while waiting
  kTimeout,            ///< a deadline passed
  kConnectionRefused,  ///< nothing listens there
  kConnectionLost,     ///< the line broke, or the server hung up (421)
  kResolve,            ///< the host name has no address
  kTls,                ///< a TLS failure other than a certificate that is not trusted
  kCertificate,        ///< the server's certificate is not trusted
  kLogin,              ///< user name or password refused (530)
  kProtocol,           ///< the peer does not speak FTP as we know it
  kIo,                 ///< anything else; the message has the server's own words
};

/// Stable lower-case name of a kind, for logs and tests.
std::string_view to_string(ErrorKind kind);

/// One failure. A value: it is returned, never thrown.
struct Error {
  ErrorKind kind = ErrorKind::kIo;
  std::string message;        ///< the server's own words, or the operating system's
  int reply_code = 0;         ///< FTP reply code (RFC 959 section 4.2); 0 when no reply was involved
  bool session_lost = false;  ///< true when the control session cannot be used any more
  std::string remedy = {};    ///< what a person can do about it, where it is known at once: "-o ca=FILE ..."

  /// The same error with "WHAT: " before its message; used to add the verb and the path.
  [[nodiscard]] Error with_context(std::string_view what) const;
  /// The same error with a remedy, unless it has one.
  [[nodiscard]] Error with_remedy(std::string_view what) const;
  /// The message, and the remedy in brackets behind it.
  [[nodiscard]] std::string text() const;
};

/// An error of `kind` whose message is `what` and the text of the errno value `saved_errno`.
Error os_error(ErrorKind kind, std::string_view what, int saved_errno);

}  // namespace ftpsfs
