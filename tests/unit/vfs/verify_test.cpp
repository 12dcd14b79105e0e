// verify_upload: what proves that an upload arrived whole.
#include <algorithm>
#include <future>
#include <thread>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

class VerifyTest : public FilesystemTest {
 protected:
  VerifyTest() {
    server_.put("old", "old content");
    server_.checksums = net::DigestAlgorithm::kSha256;
    options_.verify_upload = VerifyUpload::kChecksum;
  }
  [[nodiscard]] bool nothing_is_left_over() {
    const auto tree = server_.tree();
    return std::none_of(tree.begin(), tree.end(), [](const auto& each) { return each.first.find(".ftpsfs-") == 0; });
  }
};

TEST_F(VerifyTest, WhatArrivedWholeIsPublished) {
  EXPECT_EQ(write_file("old", "new content"), "ok");
  EXPECT_EQ(on_server("old"), "new content");
  EXPECT_EQ(server_.count(Verb::kChecksum), 1);
}

TEST_F(VerifyTest, WhatArrivedDamagedIsSentOnceMore) {
  server_.damaged_uploads = 1;
  EXPECT_EQ(write_file("old", "new content"), "ok");
  EXPECT_EQ(on_server("old"), "new content");
  EXPECT_EQ(server_.count(Verb::kChecksum), 2);
  EXPECT_EQ(server_.count(Verb::kPublish), 1);
  EXPECT_TRUE(nothing_is_left_over());
}

TEST_F(VerifyTest, DamageTwiceFailsAndLeavesTheOldFile) {
  server_.damaged_uploads = 100;
  const HandleId handle = open("old", kTruncate);
  EXPECT_EQ(write(handle, 0, "new content"), "ok");
  EXPECT_EQ(flush(handle), "input/output error");
  EXPECT_EQ(server_.count(Verb::kPublish), 0);
  EXPECT_EQ(on_server("old"), "old content");
  EXPECT_TRUE(nothing_is_left_over());
  server_.damaged_uploads = 0;
  fs_->release(handle, context_);
  EXPECT_EQ(on_server("old"), "new content");
}

TEST_F(VerifyTest, WhatIsSentWhileItIsWrittenIsVerifiedToo) {
  server_.damaged_uploads = 1;
  const std::string content = pattern(3 * 1024 * 1024);
  const HandleId handle = create("new");
  for (std::size_t at = 0; at < content.size(); at += 128 * 1024) {
    ASSERT_EQ(write(handle, at, std::string_view(content).substr(at, 128 * 1024)), "ok");
  }
  EXPECT_EQ(close(handle), "ok");
  EXPECT_TRUE(on_server("new") == content);
  EXPECT_EQ(server_.count(Verb::kChecksum), 2);
}

TEST_F(VerifyTest, AWriteDuringTheCommitIsNoDamage) {
  const HandleId handle = create("new");
  write(handle, 0, "one");
  const auto gate = server_.hold_next(Verb::kChecksum, When::kAnswered);
  auto synced = std::async(std::launch::async, [&] { return outcome(fs_->sync(handle, context_)); });
  ASSERT_TRUE(gate->wait_reached());
  EXPECT_EQ(write(handle, 0, "two"), "ok");
  gate->release();
  EXPECT_EQ(synced.get(), "ok");
  EXPECT_EQ(close(handle), "ok");
  EXPECT_EQ(on_server("new"), "two");
}

TEST_F(VerifyTest, WhereTheServerTellsNoneTheSizeDecides) {
  server_.checksums.reset();
  EXPECT_EQ(write_file("old", "new content"), "ok");
  EXPECT_EQ(on_server("old"), "new content");
}

TEST_F(VerifyTest, ABrokenLineWhileTheServerComputesIsTriedOnceMore) {
  server_.fail_next(Verb::kChecksum, ErrorKind::kConnectionLost);
  EXPECT_EQ(write_file("old", "new content"), "ok");
  EXPECT_EQ(on_server("old"), "new content");
}

TEST_F(VerifyTest, OfTheSizeAloneNoChecksumIsAskedFor) {
  options_.verify_upload = VerifyUpload::kSize;
  mount();
  server_.damaged_uploads = 1;
  EXPECT_EQ(write_file("old", "new content"), "ok");
  EXPECT_EQ(server_.count(Verb::kChecksum), 0);
  EXPECT_EQ(on_server("old"), "oew content");
}

TEST_F(VerifyTest, WithNoneTheServerIsTrusted) {
  options_.verify_upload = VerifyUpload::kNone;
  mount();
  const HandleId handle = create("new");
  write(handle, 0, "content");
  const auto gate = server_.hold_next(Verb::kPublish);
  auto closed = std::async(std::launch::async, [&] { return close(handle); });
  ASSERT_TRUE(gate->wait_reached());
  for (const auto& [path, content] : server_.tree()) {
    if (path.find(".ftpsfs-") == 0) server_.put_end_off(path, 3);
  }
  gate->release();
  EXPECT_EQ(closed.get(), "ok");
  EXPECT_EQ(on_server("new"), "con");
}

}  // namespace
}  // namespace ftpsfs::vfs
