// The status of a mount: read from JSON, shown to people, followed while uploads get on.
#include "app/mount_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/byte_text.h"
#include "app/status_text.h"
#include "app/upload_progress.h"

namespace ftpsfs::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kFull = R"({
  "version": "0.1", "pid": 123, "source": "ftps://user@host/path", "write": "back",
  "files": {"pending": 3, "uploading": 1, "failed": 1, "bytes": 12582912},
  "list": [{"path": "a/b", "state": "uploading", "size": 10485760, "sent": 4194304},
           {"path": "c", "state": "failed", "size": 7, "sent": 0, "error": "552 Quota"}],
  "listed_all": false,
  "sessions": {"open": 4, "busy": 2, "most": 8},
  "server": {"kind": "IIS", "peculiarities": ["no SITE CHMOD", "LIST tells the time of UTC+09:00"]},
  "memory": {"used": 1048576, "most": 67108864}, "disk_cache": null,
  "staging": {"directory": "/s", "used": 5},
  "errors": [{"time": 1700000000, "text": "oops", "times": 12}, {"time": 1700000001, "text": "ouch"}]})";

MountStatus read(std::string_view json) {
  const auto status = parse_mount_status(json);
  EXPECT_TRUE(status) << status.error().message;
  return status.value_or(MountStatus{});
}

TEST(MountStatusTest, ReadsEveryMember) {
  const MountStatus status = read(kFull);
  EXPECT_EQ(status.version, "0.1");
  EXPECT_EQ(status.pid, 123);
  EXPECT_EQ(status.source, "ftps://user@host/path");
  EXPECT_EQ(status.write, "back");
  EXPECT_EQ(status.waiting(), 4u);
  EXPECT_EQ(status.failed, 1u);
  EXPECT_EQ(status.bytes, 12582912u);
  ASSERT_EQ(status.list.size(), 2u);
  EXPECT_EQ(status.list[0].path, "a/b");
  EXPECT_EQ(status.list[0].sent, 4194304u);
  EXPECT_EQ(status.list[1].state, "failed");
  EXPECT_EQ(status.list[1].error, "552 Quota");
  EXPECT_FALSE(status.listed_all);
  EXPECT_EQ(status.open_sessions, 4u);
  EXPECT_EQ(status.busy_sessions, 2u);
  EXPECT_EQ(status.most_sessions, 8u);
  EXPECT_EQ(status.server, "IIS");
  EXPECT_EQ(status.peculiarities, (std::vector<std::string>{"no SITE CHMOD", "LIST tells the time of UTC+09:00"}));
  EXPECT_EQ(status.memory.most, 67108864u);
  EXPECT_FALSE(status.disk_cache);
  EXPECT_EQ(status.staging_directory, "/s");
  EXPECT_EQ(status.staging_used, 5u);
  ASSERT_EQ(status.errors.size(), 2u);
  EXPECT_EQ(status.errors[0].time, 1700000000);
  EXPECT_EQ(status.errors[0].times, 12u);
  EXPECT_EQ(status.errors[1].times, 1u) << "a mount of an earlier version does not count";
}

TEST(MountStatusTest, ReadsADiskCache) {
  const MountStatus status = read(R"({"disk_cache": {"used": 1, "most": 2}})");
  ASSERT_TRUE(status.disk_cache);
  EXPECT_EQ(status.disk_cache->used, 1u);
  EXPECT_EQ(status.disk_cache->most, 2u);
}

TEST(MountStatusTest, ShowsWhyTheServerCannotBeReached) {
  const MountStatus status = read(R"({"offline": {"seconds": 42, "why": "refused", "serves": "stale"}})");
  ASSERT_TRUE(status.offline);
  EXPECT_TRUE(status.offline->serves_stale);
  EXPECT_THAT(StatusText().show(status, {}, 10),
              HasSubstr("offline     for 42 s: refused; what is known is shown, and nothing can be changed\n"));
  EXPECT_THAT(StatusText().show(read(R"({"offline": {"seconds": 1, "why": "refused", "serves": "error"}})"), {}, 10),
              HasSubstr("offline     for 1 s: refused; only what is in memory can be reached\n"));
  EXPECT_THAT(StatusText().show(read(R"({"offline": null})"), {}, 10), Not(HasSubstr("offline")));
}

TEST(MountStatusTest, ShowsWhatIsWrittenInPlace) {
  const MountStatus status = read(R"({"in_place": ["d/", "f"]})");
  EXPECT_EQ(status.in_place, (std::vector<std::string>{"d/", "f"}));
  EXPECT_THAT(StatusText().show(status, {}, 10), HasSubstr("in place    d/\nin place    f\n"));
}

TEST(MountStatusTest, AMountOfAnotherVersionMayTellLessOrMore) {
  const MountStatus status = read(R"({"pid": 7, "moods": ["fine"], "files": {"pending": 2}})");
  EXPECT_EQ(status.pid, 7);
  EXPECT_EQ(status.waiting(), 2u);
  EXPECT_TRUE(status.listed_all);
}

TEST(MountStatusTest, RefusesWhatIsNoStatus) {
  for (const std::string_view text :
       {"", "{", "[]", "7", R"({"pid": "seven"})", R"({"list": [1]})", R"({"files": {"pending": {}}})", "\xff"}) {
    const auto status = parse_mount_status(text);
    ASSERT_FALSE(status) << text;
    EXPECT_EQ(status.error().kind, ErrorKind::kProtocol);
  }
}

TEST(MountStatusTest, IndentedJsonKeepsTheOrderAndIsAscii) {
  EXPECT_EQ(indented_json("{\"z\":1,\"a\":\"\u00e4\u009b\"}").value_or(""),
            "{\n  \"z\": 1,\n  \"a\": \"\\u00e4\\u009b\"\n}");
  EXPECT_FALSE(indented_json("no"));
}

TEST(StatusTextTest, ShowsFilesAndWhatIsInUse) {
  StatusText text;
  const std::string shown = text.show(read(kFull), {}, 100);
  EXPECT_THAT(shown, HasSubstr("ftps://user@host/path (write=back, process 123)\n"
                               "1 uploading, 3 pending, 1 failed, 12 MiB to send\n"));
  EXPECT_THAT(shown, HasSubstr("a/b  [########............]  40%\n")) << "one reading tells no rate";
  EXPECT_THAT(shown, HasSubstr("c  552 Quota\nand 3 more\n"));
  EXPECT_THAT(shown, HasSubstr("4 open, 2 busy, at most 8\n"));
  EXPECT_THAT(shown, HasSubstr("server      IIS; no SITE CHMOD, LIST tells the time of UTC+09:00\n"));
  EXPECT_THAT(shown, HasSubstr("1.0 of 64 MiB\n"));
  EXPECT_THAT(shown, HasSubstr("5 B in /s\n"));
  EXPECT_THAT(shown, HasSubstr("  oops (12 times)\n"));
  EXPECT_THAT(shown, HasSubstr("  ouch\n"));
  EXPECT_THAT(shown, Not(HasSubstr("disk cache")));
}

TEST(StatusTextTest, TwoReadingsTellTheRateOfAFile) {
  StatusText text;
  MountStatus status = read(kFull);
  text.show(status, StatusText::Time(10s), 100);
  status.list[0].sent += 2 * 2097152;
  EXPECT_THAT(text.show(status, StatusText::Time(12s), 100), HasSubstr("80%  2.0 MiB/s\n"));
  status.list[0].sent = 0;
  EXPECT_THAT(text.show(status, StatusText::Time(13s), 100), HasSubstr("  0%\n")) << "it began anew";
}

TEST(StatusTextTest, ShowsNoMoreFilesThanFit) {
  StatusText text;
  EXPECT_THAT(text.show(read(kFull), {}, 1), HasSubstr("40%\nand 4 more\n"));
}

TEST(StatusTextTest, NothingOfAServerReachesTheTerminal) {
  MountStatus status;
  status.source = status.staging_directory = "\033[2J";
  status.list.push_back({"\033[31m\n", "failed\a", 0, 0, "\xc2\x9b"});
  status.errors.push_back({0, "\r"});
  StatusText text;
  const std::string shown = text.show(status, {}, 100) + failures_text(status);
  EXPECT_EQ(shown.find_first_of("\033\a\r\xc2"), shown.npos) << shown;
}

TEST(StatusTextTest, CountsOnlyWhatThereIs) {
  MountStatus status;
  EXPECT_EQ(counts_text(status), "nothing waits");
  status.pending = 2;
  status.bytes = 1536;
  EXPECT_EQ(counts_text(status), "2 pending, 1.5 KiB to send");
}

TEST(StatusTextTest, NamesTheFailedFiles) { EXPECT_EQ(failures_text(read(kFull)), "c: 552 Quota\n"); }

TEST(ByteTextTest, TwoFiguresInTheLargestUnit) {
  EXPECT_EQ(byte_text(0), "0 B");
  EXPECT_EQ(byte_text(1023), "1023 B");
  EXPECT_EQ(byte_text(1024), "1.0 KiB");
  EXPECT_EQ(byte_text(10ULL << 20), "10 MiB");
  EXPECT_EQ(byte_text((5ULL << 30) / 2), "2.5 GiB");
  EXPECT_EQ(byte_text(UINT64_MAX), "16384 PiB");
  EXPECT_EQ(byte_text(0, 0), "0 of 0 B");
  EXPECT_EQ(byte_text(12ULL << 20, 40ULL << 20), "12 of 40 MiB");
  EXPECT_EQ(byte_text(1ULL << 19, 40ULL << 20), "0.5 of 40 MiB");
}

MountStatus waits(std::uint64_t files, std::uint64_t bytes) {
  MountStatus status;
  status.pending = files;
  status.bytes = bytes;
  return status;
}

constexpr std::uint64_t kMiB = 1ULL << 20;

UploadProgress::Time at(std::chrono::seconds time) { return UploadProgress::Time(time); }

TEST(UploadProgressTest, TellsFilesBytesAndTheRate) {
  UploadProgress progress(at(0s));
  EXPECT_EQ(progress.line(), "");
  progress.add(waits(3, 40 * kMiB), at(1s));
  EXPECT_EQ(progress.line(), "3 files, 0 of 40 MiB, 0 B/s");
  progress.add(waits(1, 28 * kMiB), at(5s));
  EXPECT_EQ(progress.line(), "1 file, 12 of 40 MiB, 3.0 MiB/s");
}

TEST(UploadProgressTest, TheRateIsThatOfTheLastSeconds) {
  UploadProgress progress(at(0s));
  progress.add(waits(1, 100 * kMiB), at(0s));
  progress.add(waits(1, 40 * kMiB), at(1s));
  for (int second = 2; second <= 10; ++second) progress.add(waits(1, 40 * kMiB), at(std::chrono::seconds(second)));
  EXPECT_THAT(progress.line(), HasSubstr(", 0 B/s"));
}

TEST(UploadProgressTest, OnlyLessThanEverIsProgress) {
  UploadProgress progress(at(0s));
  EXPECT_EQ(progress.idle(at(7s)), 7s) << "no answer is no progress";
  progress.add(waits(2, 10), at(10s));
  EXPECT_EQ(progress.idle(at(10s)), 0s);
  progress.add(waits(2, 5), at(20s));
  EXPECT_EQ(progress.idle(at(25s)), 5s);
  progress.add(waits(2, 10), at(30s));  // the upload broke off
  progress.add(waits(2, 5), at(40s));   // and came as far as before
  EXPECT_EQ(progress.idle(at(40s)), 20s);
  progress.add(waits(1, 5), at(50s));
  EXPECT_EQ(progress.idle(at(50s)), 0s) << "a file less, though empty";
}

}  // namespace
}  // namespace ftpsfs::app
