// ListParser: one table of lines from real servers, the year of dates that lack it, and lines that make no sense.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "ftpsfs/ftp/listing.h"

namespace ftpsfs::ftp {
namespace {

using std::string_literals::operator""s;

constexpr std::int64_t kNow = 1718452800;         // 2024-06-15 12:00 UTC
constexpr std::int64_t kMar3At1405 = 1709474700;  // 2024-03-03 14:05 UTC
constexpr std::int64_t kMar3 = 1709424000;        // 2024-03-03 00:00 UTC
constexpr std::int64_t kNov9 = 1699524000;        // 2023-11-09 10:00 UTC
constexpr std::int64_t kApr8of1994 = 765763200;   // 1994-04-08 00:00 UTC

constexpr auto kFile = EntryType::kFile;
constexpr auto kDirectory = EntryType::kDirectory;
constexpr auto kSymlink = EntryType::kSymlink;
constexpr auto kOther = EntryType::kOther;
constexpr auto kDay = TimePrecision::kDay;
constexpr auto kMinute = TimePrecision::kMinute;
constexpr auto kSecond = TimePrecision::kSecond;

using Number = std::optional<std::uint32_t>;
constexpr auto kNone = std::nullopt;

struct Case {
  std::string_view server;
  std::string_view line;
  std::string_view name;
  EntryType type;
  std::optional<std::uint64_t> size;
  std::int64_t mtime;
  TimePrecision precision;
  Number mode;
  Number links;
  Number uid;
  Number gid;
  std::string_view target;
};

// clang-format off
const Case kLines[] = {
  {"vsftpd", "-rw-r--r--    1 1000     1001         1234 Mar 03 14:05 file.txt", "file.txt", kFile, 1234, kMar3At1405, kMinute, 0644, 1, 1000, 1001, ""},
  {"vsftpd", "drwxr-xr-x    2 1000     1001         4096 Nov 09  2023 old", "old", kDirectory, 4096, kNov9 - 36000, kDay, 0755, 2, 1000, 1001, ""},
  {"vsftpd", "lrwxrwxrwx    1 0        0               8 Mar 03 14:05 link -> file.txt", "link", kSymlink, 8, kMar3At1405, kMinute, 0777, 1, 0, 0, "file.txt"},
  {"ProFTPD", "-rw-r--r--   1 ann      users        1234 Mar  3 14:05 file.txt", "file.txt", kFile, 1234, kMar3At1405, kMinute, 0644, 1, kNone, kNone, ""},
  {"ProFTPD STAT", " drwxr-xr-x   2 ann      users        4096 Nov  9 10:00 d", "d", kDirectory, 4096, kNov9, kMinute, 0755, 2, kNone, kNone, ""},
  {"Pure-FTPd", "drwxr-xr-x    3 1000       1001             4096 Mar  3 14:05 sub", "sub", kDirectory, 4096, kMar3At1405, kMinute, 0755, 3, 1000, 1001, ""},
  {"wu-ftpd", "dr-xr-xr-x   2 root     other        512 Apr  8  1994 pub", "pub", kDirectory, 512, kApr8of1994, kDay, 0555, 2, kNone, kNone, ""},
  {"busybox", "-rw-r--r--    1 root     root             5 Mar  3 14:05 passwd", "passwd", kFile, 5, kMar3At1405, kMinute, 0644, 1, kNone, kNone, ""},
  {"FileZilla Server", "drwxr-xr-x 1 ftp ftp              0 Mar 03 14:05 docs", "docs", kDirectory, 0, kMar3At1405, kMinute, 0755, 1, kNone, kNone, ""},
  {"FileZilla Server", "-r--r--r-- 1 ftp ftp      123456789 Nov 09  2023 big.iso", "big.iso", kFile, 123456789, kNov9 - 36000, kDay, 0444, 1, kNone, kNone, ""},
  {"IIS, Unix style", "drwxrwxrwx   1 owner    group               0 Mar  3 14:05 wwwroot", "wwwroot", kDirectory, 0, kMar3At1405, kMinute, 0777, 1, kNone, kNone, ""},
  {"IIS, Unix style", "-rwxrwxrwx   1 owner    group           12345 Nov  9  2023 a.asp", "a.asp", kFile, 12345, kNov9 - 36000, kDay, 0777, 1, kNone, kNone, ""},
  {"without group", "-rw-r--r--   1 ann          1234 Mar  3 14:05 x", "x", kFile, 1234, kMar3At1405, kMinute, 0644, 1, kNone, kNone, ""},
  {"without group", "-rw-r--r--   1 1000         1234 Mar  3 14:05 x", "x", kFile, 1234, kMar3At1405, kMinute, 0644, 1, 1000, kNone, ""},
  {"without owners", "-rw-r--r--   1 1234 Mar  3 14:05 x", "x", kFile, 1234, kMar3At1405, kMinute, 0644, 1, kNone, kNone, ""},
  {"without links", "-rw-r--r-- ann users 1234 Mar  3 14:05 x", "x", kFile, 1234, kMar3At1405, kMinute, 0644, kNone, kNone, kNone, ""},
  {"size alone", "-rw-r--r-- 1234 Mar  3 14:05 x", "x", kFile, 1234, kMar3At1405, kMinute, 0644, kNone, kNone, kNone, ""},
  {"owner with spaces", "-rw-r--r--   1 Domain Users Power Users 1234 Mar  3 14:05 x", "x", kFile, 1234, kMar3At1405, kMinute, 0644, 1, kNone, kNone, ""},
  {"owner with a number", "-rw-r--r--   1 Team 7 1000 1234 Mar  3 14:05 x", "x", kFile, 1234, kMar3At1405, kMinute, 0644, 1, kNone, kNone, ""},
  {"owner with a domain", "-rw-r--r--   1 CORP\\ann CORP\\users 1234 Mar  3 14:05 x", "x", kFile, 1234, kMar3At1405, kMinute, 0644, 1, kNone, kNone, ""},
  {"owner named as a month", "-rw-r--r--   1 May Jan 1234 Mar  3 14:05 x", "x", kFile, 1234, kMar3At1405, kMinute, 0644, 1, kNone, kNone, ""},
  {"set-uid", "-rwsr-xr-x   1 root root 1 Mar  3 14:05 su", "su", kFile, 1, kMar3At1405, kMinute, 04755, 1, kNone, kNone, ""},
  {"set-uid without execute", "-rwSr--r--   1 root root 1 Mar  3 14:05 x", "x", kFile, 1, kMar3At1405, kMinute, 04644, 1, kNone, kNone, ""},
  {"set-gid", "drwxr-sr-x   2 root root 1 Mar  3 14:05 x", "x", kDirectory, 1, kMar3At1405, kMinute, 02755, 2, kNone, kNone, ""},
  {"set-gid without execute", "-rw-r-Sr--   1 root root 1 Mar  3 14:05 x", "x", kFile, 1, kMar3At1405, kMinute, 02644, 1, kNone, kNone, ""},
  {"set-gid on Solaris", "-rw-r-lr--   1 root root 1 Mar  3 14:05 x", "x", kFile, 1, kMar3At1405, kMinute, 02644, 1, kNone, kNone, ""},
  {"sticky", "drwxrwxrwt   9 root root 1 Mar  3 14:05 tmp", "tmp", kDirectory, 1, kMar3At1405, kMinute, 01777, 9, kNone, kNone, ""},
  {"sticky without execute", "drwxrwxrwT   9 root root 1 Mar  3 14:05 tmp", "tmp", kDirectory, 1, kMar3At1405, kMinute, 01776, 9, kNone, kNone, ""},
  {"all special bits", "-rwsrwsrwt   1 0 0 1 Mar  3 14:05 x", "x", kFile, 1, kMar3At1405, kMinute, 07777, 1, 0, 0, ""},
  {"no permissions", "d---------   1 owner group 0 Mar  3 14:05 x", "x", kDirectory, 0, kMar3At1405, kMinute, 0, 1, kNone, kNone, ""},
  {"ACL", "-rw-rwxr--+  1 ann users 5 Mar  3 14:05 x", "x", kFile, 5, kMar3At1405, kMinute, 0674, 1, kNone, kNone, ""},
  {"SELinux", "drwxr-xr-x.  2 ann users 5 Mar  3 14:05 x", "x", kDirectory, 5, kMar3At1405, kMinute, 0755, 2, kNone, kNone, ""},
  {"macOS", "drwxr-xr-x@  2 ann staff 5 Mar  3 14:05 x", "x", kDirectory, 5, kMar3At1405, kMinute, 0755, 2, kNone, kNone, ""},
  {"character device", "crw-rw-rw-   1 root     root       1,   3 Mar  3 14:05 null", "null", kOther, kNone, kMar3At1405, kMinute, 0666, 1, kNone, kNone, ""},
  {"block device", "brw-rw----   1 0 6 8,0 Mar  3 14:05 sda", "sda", kOther, kNone, kMar3At1405, kMinute, 0660, 1, 0, 6, ""},
  {"block device", "brw-rw----   1 0 6 8, 16 Mar  3 14:05 sdb", "sdb", kOther, kNone, kMar3At1405, kMinute, 0660, 1, 0, 6, ""},
  {"pipe", "prw-r--r--   1 root root 0 Mar  3 14:05 fifo", "fifo", kOther, kNone, kMar3At1405, kMinute, 0644, 1, kNone, kNone, ""},
  {"socket", "srwxr-xr-x   1 root root 0 Mar  3 14:05 sock", "sock", kOther, kNone, kMar3At1405, kMinute, 0755, 1, kNone, kNone, ""},
  {"empty file", "-rw-r--r--   1 0 0 0 Mar  3 14:05 x", "x", kFile, 0, kMar3At1405, kMinute, 0644, 1, 0, 0, ""},
  {"largest size", "-rw-r--r--   1 0 0 9223372036854775807 Mar  3 14:05 x", "x", kFile, 9223372036854775807, kMar3At1405, kMinute, 0644, 1, 0, 0, ""},
  {"size out of range", "-rw-r--r--   1 0 0 9223372036854775808 Mar  3 14:05 x", "x", kFile, kNone, kMar3At1405, kMinute, 0644, 1, 0, 0, ""},
  {"size that overflowed", "-rw-r--r--   1 0 0 -1073741824 Mar  3 14:05 x", "x", kFile, kNone, kMar3At1405, kMinute, 0644, 1, 0, 0, ""},
  {"leading space in the name", "-rw-r--r--   1 0 0 1 Mar  3 14:05  x", " x", kFile, 1, kMar3At1405, kMinute, 0644, 1, 0, 0, ""},
  {"leading spaces behind a year", "-rw-r--r--   1 0 0 1 Mar  3  2024   x", "  x", kFile, 1, kMar3, kDay, 0644, 1, 0, 0, ""},
  {"trailing spaces in the name", "-rw-r--r--   1 0 0 1 Mar  3 14:05 x  ", "x  ", kFile, 1, kMar3At1405, kMinute, 0644, 1, 0, 0, ""},
  {"name of a space", "-rw-r--r--   1 0 0 1 Mar  3 14:05  ", " ", kFile, 1, kMar3At1405, kMinute, 0644, 1, 0, 0, ""},
  {"spaces in the name", "-rw-r--r--   1 0 0 1 Mar  3 14:05 a  b c", "a  b c", kFile, 1, kMar3At1405, kMinute, 0644, 1, 0, 0, ""},
  {"a date in the name", "-rw-r--r--   1 0 0 1 Mar  3 14:05 7 Nov  9  2023 x", "7 Nov  9  2023 x", kFile, 1, kMar3At1405, kMinute, 0644, 1, 0, 0, ""},
  {"an arrow in a file's name", "-rw-r--r--   1 0 0 1 Mar  3 14:05 a -> b", "a -> b", kFile, 1, kMar3At1405, kMinute, 0644, 1, 0, 0, ""},
  {"an arrow in a link's target", "lrwxrwxrwx   1 0 0 6 Mar  3 14:05 a -> b -> c", "a", kSymlink, 6, kMar3At1405, kMinute, 0777, 1, 0, 0, "b -> c"},
  {"an arrow in a link's name", "lrwxrwxrwx   1 0 0 1 Mar  3 14:05 a -> b -> c", "a -> b", kSymlink, 1, kMar3At1405, kMinute, 0777, 1, 0, 0, "c"},
  {"a link whose size is no help", "lrwxrwxrwx   1 0 0 0 Mar  3 14:05 a -> b -> c", "a", kSymlink, 0, kMar3At1405, kMinute, 0777, 1, 0, 0, "b -> c"},
  {"a link to an absolute path", "lrwxrwxrwx   1 0 0 4 Mar  3 14:05 a -> /b/c", "a", kSymlink, 4, kMar3At1405, kMinute, 0777, 1, 0, 0, "/b/c"},
  {"a link without target", "lrwxrwxrwx   1 0 0 4 Mar  3 14:05 a", "a", kSymlink, 4, kMar3At1405, kMinute, 0777, 1, 0, 0, ""},
  {"dotfile", "-rw-r--r--   1 0 0 1 Mar  3 14:05 .bashrc", ".bashrc", kFile, 1, kMar3At1405, kMinute, 0644, 1, 0, 0, ""},
  {"three dots", "-rw-r--r--   1 0 0 1 Mar  3 14:05 ...", "...", kFile, 1, kMar3At1405, kMinute, 0644, 1, 0, 0, ""},
  {"UTF-8", "-rw-r--r--   1 0 0 1 Mar  3 14:05 日本語.txt", "日本語.txt", kFile, 1, kMar3At1405, kMinute, 0644, 1, 0, 0, ""},
  {"Shift_JIS", "-rw-r--r--   1 0 0 1 Mar  3 14:05 \x93\xfa\x96\x7b\x83\x5c.txt", "\x93\xfa\x96\x7b\x83\x5c.txt", kFile, 1, kMar3At1405, kMinute, 0644, 1, 0, 0, ""},
  {"month in capitals", "-rw-r--r--   1 0 0 1 MAR  3 14:05 x", "x", kFile, 1, kMar3At1405, kMinute, 0644, 1, 0, 0, ""},
  {"ls --time-style=long-iso", "-rw-r--r-- 1 ann users 1234 2024-03-03 14:05 x", "x", kFile, 1234, kMar3At1405, kMinute, 0644, 1, kNone, kNone, ""},
  {"ls --time-style=long-iso", "-rw-r--r-- 1 ann users 1234 2024-03-03 14:05 +0100 x", "+0100 x", kFile, 1234, kMar3At1405, kMinute, 0644, 1, kNone, kNone, ""},
  {"ls --full-time", "-rw-r--r-- 1 ann users 1234 2024-03-03 14:05:33.123456789 +0100 x", "x", kFile, 1234, kMar3At1405 + 33, kSecond, 0644, 1, kNone, kNone, ""},
  {"ls -T", "-rw-r--r--  1 ann  staff  1234 Mar  3 14:05:33 2024 x", "x", kFile, 1234, kMar3At1405 + 33, kSecond, 0644, 1, kNone, kNone, ""},
  {"hour of one digit", "-rw-r--r--   1 0 0 1 Mar  3  4:05 x", "x", kFile, 1, kMar3At1405 - 36000, kMinute, 0644, 1, 0, 0, ""},

  {"IIS", "03-03-24  02:05PM       <DIR>          docs", "docs", kDirectory, kNone, kMar3At1405, kMinute, kNone, kNone, kNone, kNone, ""},
  {"IIS", "03-03-24  02:05PM                 1234 a b.txt", "a b.txt", kFile, 1234, kMar3At1405, kMinute, kNone, kNone, kNone, kNone, ""},
  {"IIS, four digits of year", "03-03-2024  02:05PM       <DIR>          docs", "docs", kDirectory, kNone, kMar3At1405, kMinute, kNone, kNone, kNone, kNone, ""},
  {"IIS, 24 hours", "03-03-24  14:05                 1234 x", "x", kFile, 1234, kMar3At1405, kMinute, kNone, kNone, kNone, kNone, ""},
  {"IIS, midnight", "03-03-24  12:00AM                 1234 x", "x", kFile, 1234, kMar3, kMinute, kNone, kNone, kNone, kNone, ""},
  {"IIS, noon", "03-03-24  12:00PM                 1234 x", "x", kFile, 1234, kMar3 + 43200, kMinute, kNone, kNone, kNone, kNone, ""},
  {"IIS, morning", "03-03-24  04:05am                 1234 x", "x", kFile, 1234, kMar3At1405 - 36000, kMinute, kNone, kNone, kNone, kNone, ""},
  {"IIS, last century", "04-08-94  12:00AM                 1234 x", "x", kFile, 1234, kApr8of1994, kMinute, kNone, kNone, kNone, kNone, ""},
  {"IIS, leading space in a file's name", "03-03-24  02:05PM                 1234  x", " x", kFile, 1234, kMar3At1405, kMinute, kNone, kNone, kNone, kNone, ""},
  {"IIS, leading space in a directory's name", "03-03-24  02:05PM       <DIR>           x", " x", kDirectory, kNone, kMar3At1405, kMinute, kNone, kNone, kNone, kNone, ""},
  {"DOS style with narrow columns", "03-03-24  02:05PM <DIR> x [y]", "x [y]", kDirectory, kNone, kMar3At1405, kMinute, kNone, kNone, kNone, kNone, ""},
  {"IIS, junction", "03-03-24  02:05PM       <JUNCTION>     link [D:\\data]", "link", kDirectory, kNone, kMar3At1405, kMinute, kNone, kNone, kNone, kNone, ""},
  {"IIS, junction without target", "03-03-24  02:05PM       <JUNCTION>     link", "link", kDirectory, kNone, kMar3At1405, kMinute, kNone, kNone, kNone, kNone, ""},
  {"IIS, link to a directory", "03-03-24  02:05PM       <SYMLINKD>     link [..\\data]", "link", kDirectory, kNone, kMar3At1405, kMinute, kNone, kNone, kNone, kNone, ""},
  {"IIS, link to a file", "03-03-24  02:05PM       <SYMLINK>      link [x y]", "link", kFile, kNone, kMar3At1405, kMinute, kNone, kNone, kNone, kNone, ""},
  {"DOS style with ISO dates", "2024-03-03  14:05       <DIR>          docs", "docs", kDirectory, kNone, kMar3At1405, kMinute, kNone, kNone, kNone, kNone, ""},
  {"IIS, ANSI code page", "03-03-24  02:05PM                 1234 \x93\xfa\x96\x7b", "\x93\xfa\x96\x7b", kFile, 1234, kMar3At1405, kMinute, kNone, kNone, kNone, kNone, ""},
};
// clang-format on

TEST(ListParser, ReadsLinesOfRealServers) {
  const ListParser parser(kNow);
  for (const Case& c : kLines) {
    SCOPED_TRACE(std::string(c.server) + ": " + std::string(c.line));
    const auto parsed = parser.parse(c.line);
    ASSERT_TRUE(parsed) << parsed.error().message;
    ASSERT_TRUE(*parsed);
    const ListedEntry& entry = **parsed;
    EXPECT_EQ(entry.name, c.name);
    EXPECT_EQ(entry.type, c.type);
    EXPECT_EQ(entry.size, c.size);
    EXPECT_EQ(entry.mtime, c.mtime);
    EXPECT_EQ(entry.precision, c.precision);
    EXPECT_EQ(entry.mode, c.mode);
    EXPECT_EQ(entry.links, c.links);
    EXPECT_EQ(entry.uid, c.uid);
    EXPECT_EQ(entry.gid, c.gid);
    EXPECT_EQ(entry.link_target, c.target);
  }
}

TEST(ListParser, PassesOverWhatIsNoEntry) {
  const ListParser parser(kNow);
  for (const std::string_view line :
       {"", "  ", "total 0", "total 1234", "Total 12K", "total", "drwxr-xr-x 2 0 0 4096 Mar  3 14:05 .",
        "drwxr-xr-x 2 0 0 4096 Mar  3 14:05 ..", "03-03-24  02:05PM       <DIR>          .",
        "03-03-24  02:05PM       <DIR>          .."}) {
    const auto parsed = parser.parse(line);
    ASSERT_TRUE(parsed) << line;
    EXPECT_FALSE(*parsed) << line;
  }
}

TEST(ListParser, RefusesLinesThatMakeNoSense) {
  const ListParser parser(kNow);
  for (const std::string& line : {"garbage"s,
                                  "totally"s,
                                  "ftpd: .: Permission denied"s,
                                  "-rw-r--r--"s,
                                  "-rw-r--r-- 1 0 0 1"s,
                                  "-rw-r--r-- 1 0 0 1 Mar  3 14:05"s,
                                  "-rw-r--r-- 1 0 0 1 Mar  3 14:05 "s,
                                  "-rw-r--r-- 1 0 0 1 Mrz  3 14:05 x"s,
                                  "-rw-r--r-- 1 0 0 1 3月  3 14:05 x"s,
                                  "-rw-r--r-- 1 0 0 1 Mar 32 14:05 x"s,
                                  "-rw-r--r-- 1 0 0 1 Feb 30 14:05 x"s,
                                  "-rw-r--r-- 1 0 0 1 Mar  3 24:05 x"s,
                                  "-rw-r--r-- 1 0 0 1 Mar  3 14:5 x"s,
                                  "-rw-r--r-- 1 0 0 1 Mar  3 99999 x"s,
                                  "-rw-r--r-- 1 0 0 1 Feb 29  2023 x"s,
                                  "-rw-r--r-- 1 0 0 1 2024-13-03 14:05 x"s,
                                  "-rw-r--r-- 1 0 0 x Mar  3 14:05 x"s,
                                  "-rw-r--r- 1 0 0 1 Mar  3 14:05 x"s,
                                  "-rw-r--r--x 1 0 0 1 Mar  3 14:05 x"s,
                                  "-rw-r--r--++ 1 0 0 1 Mar  3 14:05 x"s,
                                  "-wr-r--r-- 1 0 0 1 Mar  3 14:05 x"s,
                                  "-rw-r--r-? 1 0 0 1 Mar  3 14:05 x"s,
                                  "zrw-r--r-- 1 0 0 1 Mar  3 14:05 x"s,
                                  "-????????? ? ? ? ? ? x"s,
                                  "-rw-r--r-- 1 0 0 1 Mar  3 14:05 a/b"s,
                                  "-rw-r--r-- 1 0 0 1 Mar  3 14:05 /x"s,
                                  "-rw-r--r-- 1 0 0 1 Mar  3 14:05 ../x"s,
                                  "-rw-r--r-- 1 0 0 1 Mar  3 14:05 a\0b"s,
                                  "-rw-r--r-- 1 0 0 1 Mar  3 14:05 a\r"s,
                                  "-rw-r--r-- 1 0 0 1 Mar  3 14:05 a\nb"s,
                                  "lrwxrwxrwx 1 0 0 1 Mar  3 14:05  -> x"s,
                                  "03-03-24"s,
                                  "03-03-24  02:05PM"s,
                                  "03-03-24  02:05PM  1234"s,
                                  "03-03-24  02:05PM  <DIR>"s,
                                  "03-03-24  02:05PM  <DIR>   "s,
                                  "03-03-24  02:05PM  <ODD>  x"s,
                                  "13-03-24  02:05PM  1234 x"s,
                                  "03-03-224  02:05PM  1234 x"s,
                                  "03-03-24  2:5PM  1234 x"s,
                                  "03-03-24  25:05  1234 x"s,
                                  "03-03-24  02:05PM  -5 x"s,
                                  "03-03-24  02:05PM  1234 a/b"s,
                                  "1-2"s,
                                  "--"s,
                                  "550 not found"s}) {
    const auto parsed = parser.parse(line);
    ASSERT_FALSE(parsed) << line;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kProtocol) << line;
  }
}

struct YearCase {
  std::string_view now;
  std::string_view date;
  std::string_view expected;
};

TEST(ListParser, FindsTheYearOfADateWithoutOne) {
  const YearCase cases[] = {
      {"20240615120000", "Jun 15 11:59", "20240615115900"},
      {"20240615120000", "Jun 16 12:00", "20240616120000"},  // a day ahead
      {"20240615120000", "Jun 16 12:01", "20230616120100"},  // more than a day ahead: last year
      {"20240615120000", "Dec 31 23:59", "20231231235900"},
      {"20240101000000", "Jan  1 00:00", "20240101000000"},
      {"20240101000000", "Dec 31 23:59", "20231231235900"},
      {"20231231230000", "Jan  1 08:00", "20240101080000"},  // a server east of here, on New Year's Eve
      {"20231231230000", "Jan  2 08:00", "20230102080000"},
      {"20240301000000", "Feb 29 23:00", "20240229230000"},
      {"20240228120000", "Feb 29 11:00", "20240229110000"},
      {"20250102000000", "Feb 29 23:00", "20240229230000"},
      {"20261115000000", "Feb 29 23:00", "20240229230000"},  // no such day in the past year: the latest there was
      {"19040115000000", "Feb 29 23:00", "18960229230000"},
  };
  for (const YearCase& c : cases) {
    const ListParser parser(*parse_time_value(c.now));
    const auto parsed = parser.parse("-rw-r--r-- 1 0 0 1 " + std::string(c.date) + " x");
    ASSERT_TRUE(parsed && *parsed) << c.now << ' ' << c.date;
    EXPECT_EQ(format_time_value(*(*parsed)->mtime), c.expected) << c.now << ' ' << c.date;
  }
}

TEST(ListParser, TakesLinearTimeOnHostileLines) {
  const ListParser parser(kNow);
  std::string arrows;
  std::string numbers;
  for (int i = 0; i < 1 << 20; ++i) {
    arrows += " -> ";
    numbers += "1 ";
  }
  EXPECT_TRUE(parser.parse("lrwxrwxrwx 1 0 0 1 Mar  3 14:05 x" + arrows));
  EXPECT_FALSE(parser.parse("-rw-r--r-- " + numbers));
}

}  // namespace
}  // namespace ftpsfs::ftp
