// Patches: REST and STOR, and whether a server keeps the rest of the file.
#include "ftpsfs/remote/patch_probe.h"
#include "remote_fixture.h"

namespace ftpsfs::remote {
namespace {

class RemotePatchTest : public RemoteTest {
 protected:
  void begin(const test::FakeDialect& dialect = {}) {
    start(dialect);
    tree().add_file("/f", "0123456789");
    connect();
  }
  Status patch(std::uint64_t offset, std::string_view text) {
    FTPSFS_TRY_ASSIGN(const auto writer,
                      fs_->open_writer({.path = at("f"), .mode = WriteMode::kPatch, .offset = offset}, context_));
    FTPSFS_TRY(writer->write(std::as_bytes(std::span(text)), context_));
    return writer->finish(context_);
  }
  /// Without what it leaves to be removed.
  Result<bool> probe() {
    auto works = keeps_rest_of_file(*fs_, at("scratch"), context_);
    EXPECT_TRUE(fs_->remove(at("scratch"), context_));
    return works;
  }
};

TEST_F(RemotePatchTest, IsWrittenOverTheOldContent) {
  begin();
  EXPECT_TRUE(patch(3, "abc"));
  EXPECT_EQ(tree().content("/f"), "012abc6789");
  EXPECT_TRUE(patch(9, "xyz"));
  EXPECT_EQ(tree().content("/f"), "012abc678xyz");
}

TEST_F(RemotePatchTest, NeverBeginsAtTheFirstByte) {
  begin();
  EXPECT_EQ(kind_of(patch(0, "abc")), ErrorKind::kInvalid);
  EXPECT_EQ(tree().content("/f"), "0123456789");
}

TEST_F(RemotePatchTest, TheProbeTellsWhoCan) {
  begin();
  const auto can = probe();
  ASSERT_TRUE(can) << can.error().message;
  EXPECT_TRUE(*can);
}

TEST_F(RemotePatchTest, TheProbeTellsWhoCutsTheFile) {
  test::FakeDialect pure_ftpd;
  pure_ftpd.rest_stor_cuts = true;
  begin(pure_ftpd);
  EXPECT_EQ(probe().value_or(true), false);
}

TEST_F(RemotePatchTest, TheProbeTellsWhoRefuses) {
  test::FakeDialect strict;
  strict.rest_stor = false;
  begin(strict);
  EXPECT_EQ(probe().value_or(true), false);
  EXPECT_TRUE(fs_->stat(at("f"), context_)) << "the session goes on";
}

}  // namespace
}  // namespace ftpsfs::remote
