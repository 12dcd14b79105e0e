// copy_file_range(2): whole files are copied by the server.
#include <algorithm>
#include <future>
#include <limits>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

constexpr std::uint64_t kAll = std::numeric_limits<std::int64_t>::max();

class CopyTest : public FilesystemTest {
 protected:
  CopyTest() {
    server_.copies = true;
    server_.put("source", content_);
    server_.put("old", "old content, which is longer than nothing");
  }
  Result<std::uint64_t> copy_range(HandleId from, HandleId to, std::uint64_t length = kAll, std::uint64_t at = 0) {
    return fs_->copy_range({from, at, to, at, length}, context_);
  }
  /// As cp(1) does: what the server does not copy is read and written.
  std::string copy(const std::string& from, HandleId to) {
    const HandleId source = open(from, kRead);
    std::string copied = outcome(copy_range(source, to));
    if (copied == kUnsupported) {
      EXPECT_EQ(write(to, 0, read(source)), "ok");
    }
    close(source);
    return copied;
  }
  /// Unmounts: the last of it goes in the background.
  [[nodiscard]] bool nothing_is_left_over() {
    fs_.reset();
    const auto tree = server_.tree();
    return std::none_of(tree.begin(), tree.end(), [](const auto& each) { return each.first.find(".ftpsfs-") == 0; });
  }
  [[nodiscard]] bool no_byte_travelled() const { return server_.bytes_read == 0 && server_.bytes_written == 0; }

  const std::string kUnsupported = std::string(to_string(ErrorKind::kUnsupported));
  const std::string content_ = pattern(100'000);
};

TEST_F(CopyTest, AWholeFileIsCopiedByTheServer) {
  const HandleId copied = create("copy", 0640);
  EXPECT_EQ(copy("source", copied), "ok");
  EXPECT_TRUE(on_server("copy") == content_);
  EXPECT_EQ(server_.attributes("copy")->mode, 0640U);
  EXPECT_EQ(stat(node("copy")).size, content_.size());
  EXPECT_EQ(close(copied), "ok");
  EXPECT_EQ(server_.count(Verb::kPublish), 1);
  EXPECT_EQ(server_.count(Verb::kOpenWriter), 0) << "nothing is left to be committed";
  EXPECT_TRUE(no_byte_travelled());
  EXPECT_TRUE(read_file("copy") == content_);
  EXPECT_TRUE(nothing_is_left_over());
}

TEST_F(CopyTest, ItTakesThePlaceOfALongerFile) {
  server_.put("source", "short");
  const HandleId old = open("old", kRead);
  EXPECT_EQ(read(old, 0, 3), "old");
  const HandleId copied = open("old", kTruncate);
  EXPECT_EQ(copy("source", copied), "ok");
  EXPECT_EQ(close(copied), "ok");
  EXPECT_EQ(on_server("old"), "short");
  EXPECT_EQ(read_file("old"), "short");
  EXPECT_EQ(read(old), "short") << "a handle from before";
  close(old);
}

TEST_F(CopyTest, WhatIsWrittenAfterwardsGoesIntoTheCopy) {
  const HandleId copied = create("copy");
  EXPECT_EQ(copy("source", copied), "ok");
  EXPECT_EQ(write(copied, 10, "XYZ"), "ok");
  std::string expected = content_;
  expected.replace(10, 3, "XYZ");
  EXPECT_TRUE(read(copied) == expected);
  EXPECT_EQ(close(copied), "ok");
  EXPECT_TRUE(on_server("copy") == expected);
  EXPECT_TRUE(on_server("source") == content_);
}

TEST_F(CopyTest, TimeAndModeAfterwards) {
  const HandleId copied = create("copy", 0600);
  EXPECT_EQ(copy("source", copied), "ok");
  EXPECT_EQ(change(node("copy"), to_mode(0644, 1'000'000'000), copied), "ok");
  EXPECT_EQ(close(copied), "ok");
  EXPECT_EQ(server_.attributes("copy")->mtime, 1'000'000'000);
  EXPECT_EQ(server_.attributes("copy")->mode, 0644U);
  EXPECT_TRUE(no_byte_travelled());
}

TEST_F(CopyTest, AnyOtherRangeIsReadAndWritten) {
  const HandleId source = open("source", kRead);
  const HandleId copied = create("copy");
  EXPECT_EQ(outcome(copy_range(source, copied, content_.size() - 1)), kUnsupported) << "not to its end";
  EXPECT_EQ(outcome(copy_range(source, copied, kAll, 1)), kUnsupported) << "not from its beginning";
  EXPECT_EQ(outcome(fs_->copy_range({source, 0, copied, 5, kAll}, context_)), kUnsupported);
  EXPECT_EQ(write(copied, 0, "x"), "ok");
  EXPECT_EQ(outcome(copy_range(source, copied)), kUnsupported) << "not into an empty file";
  const HandleId old = open("old", kWrite);
  EXPECT_EQ(outcome(copy_range(source, old)), kUnsupported);
  EXPECT_EQ(outcome(copy_range(source, source)), "permission denied");
  EXPECT_EQ(server_.count(Verb::kCopy), 0);
  for (const HandleId handle : {source, copied, old}) EXPECT_EQ(close(handle), "ok");
}

TEST_F(CopyTest, WhatIsNewerHereIsReadAndWritten) {
  const HandleId writer = open("source", kWrite);
  EXPECT_EQ(write(writer, 0, "NEWER"), "ok");
  const HandleId copied = create("copy");
  EXPECT_EQ(copy("source", copied), kUnsupported);
  EXPECT_EQ(close(copied), "ok");
  EXPECT_EQ(on_server("copy")->substr(0, 5), "NEWER");
  EXPECT_EQ(close(writer), "ok");
  const HandleId again = create("again");
  EXPECT_EQ(copy("source", again), "ok") << "it is on the server now";
  EXPECT_EQ(close(again), "ok");
  EXPECT_TRUE(on_server("again") == on_server("source"));
}

TEST_F(CopyTest, ARefusalLeavesTheFileToBeReadAndWritten) {
  for (const ErrorKind kind : {ErrorKind::kPermission, ErrorKind::kNotFound, ErrorKind::kUnsupported, ErrorKind::kIo}) {
    server_.fail_next(Verb::kCopy, kind);
    const HandleId copied = open("old", kTruncate);
    EXPECT_EQ(copy("source", copied), kUnsupported) << to_string(kind);
    EXPECT_EQ(close(copied), "ok");
    EXPECT_TRUE(on_server("old") == content_);
  }
  EXPECT_TRUE(nothing_is_left_over());
}

TEST_F(CopyTest, NoSpaceIsTold) {
  server_.fail_next(Verb::kCopy, ErrorKind::kNoSpace);
  const HandleId copied = create("copy");
  EXPECT_EQ(copy("source", copied), std::string(to_string(ErrorKind::kNoSpace)));
  close(copied);
}

TEST_F(CopyTest, AfterABrokenLineItIsTriedOnceMoreAndNothingIsLeft) {
  server_.fail_next(Verb::kCopy, ErrorKind::kConnectionLost, 1, When::kAnswered);
  const HandleId copied = create("copy");
  EXPECT_EQ(copy("source", copied), "ok");
  EXPECT_EQ(close(copied), "ok");
  EXPECT_EQ(server_.count(Verb::kCopy), 2);
  EXPECT_TRUE(on_server("copy") == content_);
  EXPECT_TRUE(nothing_is_left_over());
}

TEST_F(CopyTest, AnInterruptedCopyLeavesNothing) {
  server_.fail_next(Verb::kCopy, ErrorKind::kInterrupted, 1, When::kAnswered);
  const HandleId copied = create("copy");
  EXPECT_EQ(copy("source", copied), std::string(to_string(ErrorKind::kInterrupted)));
  close(copied);
  EXPECT_EQ(server_.count(Verb::kCopy), 1);
  EXPECT_EQ(on_server("copy"), "");
  EXPECT_TRUE(nothing_is_left_over());
}

TEST_F(CopyTest, AStrangersFileIsNotReplaced) {
  const HandleId copied = create("copy");
  server_.put("copy", "a stranger's");
  const HandleId source = open("source", kRead);
  EXPECT_EQ(outcome(copy_range(source, copied)), kUnsupported);
  EXPECT_EQ(on_server("copy"), "a stranger's");
  close(source);
  close(copied);
  EXPECT_TRUE(nothing_is_left_over());
}

TEST_F(CopyTest, ASourceThatChangedOnTheServerIsNotTakenForTheOldOne) {
  const HandleId source = open("source", kRead);
  server_.put("source", "another content");
  const HandleId copied = create("copy");
  EXPECT_EQ(outcome(copy_range(source, copied)), kUnsupported);
  EXPECT_FALSE(on_server("copy"));
  close(source);
  close(copied);
}

TEST_F(CopyTest, WhatIsWrittenMeanwhileIsNotLost) {
  const HandleId source = open("source", kRead);
  const HandleId copied = create("copy");
  const auto gate = server_.hold_next(Verb::kCopy);
  auto copying = std::async(std::launch::async, [&] { return outcome(copy_range(source, copied)); });
  ASSERT_TRUE(gate->wait_reached());
  EXPECT_EQ(write(copied, 0, "written meanwhile"), "ok");
  gate->release();
  EXPECT_EQ(copying.get(), kUnsupported);
  EXPECT_EQ(close(copied), "ok");
  EXPECT_EQ(on_server("copy"), "written meanwhile");
  close(source);
}

TEST_F(CopyTest, WithChecksumsBothAreAskedFor) {
  server_.checksums = net::DigestAlgorithm::kSha256;
  options_.verify_upload = VerifyUpload::kChecksum;
  mount();
  const HandleId copied = create("copy");
  EXPECT_EQ(copy("source", copied), "ok");
  EXPECT_EQ(close(copied), "ok");
  EXPECT_EQ(server_.count(Verb::kChecksum), 2);
  EXPECT_TRUE(on_server("copy") == content_);
}

TEST_F(CopyTest, InPlaceNothingIsCopiedBeside) {
  options_.commit = CommitMode::kInPlace;
  mount();
  const HandleId copied = create("copy");
  EXPECT_EQ(copy("source", copied), kUnsupported);
  EXPECT_EQ(close(copied), "ok");
  EXPECT_EQ(server_.count(Verb::kCopy), 0);
  EXPECT_TRUE(on_server("copy") == content_);
}

class CopyBackTest : public CopyTest {
 protected:
  void SetUp() override {
    options_.state_dir = staging_.path() + "/journal";
    options_.write_back = true;
    options_.settle = std::chrono::minutes(10);
    options_.staging_dir = options_.state_dir;
    mount_again();
  }
  /// What is not uploaded is left to this mount.
  void mount_again() {
    fs_.reset();
    fs_ = make_filesystem(server_, clock_, options_).value();
  }
  std::size_t drain() {
    const std::chrono::seconds limit(20);
    return fs_->drain(Context{limit, Deadline::after(limit), nullptr}).files;
  }
};

TEST_F(CopyBackTest, TheCopyIsOnTheServerAtOnceAndNothingIsOwed) {
  const HandleId copied = create("copy");
  EXPECT_EQ(copy("source", copied), "ok");
  EXPECT_EQ(close(copied), "ok");
  EXPECT_TRUE(on_server("copy") == content_);
  EXPECT_TRUE(fs_->status().uploads.empty());
  EXPECT_TRUE(no_byte_travelled());
}

TEST_F(CopyBackTest, WhatWaitsToBeUploadedIsReadHere) {
  EXPECT_EQ(write_file("source", "not uploaded yet"), "ok");
  const HandleId copied = create("copy");
  EXPECT_EQ(copy("source", copied), kUnsupported);
  EXPECT_EQ(close(copied), "ok");
  EXPECT_EQ(drain(), 0U);
  EXPECT_EQ(on_server("copy"), "not uploaded yet");
}

TEST_F(CopyBackTest, WhatWaitedUnderThatNameIsNotUploadedAfterwards) {
  EXPECT_EQ(write_file("old", "waits"), "ok");
  const HandleId copied = open("old", kTruncate);
  EXPECT_EQ(copy("source", copied), "ok");
  EXPECT_EQ(close(copied), "ok");
  mount_again();
  EXPECT_EQ(drain(), 0U);
  EXPECT_TRUE(on_server("old") == content_);
  EXPECT_EQ(server_.tree().size(), 2U) << "no conflict";
}

}  // namespace
}  // namespace ftpsfs::vfs
