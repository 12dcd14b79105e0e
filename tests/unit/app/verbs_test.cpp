// The verbs, on a mount that is none.
#include "app/verbs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/mount_root.h"

namespace ftpsfs::app {
namespace {

using testing::_;
using testing::HasSubstr;
using testing::Return;

std::vector<std::string> words_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "ftpsfs");
  return arguments;
}

Result<VerbLine> parse(const std::vector<std::string>& arguments) { return parse_verb_line(words_of(arguments)); }

TEST(VerbLineTest, AFirstWordIsAVerbOrASource) {
  for (const char* verb : {"status", "sync", "retry", "discard"}) EXPECT_TRUE(is_verb_line(words_of({verb, "/mnt"})));
  EXPECT_TRUE(is_verb_line(words_of({"status"})));
  EXPECT_FALSE(is_verb_line(words_of({"status:", "/mnt"}))) << "the host of that name";
  EXPECT_FALSE(is_verb_line(words_of({"-f", "status", "/mnt"})));
  EXPECT_FALSE(is_verb_line(words_of({})));
}

TEST(VerbLineTest, TakesFlagsAndArguments) {
  const auto status = parse({"status", "--watch", "/mnt", "--json"});
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(status->verb, Verb::kStatus);
  EXPECT_EQ(status->mount, "/mnt");
  EXPECT_TRUE(status->json);
  EXPECT_TRUE(status->watch);
  const auto discard = parse({"discard", "--", "/mnt", "-a"});
  ASSERT_TRUE(discard) << discard.error().message;
  EXPECT_EQ(discard->verb, Verb::kDiscard);
  EXPECT_EQ(discard->path, "-a");
  EXPECT_EQ(parse({"retry", "/mnt"})->path, "");
  EXPECT_EQ(parse({"sync", "/mnt"})->verb, Verb::kSync);
}

TEST(VerbLineTest, WrongUseEndsInTheUsage) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> table{
      {{"status"}, "MOUNT is missing"},           {{"status", "/mnt", "/more"}, "'/more'"},
      {{"sync", "--watch", "/mnt"}, "--watch"},   {{"discard", "/mnt"}, "PATH is missing"},
      {{"discard", "/mnt", ""}, "PATH is empty"}, {{"retry", "/mnt", "a", "b"}, "'b'"},
  };
  for (const auto& [arguments, because] : table) {
    const auto line = parse(arguments);
    ASSERT_FALSE(line) << because;
    EXPECT_THAT(line.error().message, HasSubstr(because));
    EXPECT_THAT(line.error().message, HasSubstr("\nusage:\n  ftpsfs status "));
  }
}

TEST(MountRootTest, IsWhereTheFileSystemBegins) {
  EXPECT_EQ(find_mount_root("/proc/self/status").value_or(""), "/proc");
  EXPECT_EQ(find_mount_root("/proc").value_or(""), "/proc");
  EXPECT_EQ(find_mount_root("/").value_or(""), "/");
  const auto missing = find_mount_root("/proc/no such file");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("/proc/no such file"));
}

TEST(MountRootTest, PathsAreSeenFromTheRoot) {
  EXPECT_EQ(path_within("/proc", "a/./b/").value_or("?"), "a/b");
  EXPECT_EQ(path_within("/proc", "a/../b").value_or("?"), "b");
  EXPECT_EQ(path_within("/proc", "").value_or("?"), "");
  EXPECT_EQ(path_within("/proc", "/proc").value_or("?"), "");
  EXPECT_EQ(path_within("/proc", "/proc/sys/no such file").value_or("?"), "sys/no such file");
  EXPECT_EQ(path_within("/", "/proc/x").value_or("?"), "proc/x");
  for (const char* outside : {"..", "../x", "a/../../x", "/tmp", "/", "/no such directory/x", "/processes"}) {
    const auto path = path_within("/proc", outside);
    ASSERT_FALSE(path) << outside << " is " << *path;
    EXPECT_EQ(path.error().kind, ErrorKind::kInvalid);
  }
}

class MockControl : public MountControl {
 public:
  MOCK_METHOD(Result<std::string>, status, (), (override));
  MOCK_METHOD(Status, sync, (), (override));
  MOCK_METHOD(Status, retry, (const std::string&), (override));
  MOCK_METHOD(Status, discard, (const std::string&), (override));
};

constexpr const char* kOneFailed =
    R"({"files": {"failed": 1}, "list": [{"path": "a/b", "state": "failed", "error": "552 Quota"}]})";

class RunVerbTest : public testing::Test {
 protected:
  /// Runs it on the mount at /proc, and keeps what it printed.
  int run(const std::vector<std::string>& arguments) {
    const auto line = parse(arguments);
    EXPECT_TRUE(line) << line.error().message;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int status = run_verb(*line, control_, "/proc");
    std::fflush(stdout);
    output_ = testing::internal::GetCapturedStdout();
    errors_ = testing::internal::GetCapturedStderr();
    return status;
  }

  testing::StrictMock<MockControl> control_;
  std::string output_;
  std::string errors_;
};

TEST_F(RunVerbTest, StatusPrintsWhatTheMountTells) {
  EXPECT_CALL(control_, status()).WillOnce(Return(R"({"pid": 7})")).WillOnce(Return(R"({"pid": 7})"));
  EXPECT_EQ(run({"status", "/proc"}), 0);
  EXPECT_THAT(output_, HasSubstr("nothing waits\n"));
  EXPECT_EQ(run({"status", "/proc", "--json"}), 0);
  EXPECT_EQ(output_, "{\n  \"pid\": 7\n}\n");
}

TEST_F(RunVerbTest, WatchEndsWhenNothingWaits) {
  EXPECT_CALL(control_, status())
      .WillOnce(Return(R"({"files": {"uploading": 1, "bytes": 5}})"))
      .WillOnce(Return(R"({"files": {"failed": 1, "bytes": 5}})"));
  EXPECT_EQ(run({"status", "--watch", "/proc"}), 0);
  EXPECT_EQ(output_, "1 uploading, 5 B to send\n1 failed, 5 B to send\n");
}

TEST_F(RunVerbTest, StatusFailsWhenItCannotAsk) {
  EXPECT_CALL(control_, status()).WillOnce(Return(fail(ErrorKind::kIo, "no answer"))).WillOnce(Return("?"));
  EXPECT_EQ(run({"status", "/proc"}), 1);
  EXPECT_EQ(errors_, "ftpsfs: no answer\n");
  EXPECT_EQ(run({"status", "/proc"}), 1);
}

TEST_F(RunVerbTest, RetryAndDiscardTakePathsBelowTheMount) {
  EXPECT_CALL(control_, retry("")).WillOnce(Return(Status{}));
  EXPECT_EQ(run({"retry", "/proc"}), 0);
  EXPECT_CALL(control_, retry("a/b")).WillOnce(Return(Status{}));
  EXPECT_EQ(run({"retry", "/proc", "a/b"}), 0);
  EXPECT_CALL(control_, discard("sys/b")).WillOnce(Return(Status{}));
  EXPECT_EQ(run({"discard", "/proc", "/proc/sys/b"}), 0);
  EXPECT_EQ(run({"discard", "/proc", "."}), 1);
  EXPECT_EQ(run({"retry", "/proc", "/tmp/x"}), 1);
  EXPECT_EQ(errors_, "ftpsfs: /tmp/x: not below /proc\n");
}

TEST_F(RunVerbTest, TellsWhenNoSuchFileWaits) {
  EXPECT_CALL(control_, retry(_)).WillOnce(Return(fail(ErrorKind::kNotFound, "No such file")));
  EXPECT_EQ(run({"retry", "/proc", "a"}), 1);
  EXPECT_EQ(errors_, "ftpsfs: a: no such file waits for its upload\n");
  EXPECT_CALL(control_, discard(_)).WillOnce(Return(fail(ErrorKind::kNotFound, "No such file")));
  EXPECT_EQ(run({"discard", "/proc", "a"}), 1);
  EXPECT_EQ(errors_, "ftpsfs: a: no such file has failed to be uploaded\n");
}

TEST_F(RunVerbTest, ARetryThatFailsSaysWhy) {
  EXPECT_CALL(control_, retry("a/b")).WillOnce(Return(fail(ErrorKind::kQuota, "Disk quota exceeded")));
  EXPECT_CALL(control_, status()).WillOnce(Return(kOneFailed));
  EXPECT_EQ(run({"retry", "/proc", "a/b"}), 1);
  EXPECT_EQ(errors_, "ftpsfs: a/b: Disk quota exceeded\na/b: 552 Quota\n");
}

}  // namespace
}  // namespace ftpsfs::app
