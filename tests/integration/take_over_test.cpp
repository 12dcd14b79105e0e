// A mount of a source takes over from a daemon that still uploads what was written to an earlier one.
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "integration/fake_mount_point.h"

namespace ftpsfs::test {
namespace {

using std::chrono::seconds;

constexpr int kFiles = 12;
constexpr std::string_view kOwnNames = ".ftpsfs-";

/// The first daemon cannot get anything to its end: every upload stops after its first bytes, for good.
class TakeOver : public ::testing::Test {
 protected:
  TakeOver() : first_(server_, "write=back"), second_(make_temporary_directory()) {
    for (int i = 0; i < kFiles; i += 2) server_.tree().add_file(path_of(i), "old content");
    server_.on("STOR", {.data = DataFault::kStall, .after = 3});
  }
  ~TakeOver() override {
    (void)run_command({"fusermount3", "-u", "-z", second_.string()}, seconds(20));
    std::error_code ignored;
    std::filesystem::remove_all(second_, ignored);
  }

  static std::string name_of(int file) { return "file" + std::to_string(file); }
  static std::string path_of(int file) { return "/" + name_of(file); }
  static std::string content_of(int file) { return std::string(1 + file * 200'000, static_cast<char>('a' + file)); }

  /// Writes all files, over old ones and new, and unmounts without waiting for them.
  void write_and_leave() const {
    ASSERT_EQ(first_.mount().status, 0);
    for (int i = 0; i < kFiles; ++i) write_file(first_.path() / name_of(i), content_of(i));
    const CommandResult left = run_command({"fusermount3", "-u", "-z", first_.path().string()}, seconds(20));
    ASSERT_EQ(left.status, 0) << left.output;
  }
  void mount_elsewhere() const {
    const CommandResult mounted = first_.mount_at(second_);
    ASSERT_EQ(mounted.status, 0) << mounted.output;
  }
  void let_uploads_through() {
    server_.clear_faults();
    server_.release_stalls();
  }
  /// How often a file got its name.
  [[nodiscard]] std::map<std::string, int> published() const {
    std::map<std::string, int> times;
    for (const FakeCommand& command : server_.commands()) {
      if (command.verb == "RNTO") ++times[std::string(command.argument)];
    }
    return times;
  }

  FakeServer server_;
  FakeMountPoint first_;
  std::filesystem::path second_;
};

TEST_F(TakeOver, AllThatWaitsArrivesOnceAndWhole) {
  ASSERT_NO_FATAL_FAILURE(write_and_leave());
  ASSERT_NO_FATAL_FAILURE(mount_elsewhere());
  for (int i = 0; i < kFiles; ++i) EXPECT_TRUE(read_file(second_ / name_of(i)) == content_of(i)) << name_of(i);
  let_uploads_through();
  const CommandResult synced = run_ftpsfs({"sync", second_.string()});
  EXPECT_EQ(synced.status, 0) << synced.output;
  for (int i = 0; i < kFiles; ++i) {
    EXPECT_TRUE(server_.tree().content(path_of(i)) == content_of(i)) << name_of(i);
  }
  std::size_t names = 0;
  for (const std::string& name : server_.tree().names("/")) names += name.starts_with(kOwnNames) ? 0 : 1;
  EXPECT_EQ(names, kFiles) << "no conflict copies";
  EXPECT_EQ(published().size(), kFiles);
  for (const auto& [name, times] : published()) EXPECT_EQ(times, 1) << name;
}

TEST_F(TakeOver, WhatIsWrittenAgainReplacesWhatWaited) {
  ASSERT_NO_FATAL_FAILURE(write_and_leave());
  ASSERT_NO_FATAL_FAILURE(mount_elsewhere());
  write_file(second_ / name_of(0), "newer");
  write_file(second_ / name_of(1), "newer");
  std::filesystem::remove(second_ / name_of(2));
  std::filesystem::rename(second_ / name_of(3), second_ / "renamed");
  let_uploads_through();
  const CommandResult synced = run_ftpsfs({"sync", second_.string()});
  EXPECT_EQ(synced.status, 0) << synced.output;
  EXPECT_EQ(server_.tree().content(path_of(0)), "newer");
  EXPECT_EQ(server_.tree().content(path_of(1)), "newer");
  EXPECT_FALSE(server_.tree().exists(path_of(2)));
  EXPECT_FALSE(server_.tree().exists(path_of(3)));
  EXPECT_TRUE(server_.tree().content("/renamed") == content_of(3));
  std::size_t names = 0;
  for (const std::string& name : server_.tree().names("/")) names += name.starts_with(kOwnNames) ? 0 : 1;
  EXPECT_EQ(names, kFiles - 1);
}

}  // namespace
}  // namespace ftpsfs::test
