// Servers that take names which differ in case alone for one: found out, and not confused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "remote_fixture.h"

namespace ftpsfs::remote {
namespace {

using testing::ElementsAre;

/// IIS has no MLSx and refuses RNTO onto what exists; FileZilla Server has it, and refuses as well.
class LetterCaseTest : public RemoteTest {
 protected:
  static test::FakeDialect iis() {
    test::FakeDialect dialect = plain_dialect();
    dialect.greeting = "220 Microsoft FTP Service";
    dialect.list_format = test::ListFormat::kDos;
    dialect.folds_case = true;
    dialect.rnto_overwrites = false;
    return dialect;
  }
  static test::FakeDialect filezilla(bool on_windows) {
    test::FakeDialect dialect;
    dialect.greeting = "220 FileZilla Server 1.7.3";
    dialect.folds_case = on_windows;
    dialect.rnto_overwrites = false;
    return dialect;
  }
  Status rename(std::string_view from, std::string_view to, bool replace) {
    return fs_->rename(at(from), at(to), replace, context_);
  }
};

TEST_F(LetterCaseTest, WindowsIsKnownWhateverTheGreetingSays) {
  test::FakeDialect dialect = iis();
  dialect.greeting = "220 Welcome to our files";
  dialect.system = "Windows_NT";
  start(dialect);
  connect();
  EXPECT_TRUE(fs_->capabilities().folds_case);
}

TEST_F(LetterCaseTest, WindowsIsFoundOut) {
  start(iis());
  connect();
  EXPECT_TRUE(fs_->capabilities().folds_case);

  for (const bool on_windows : {true, false}) {
    start(filezilla(on_windows));
    tree().add_file("/123", "x");
    tree().add_file("/Readme", "x");
    connect();
    EXPECT_EQ(fs_->capabilities().folds_case, on_windows);
    EXPECT_EQ(fs_->capabilities().stat_one, !on_windows) << "MLST would tell of a file that no listing shows";
  }
}

TEST_F(LetterCaseTest, NoOtherServerIsAsked) {
  start();
  tree().add_file("/Readme", "x");
  ASSERT_TRUE(try_connect());
  EXPECT_EQ(server_->count("MLSD"), 0);
  EXPECT_EQ(server_->count("MLST"), 1);
}

TEST_F(LetterCaseTest, ANameIsThereInItsOwnSpellingAlone) {
  start(iis());
  tree().add_file("/Readme", "x");
  connect();
  EXPECT_EQ(stat("Readme").size, 1U);
  EXPECT_EQ(kind_of(fs_->stat(at("README"), context_)), ErrorKind::kNotFound);
}

TEST_F(LetterCaseTest, ARenameMayChangeTheCaseAlone) {
  for (const auto& dialect : {iis(), filezilla(true)}) {
    for (const bool replace : {true, false}) {
      start(dialect);
      tree().add_file("/readme", "content");
      tree().add_directory("/empty");
      connect();
      ASSERT_TRUE(rename("readme", "README", replace));
      ASSERT_TRUE(rename("empty", "Empty", replace));
      EXPECT_THAT(names(""), ElementsAre("Empty", "README"));
      EXPECT_EQ(tree().content("/README"), "content");
    }
  }
}

TEST_F(LetterCaseTest, AlsoWhereTheServerFindsTheFileInItsOwnWay) {
  for (const bool replace : {true, false}) {
    start(iis());
    tree().add_file("/readme", "content");
    tree().add_directory("/empty");
    connect();
    server_->on("RNTO", {.nth = 1, .path = "/README", .reply = "550 File already exists"});
    ASSERT_TRUE(rename("readme", "README", replace));
    EXPECT_THAT(names(""), ElementsAre("README", "empty"));
    EXPECT_EQ(tree().content("/README"), "content");
  }
}

TEST_F(LetterCaseTest, TwoFilesStayTwoWhereCaseMatters) {
  start();
  tree().add_file("/readme", "small");
  tree().add_file("/README", "large");
  connect();
  EXPECT_EQ(kind_of(rename("readme", "README", false)), ErrorKind::kExists);
  ASSERT_TRUE(rename("readme", "README", true));
  EXPECT_THAT(names(""), ElementsAre("README"));
  EXPECT_EQ(tree().content("/README"), "small");
}

}  // namespace
}  // namespace ftpsfs::remote
