// Writers and publish().
#include <gtest/gtest.h>

#include "remote_fixture.h"

namespace ftpsfs::remote {
namespace {

using test::ControlCut;
using Names = std::vector<std::string>;

class PublishTest : public RemoteTest, public testing::WithParamInterface<bool> {
 protected:
  static test::FakeDialect dialect() { return GetParam() ? test::FakeDialect{} : plain_dialect(); }

  void begin(test::FakeDialect with = dialect()) {
    start(std::move(with));
    tree().add_file("/d/f", "old", 1600000000, 0640);
    connect();
    temporary_ = at("d").child(fs_->new_temporary_name()).value();
    ASSERT_TRUE(store(temporary_.text(), "new content"));
    server_->forget_history();
  }

  [[nodiscard]] PublishRequest request() const {
    PublishRequest request;
    request.temporary = temporary_;
    request.target = at("d/f");
    request.size = 11;
    request.mtime = 1700000123;
    request.mode = 0600;
    return request;
  }

  void expect_published(const Result<Attributes>& published) {
    ASSERT_TRUE(published) << published.error().message;
    EXPECT_EQ(published->size, 11U);
    EXPECT_EQ(published->mtime, 1700000123);
    EXPECT_TRUE(published->mtime_exact);
    EXPECT_EQ(published->mode, 0600U);
    EXPECT_EQ(tree().content("/d/f"), "new content");
    EXPECT_EQ(tree().mtime("/d/f"), 1700000123);
    EXPECT_EQ(tree().mode("/d/f"), 0600U);
    EXPECT_EQ(tree().names("/d"), Names{"f"});
  }

  void expect_untouched() {
    EXPECT_EQ(tree().content("/d/f"), "old");
    EXPECT_EQ(tree().names("/d"), Names{"f"});
  }

  void expect_refused_where_mlst_tells(const Result<Attributes>& published) {
    if (!GetParam()) {
      EXPECT_TRUE(published) << "nobody knows";
      return;
    }
    EXPECT_EQ(kind_of(published), ErrorKind::kNotPermitted);
    expect_untouched();
  }

  RemotePath temporary_;
};

INSTANTIATE_TEST_SUITE_P(Servers, PublishTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Mlst" : "SizeAndMdtm"; });

TEST_P(PublishTest, TakesTwoRoundTrips) {
  auto slow = dialect();
  slow.latency = std::chrono::milliseconds(20);
  begin(slow);
  PublishRequest with_base = request();
  with_base.base = Version{3, 1600000000, {}};
  expect_published(fs_->publish(with_base, context_));
  EXPECT_LE(server_->round_trips(), 2);
}

TEST_P(PublishTest, WhereMlstTellsNoSize) {
  auto without = dialect();
  std::erase(without.facts, "size");
  begin(without);
  PublishRequest with_base = request();
  with_base.base = Version::exactly(stat("d/f"));
  expect_published(fs_->publish(with_base, context_));
}

TEST_P(PublishTest, AWrongSizeLeavesTheOldFile) {
  begin();
  PublishRequest wrong = request();
  wrong.size = 12;
  EXPECT_EQ(kind_of(fs_->publish(wrong, context_)), ErrorKind::kIo);
  expect_untouched();
}

TEST_P(PublishTest, ASizeThatIsNotToBeCheckedIsNotAskedFor) {
  begin();
  PublishRequest unchecked = request();
  unchecked.size = 12;
  unchecked.check_size = false;
  EXPECT_TRUE(fs_->publish(unchecked, context_));
  EXPECT_EQ(tree().content("/d/f"), "new content");
}

TEST_P(PublishTest, AMissingTemporaryFileIsAnError) {
  begin();
  tree().remove("/" + temporary_.text());
  EXPECT_EQ(kind_of(fs_->publish(request(), context_)), ErrorKind::kIo);
  expect_untouched();
}

TEST_P(PublishTest, AnotherBaseIsAConflict) {
  const std::optional<Version> bases[] = {Version{3, 1600000001, {}}, Version{4, 1600000000, {}}, std::nullopt};
  for (const auto& base : bases) {
    begin();
    PublishRequest with_base = request();
    with_base.base = base;
    with_base.base_absent = !base;
    EXPECT_EQ(kind_of(fs_->publish(with_base, context_)), ErrorKind::kConflict);
    expect_untouched();
  }
}

TEST_P(PublishTest, ABaseThatWasRemovedIsAConflict) {
  begin();
  tree().remove("/d/f");
  PublishRequest with_base = request();
  with_base.base = Version{3, 1600000000, {}};
  EXPECT_EQ(kind_of(fs_->publish(with_base, context_)), ErrorKind::kConflict);
  EXPECT_EQ(tree().names("/d"), Names{});
}

TEST_P(PublishTest, ANewName) {
  begin();
  tree().remove("/d/f");
  PublishRequest absent = request();
  absent.base_absent = true;
  expect_published(fs_->publish(absent, context_));
}

TEST_P(PublishTest, WhereTheServerRefusesToReplace) {
  auto refusing = dialect();
  refusing.rnto_overwrites = false;
  begin(refusing);
  expect_published(fs_->publish(request(), context_));

  tree().add_file("/d/f", "old");
  ASSERT_TRUE(store(temporary_.text(), "new content"));
  server_->forget_history();
  expect_published(fs_->publish(request(), context_));
  EXPECT_EQ(server_->count("RNTO"), 2);  // remembered
}

TEST_P(PublishTest, RefusedAttributesAreNotFatal) {
  begin();
  for (const char* verb : {"MFMT", "SITE"}) server_->on(verb, {.reply = "550 Not you"});
  server_->on("MDTM", {.path = "/20231114222203 /" + temporary_.text(), .reply = "550 Not you"});
  EXPECT_TRUE(fs_->publish(request(), context_));
  EXPECT_EQ(tree().content("/d/f"), "new content");
}

TEST_P(PublishTest, AModeThatCannotBeKeptIsToldBeforeTheRename) {
  auto without = dialect();
  without.site_chmod = false;
  begin(without);
  PublishRequest keeping = request();
  keeping.keep_standing = true;
  const auto published = fs_->publish(keeping, context_);
  expect_refused_where_mlst_tells(published);
}

TEST_P(PublishTest, AModeThatIsSetIsKept) {
  begin();
  PublishRequest keeping = request();
  keeping.keep_standing = true;
  expect_published(fs_->publish(keeping, context_));
}

TEST_P(PublishTest, AnotherOwnerIsToldBeforeTheRename) {
  auto owners = dialect();
  owners.facts.emplace_back("UNIX.owner");
  begin(owners);
  tree().set_owner("/d/f", "7", "7");
  tree().set_owner("/" + temporary_.text(), "8", "8");
  PublishRequest keeping = request();
  keeping.keep_standing = true;
  const auto published = fs_->publish(keeping, context_);
  expect_refused_where_mlst_tells(published);
}

TEST_P(PublishTest, ARefusedRenameIsToldAsOne) {
  for (const auto& [reply, kind] :
       {std::pair{"550 Permission denied", ErrorKind::kPermission},
        std::pair{"502 Not implemented", ErrorKind::kUnsupported}, std::pair{"550 No", ErrorKind::kPermission}}) {
    begin();
    server_->on("RNFR", {.reply = reply});
    EXPECT_EQ(kind_of(fs_->publish(request(), context_)), kind) << reply;
    expect_untouched();
  }
}

TEST_P(PublishTest, ALineLostAtRntoIsLookedInto) {
  for (const ControlCut cut : {ControlCut::kBeforeCommand, ControlCut::kBeforeReply}) {
    begin();
    server_->on("RNTO", {.nth = 1, .cut = cut});
    PublishRequest with_base = request();
    with_base.base = Version{3, 1600000000, {}};
    expect_published(fs_->publish(with_base, context_));
  }
}

TEST_P(PublishTest, ALineLostInTheMiddleOfASwapLosesNothing) {
  for (const int nth : {2, 3}) {
    for (const ControlCut cut : {ControlCut::kBeforeCommand, ControlCut::kBeforeReply}) {
      auto refusing = dialect();
      refusing.rnto_overwrites = false;
      begin(refusing);
      server_->on("RNTO", {.nth = nth, .cut = cut});
      PublishRequest with_base = request();
      with_base.base = Version{3, 1600000000, {}};
      expect_published(fs_->publish(with_base, context_));
    }
  }
}

TEST_P(PublishTest, WithoutSizeTheListingTells) {
  auto changed = dialect();
  changed.size = false;
  changed.mlsd = false;
  begin(changed);
  EXPECT_TRUE(fs_->publish(request(), context_));
  EXPECT_EQ(tree().content("/d/f"), "new content");
}

TEST_P(PublishTest, StoresAndAppends) {
  begin();
  EXPECT_TRUE(store("d/g", "one"));
  EXPECT_TRUE(store("d/g", " two", WriteMode::kAppend));
  EXPECT_EQ(tree().content("/d/g"), "one two");
  EXPECT_TRUE(store("d/g", ""));
  EXPECT_EQ(tree().content("/d/g"), "");
  EXPECT_EQ(server_->logins(), 0);
}

TEST_P(PublishTest, WriterErrors) {
  begin();
  EXPECT_EQ(kind_of(store("d", "x")), ErrorKind::kIsDirectory);
  EXPECT_EQ(kind_of(store("missing/x", "x")), ErrorKind::kNotFound);
  server_->on("STOR", {.nth = 1, .data = test::DataFault::kEnd, .after = 1, .final_reply = "452 Disk full"});
  EXPECT_EQ(kind_of(store("x", "xyz")), ErrorKind::kNoSpace);
  server_->on("STOR", {.nth = 1, .final_reply = "552 Over allocation"});
  EXPECT_EQ(kind_of(store("x", "xyz")), ErrorKind::kQuota);
  server_->on("STOR", {.nth = 1, .final_reply = "426 Connection closed; transfer aborted"});
  EXPECT_EQ(kind_of(store("x", "xyz")), ErrorKind::kIo);
}

TEST_P(PublishTest, AnUnfinishedWriterIsAborted) {
  begin();
  {
    auto writer = fs_->open_writer({at("x")}, context_);
    ASSERT_TRUE(writer);
    EXPECT_TRUE((*writer)->write(std::as_bytes(std::span("abc", 3)), context_));
  }
  EXPECT_EQ(server_->count("ABOR"), 1);
  EXPECT_EQ(stat("d/f").size, 3U);
  EXPECT_EQ(server_->logins(), 0);
}

}  // namespace
}  // namespace ftpsfs::remote
