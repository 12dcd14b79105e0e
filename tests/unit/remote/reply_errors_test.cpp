// The table of refusals, by real replies of real servers.
#include "remote/reply_errors.h"

#include <gtest/gtest.h>

namespace ftpsfs::remote {
namespace {

struct Row {
  std::string_view verb;
  std::string argument;
  int code;
  std::string text;
  std::optional<ErrorKind> kind;
};

const Row kRows[] = {
    // vsftpd
    {"RETR", "/a", 550, "Failed to open file.", std::nullopt},
    {"DELE", "/a", 550, "Delete operation failed.", std::nullopt},
    {"RMD", "/a", 550, "Remove directory operation failed.", std::nullopt},
    {"MKD", "/a", 550, "Create directory operation failed.", std::nullopt},
    {"DELE", "/a", 550, "Permission denied.", ErrorKind::kPermission},
    {"STOR", "/a", 553, "Could not create file.", std::nullopt},
    {"STOR", "/a", 451, "Failure writing to local file.", ErrorKind::kIo},
    {"MLSD", "/a", 500, "Unknown command.", ErrorKind::kUnsupported},
    {"RETR", "/a", 425, "Failed to establish connection.", ErrorKind::kConnectionLost},
    {"RETR", "/a", 522, "SSL connection failed: session reuse required", ErrorKind::kConnectionLost},
    // ProFTPD
    {"RETR", "/a", 550, "/a: No such file or directory", ErrorKind::kNotFound},
    {"MLST", "/a", 550, "'/a' cannot be listed", ErrorKind::kNotFound},
    {"RMD", "/a", 550, "/a: Directory not empty", ErrorKind::kNotEmpty},
    {"RMD", "/a", 550, "/a: Not a directory", ErrorKind::kNotDirectory},
    {"RETR", "/a", 550, "/a: Not a regular file", ErrorKind::kIsDirectory},
    {"MKD", "/a", 550, "/a: File exists", ErrorKind::kExists},
    {"SITE", "/a", 550, "CHMOD 644 /a: Operation not permitted", ErrorKind::kPermission},
    {"STOR", "/a", 552, "Transfer aborted. Disk quota exceeded", ErrorKind::kQuota},
    {"STOR", "/a", 552, "Transfer aborted. No space left on device", ErrorKind::kNoSpace},
    {"LIST", "/a", 450, "/a: No such file or directory", ErrorKind::kNotFound},
    {"MKD", "/[a]*", 550, "/[a]*: Invalid directory name", ErrorKind::kInvalid},
    // Pure-FTPd
    {"MLSD", "/a", 550, "Can't check for file existence", std::nullopt},
    {"MLST", "/a", 550, "Can't check for file existence", ErrorKind::kNotFound},
    {"DELE", "/a", 550, "Could not delete /a: Is a directory", ErrorKind::kIsDirectory},
    {"RETR", "/a", 550, "I can only retrieve regular files", ErrorKind::kIsDirectory},
    {"STOR", "/a", 553, "Can't open that file: Permission denied", ErrorKind::kPermission},
    {"STOR", "/a", 553, "Prohibited file name: /a", ErrorKind::kInvalid},
    {"STOR", "/a", 552, "Quota exceeded", ErrorKind::kQuota},
    // IIS
    {"DELE", "/a", 550, "The system cannot find the file specified. ", ErrorKind::kNotFound},
    {"STOR", "/a", 550, "Access is denied. ", ErrorKind::kPermission},
    {"RNTO", "/a", 550, "Cannot create a file when that file already exists. ", ErrorKind::kExists},
    {"RMD", "/a", 550, "The directory is not empty. ", ErrorKind::kNotEmpty},
    // By code alone
    {"MKD", "/a", 521, "Directory taken", ErrorKind::kExists},
    {"STOR", "/a", 452, "Try later", ErrorKind::kNoSpace},
    {"STOR", "/a", 552, "Over allocation", ErrorKind::kQuota},
    {"DELE", "/a", 450, "Try later", ErrorKind::kBusy},
    {"MLST", "/a", 501, "What?", ErrorKind::kNotFound},
    {"MLST", "/a", 502, "What?", ErrorKind::kUnsupported},
    {"RETR", "/a", 530, "Please login with USER and PASS: no such session", ErrorKind::kPermission},
    {"RETR", "/a", 426, "Connection closed", ErrorKind::kIo},
    {"STOR", "/a", 550, "Read-only file system", ErrorKind::kReadOnly},
    {"STOR", "/a", 550, "File name too long", ErrorKind::kNameTooLong},
    // The name is not the reason
    {"RETR", "/d/not found", 550, "/d/not found: Permission denied", ErrorKind::kPermission},
    {"RETR", "/d/not empty", 550, "not empty: No such file or directory", ErrorKind::kNotFound},
    {"DELE", "/permission denied", 550, "Cannot delete \"permission denied\".", std::nullopt},
};

TEST(ReplyErrorsTest, Table) {
  for (const Row& row : kRows) {
    EXPECT_EQ(meaning_of({row.verb, row.argument, row.code, row.text}), row.kind)
        << row.verb << ": " << row.code << ' ' << row.text;
  }
}

TEST(ReplyErrorsTest, TheErrorHasVerbPathWordsAndCode) {
  const Error error = to_error({"RETR", "/a\x01", 550, "No such file"}, ErrorKind::kNotFound);
  EXPECT_EQ(error.message, "RETR /a?: No such file (550)");
  EXPECT_EQ(error.reply_code, 550);
  EXPECT_FALSE(error.session_lost);
}

}  // namespace
}  // namespace ftpsfs::remote
