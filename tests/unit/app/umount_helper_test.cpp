// The helper of umount(8): its command line, the processes that ask a mount, and the wait for uploads.
#include "app/umount_helper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "app/mount_call.h"
#include "app/upload_wait.h"

namespace ftpsfs::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr auto kLong = 60s;

Result<UmountLine> parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "/sbin/umount.fuse.ftpsfs");
  return parse_umount_line(arguments);
}

TEST(UmountLineTest, IsCalledByItsName) {
  EXPECT_TRUE(is_umount_helper("/sbin/umount.fuse.ftpsfs"));
  EXPECT_TRUE(is_umount_helper("umount.ftpsfs"));
  EXPECT_FALSE(is_umount_helper("/sbin/mount.ftpsfs"));
  EXPECT_FALSE(is_umount_helper("/umount.d/ftpsfs"));
}

TEST(UmountLineTest, TakesWhatUmountHands) {
  const auto plain = parse({"/mnt", "-n", "-v", "-r"});
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->mount_point, "/mnt");
  EXPECT_FALSE(plain->how.lazy);
  EXPECT_FALSE(plain->how.force);
  const auto all = parse({"-nl", "-f", "-t", "fuse.ftpsfs", "/mnt", "-N", "/proc/1/ns/mnt"});
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_TRUE(all->how.lazy);
  EXPECT_TRUE(all->how.force);
  EXPECT_EQ(all->mount_namespace, "/proc/1/ns/mnt");
}

TEST(UmountLineTest, RefusesTheRest) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, {"/mnt", "/more"}, {"/mnt", "-x"}, {"/mnt", "-N"}, {"/mnt", "-"}}) {
    const auto line = parse(words);
    ASSERT_FALSE(line);
    EXPECT_THAT(line.error().message, HasSubstr("\nusage: umount.fuse.ftpsfs "));
  }
}

TEST(MountCallTest, BringsTheAnswer) {
  const std::string large(60000, 'x');
  EXPECT_EQ(MountCall::ask([&] { return large; }, std::nullopt, Deadline::after(kLong)).value_or(""), large);
  EXPECT_EQ(MountCall::ask([] { return ""; }, std::nullopt, Deadline::after(kLong)).value_or("?"), "");
}

TEST(MountCallTest, BringsTheError) {
  const auto answer = MountCall::ask([]() -> Result<std::string> { return fail(ErrorKind::kQuota, "full"); },
                                     std::nullopt, Deadline::after(kLong));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kQuota);
  EXPECT_EQ(answer.error().message, "full");
}

Result<std::string> never_answers() {
  for (;;) ::pause();
}

TEST(MountCallTest, AMountThatHangsHangsNobodyElse) {
  const auto answer = MountCall::ask(never_answers, std::nullopt, Deadline::after(1ms));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTimeout);
}

TEST(MountCallTest, ASignalEndsTheQuestion) {
  const auto answer =
      MountCall::ask([] { return std::to_string(::raise(SIGINT)); }, std::nullopt, Deadline::after(kLong));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kInterrupted);
}

class FakeControl : public MountControl {
 public:
  Result<std::string> status() override { return R"({"files": {"pending": 1, "bytes": 5}})"; }
  Status sync() override {
    if (hangs) never_answers();
    return outcome;
  }
  Status retry(const std::string&) override { return {}; }
  Status discard(const std::string&) override { return {}; }

  bool hangs = false;
  Status outcome;
};

TEST(UploadWaitTest, EndsWithTheSync) {
  FakeControl control;
  EXPECT_TRUE(wait_for_uploads(control, UploadWait{}));
  control.outcome = fail(ErrorKind::kNoSpace, "No space left on device");
  const Status failed = wait_for_uploads(control, UploadWait{});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kNoSpace);
}

TEST(UploadWaitTest, IsGivenUpWithoutProgress) {
  FakeControl control;
  control.hangs = true;
  const Status given_up = wait_for_uploads(control, UploadWait{std::nullopt, 1s, -1});
  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.error().kind, ErrorKind::kTimeout);
}

TEST(UploadWaitTest, IsGivenUpOnASignal) {
  FakeControl control;
  control.hangs = true;
  const UniqueFd signal(::eventfd(1, EFD_CLOEXEC));
  const Status given_up = wait_for_uploads(control, UploadWait{std::nullopt, std::nullopt, signal.get()});
  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.error().kind, ErrorKind::kInterrupted);
}

}  // namespace
}  // namespace ftpsfs::app
