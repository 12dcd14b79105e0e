// A server that takes names which differ in case alone for one.
#include "vfs_fixture.h"

namespace ftpsfs::vfs {
namespace {

class LetterCaseTest : public FilesystemTest {
 protected:
  LetterCaseTest() {
    server_.capable.folds_case = true;
    server_.capable.stat_one = false;
    server_.put("Readme", "text");
    server_.put_directory("Folder");
    mount();
  }
};

TEST_F(LetterCaseTest, ANewNameInAnotherSpellingIsRefused) {
  EXPECT_EQ(outcome(find("README")), "not found");
  EXPECT_EQ(outcome(fs_->create(kRootNode, "README", 0644, kWrite, kProgram, context_)), "exists");
  EXPECT_EQ(outcome(fs_->make_directory(kRootNode, "FOLDER", 0755, context_)), "exists");
  server_.put("other", "x");
  EXPECT_EQ(rename("other", "readme"), "exists");
  EXPECT_EQ(server_.tree()["Readme"], "text");
}

TEST_F(LetterCaseTest, SoIsThatOfAFileThatIsOnlyHere) {
  const auto first = fs_->create(kRootNode, "new", 0644, kWrite, kProgram, context_);
  ASSERT_TRUE(first);
  EXPECT_EQ(outcome(fs_->create(kRootNode, "NEW", 0644, kWrite, kProgram, context_)), "exists");
  close(first->opened.handle);
  EXPECT_EQ(outcome(fs_->create(kRootNode, "New", 0644, kWrite, kProgram, context_)), "exists");
}

TEST_F(LetterCaseTest, ARenameThatChangesTheCaseLeavesNothingBehind) {
  EXPECT_EQ(outcome(find("README")), "not found");
  EXPECT_EQ(rename("Readme", "README"), "ok");
  EXPECT_EQ(outcome(find("Readme")), "not found");
  EXPECT_EQ(read_file("README"), "text");
  EXPECT_EQ(outcome(fs_->rename(kRootNode, "README", kRootNode, "Readme", RenameMode::kNoReplace, context_)), "ok");
  EXPECT_EQ(read_file("Readme"), "text");
}

TEST_F(LetterCaseTest, ANameIsFreeAgainOnceItsFileIsGone) {
  EXPECT_EQ(outcome(fs_->remove(kRootNode, "Readme", context_)), "ok");
  const auto made = fs_->create(kRootNode, "README", 0644, kWrite, kProgram, context_);
  ASSERT_TRUE(made) << made.error().message;
  close(made->opened.handle);
  EXPECT_EQ(server_.tree().count("README"), 1U);
}

}  // namespace
}  // namespace ftpsfs::vfs
