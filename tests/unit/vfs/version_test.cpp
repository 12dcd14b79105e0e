// One version of a file or another, never a mix: the kernel's pages, open handles, foreign changes.
#include <future>

#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

class VersionTest : public FilesystemTest {
 protected:
  static constexpr std::size_t kSize = 1'000'000;

  VersionTest() : old_(pattern(kSize)), foreign_(pattern(kSize, 9)) { server_.put("f", old_); }
  void forget_age() { clock_.advance(options_.cache_ttl); }

  const std::string old_;
  const std::string foreign_;
};

TEST_F(VersionTest, PagesAreKeptWhileTheVersionIsTheSame) {
  EXPECT_FALSE(open_keeps_cache("f"));
  EXPECT_TRUE(open_keeps_cache("f"));
  forget_age();
  EXPECT_TRUE(open_keeps_cache("f"));
}

TEST_F(VersionTest, PagesAreKeptAfterOurOwnCommit) {
  open_keeps_cache("f");
  EXPECT_EQ(write_file("f", "ours"), "ok");
  EXPECT_TRUE(open_keeps_cache("f"));
  EXPECT_EQ(read_file("f"), "ours");
}

TEST_F(VersionTest, PagesAreKeptWhenWeSetATime) {
  open_keeps_cache("f");
  EXPECT_EQ(change(node("f"), to_mtime(4242)), "ok");
  EXPECT_TRUE(open_keeps_cache("f"));
}

TEST_F(VersionTest, PagesAreDroppedAfterAForeignChange) {
  open_keeps_cache("f");
  server_.put("f", foreign_);
  forget_age();
  EXPECT_FALSE(open_keeps_cache("f"));
  EXPECT_TRUE(read_file("f").substr(0, 1000) == foreign_.substr(0, 1000));
}

TEST_F(VersionTest, WithoutATimeNothingIsKept) {
  remote::Attributes vague = *server_.attributes("f");
  vague.mtime = 0;
  vague.mtime_exact = false;
  vague.unique.clear();
  server_.set_attributes("f", vague);
  open_keeps_cache("f");
  EXPECT_FALSE(open_keeps_cache("f"));
}

TEST_F(VersionTest, AnOpenAsksAgainSoonerThanAStat) {
  open_keeps_cache("f");
  server_.put("f", "foreign");
  clock_.advance(options_.attr_ttl);
  EXPECT_EQ(stat(node("f")).size, kSize);
  EXPECT_EQ(read_file("f"), "foreign");
}

TEST_F(VersionTest, AnOldHandleIsStaleOnceAnotherVersionWasOpened) {
  const HandleId old_handle = open("f", kRead);
  EXPECT_TRUE(read(old_handle, 0, 100) == old_.substr(0, 100));
  server_.put("f", foreign_);
  forget_age();
  const HandleId new_handle = open("f", kRead);
  EXPECT_EQ(read(old_handle, 0, 100), "stale") << "even what is cached: the kernel would show it to the new handle";
  EXPECT_EQ(read(old_handle, 900'000, 100), "stale");
  EXPECT_TRUE(read(new_handle, 0, kSize) == foreign_);
  close(old_handle);
  close(new_handle);
}

TEST_F(VersionTest, AReadUnderWayDoesNotMixVersions) {
  const HandleId old_handle = open("f", kRead);
  const auto gate = server_.hold_next(Verb::kOpenReader);
  auto text = std::async(std::launch::async, [&] { return read(old_handle, 0, kSize); });
  ASSERT_TRUE(gate->wait_reached());
  server_.put("f", foreign_);
  forget_age();
  const HandleId new_handle = open("f", kRead);
  gate->release();
  EXPECT_EQ(text.get(), "stale");
  EXPECT_TRUE(read(new_handle, 0, kSize) == foreign_);
  close(old_handle);
  close(new_handle);
}

TEST_F(VersionTest, ADownloadBegunLaterDoesNotMixVersions) {
  const HandleId handle = open("f", kRead);
  EXPECT_TRUE(read(handle, 0, 100) == old_.substr(0, 100));
  server_.put("f", foreign_);
  EXPECT_EQ(read(handle, 900'000, 100), "stale") << "nobody else has opened it since";
  close(handle);
}

TEST_F(VersionTest, AReaderGoesOnWhenWeSetATime) {
  const HandleId handle = open("f", kRead);
  EXPECT_TRUE(read(handle, 0, 100) == old_.substr(0, 100));
  const auto gate = server_.hold_next(Verb::kSetMtime, When::kAnswered);
  auto changed = std::async(std::launch::async, [&] { return change(node("f"), to_mtime(4242)); });
  ASSERT_TRUE(gate->wait_reached());
  EXPECT_TRUE(read(handle, 500'000, 100) == old_.substr(500'000, 100)) << "the server has the new time, we do not know";
  gate->release();
  EXPECT_EQ(changed.get(), "ok");
  EXPECT_TRUE(read(handle, 900'000, 100) == old_.substr(900'000, 100));
  close(handle);
}

TEST_F(VersionTest, AReaderSeesWhatAWriterHereWrote) {
  const HandleId reader = open("f", kRead);
  EXPECT_TRUE(read(reader, 0, 10) == old_.substr(0, 10));
  const HandleId writer = open("f", kTruncate);
  write(writer, 0, "ours");
  EXPECT_EQ(read(reader), "ours");
  EXPECT_EQ(close(writer), "ok");
  EXPECT_EQ(read(reader), "ours");
  close(reader);
}

TEST_F(VersionTest, AReadDuringOurOwnCommitGivesOneOfBoth) {
  const HandleId reader = open("f", kRead);
  const auto gate = server_.hold_next(Verb::kOpenReader);
  auto text = std::async(std::launch::async, [&] { return read(reader, 0, 4); });
  ASSERT_TRUE(gate->wait_reached());
  EXPECT_EQ(write_file("f", "ours"), "ok");
  gate->release();
  EXPECT_EQ(text.get(), "ours");
  close(reader);
}

TEST_F(VersionTest, OpenWhileTheLastWriterCloses) {
  const HandleId writer = create("new");
  write(writer, 0, "text");
  EXPECT_EQ(flush(writer), "ok");
  for (int i = 0; i < 50; ++i) {
    const HandleId again = open("new", kTruncate);
    write(again, 0, "text");
    ASSERT_EQ(flush(again), "ok");
    auto released = std::async(std::launch::async, [&] { fs_->release(again, context_); });
    EXPECT_EQ(read_file("new"), "text") << "release comes after close(2) returned";
    released.get();
  }
  close(writer);
}

TEST_F(VersionTest, AnOpenOvertakenByOurCommitGetsTheNewVersion) {
  const HandleId writer = open("f", kTruncate);
  const HandleId before = open("f", kRead);
  write(writer, 0, "ours");
  EXPECT_EQ(close(writer), "ok");
  close(before);
  clock_.advance(options_.attr_ttl);
  const auto gate = server_.hold_next(Verb::kStat, When::kAnswered);
  auto text = std::async(std::launch::async, [&] { return read_file("f"); });
  ASSERT_TRUE(gate->wait_reached());
  const HandleId second = open("f", kTruncate);
  write(second, 0, "and more of ours");
  EXPECT_EQ(close(second), "ok");
  gate->release();
  EXPECT_EQ(text.get(), "and more of ours");
}

}  // namespace
}  // namespace ftpsfs::vfs
