#include "vfs/commit_policy.h"

#include <gtest/gtest.h>

#include "unit/path_at.h"

namespace ftpsfs::vfs {
namespace {

using test::at;

Error error(ErrorKind kind) { return Error{kind, "refused by the test", 0, false}; }

TEST(CommitPolicyTest, TheModeDecidesAlone) {
  CommitPolicy rename(CommitMode::kRename);
  EXPECT_FALSE(rename.in_place(at("f")));
  EXPECT_FALSE(rename.in_place_after(error(ErrorKind::kPermission)));
  EXPECT_FALSE(rename.keeps_standing());
  CommitPolicy in_place(CommitMode::kInPlace);
  EXPECT_TRUE(in_place.in_place(at("f")));
  EXPECT_FALSE(in_place.in_place_after(error(ErrorKind::kPermission)));
}

TEST(CommitPolicyTest, OnlyARefusalIsAReason) {
  const CommitPolicy policy(CommitMode::kAuto);
  EXPECT_TRUE(policy.keeps_standing());
  for (const auto kind :
       {ErrorKind::kPermission, ErrorKind::kUnsupported, ErrorKind::kNotPermitted, ErrorKind::kInvalid}) {
    EXPECT_TRUE(policy.in_place_after(error(kind))) << to_string(kind);
  }
  for (const auto kind : {ErrorKind::kConflict, ErrorKind::kConnectionLost, ErrorKind::kTimeout, ErrorKind::kNoSpace,
                          ErrorKind::kQuota, ErrorKind::kIo, ErrorKind::kNotFound, ErrorKind::kStale}) {
    EXPECT_FALSE(policy.in_place_after(error(kind))) << to_string(kind);
  }
}

TEST(CommitPolicyTest, ARefusalIsOfTheDirectoryALossOfTheFile) {
  CommitPolicy policy(CommitMode::kAuto);
  policy.remember(at("a/f"), error(ErrorKind::kPermission));
  policy.remember(at("b/f"), error(ErrorKind::kNotPermitted));
  EXPECT_TRUE(policy.in_place(at("a/f")));
  EXPECT_TRUE(policy.in_place(at("a/g")));
  EXPECT_FALSE(policy.in_place(at("a/sub/g")));
  EXPECT_TRUE(policy.in_place(at("b/f")));
  EXPECT_FALSE(policy.in_place(at("b/g")));
}

TEST(CommitPolicyTest, TellsWhatItRemembers) {
  CommitPolicy policy(CommitMode::kAuto);
  EXPECT_TRUE(policy.remembered(10).empty());
  policy.remember(at("f"), error(ErrorKind::kPermission));
  policy.remember(at("a/f"), error(ErrorKind::kPermission));
  policy.remember(at("b/f"), error(ErrorKind::kNotPermitted));
  EXPECT_EQ(policy.remembered(10), (std::vector<std::string>{"b/f", "a/", "/"}));
  EXPECT_EQ(policy.remembered(1), std::vector<std::string>{"b/f"});
}

TEST(CommitPolicyTest, TheMemoryIsBounded) {
  CommitPolicy policy(CommitMode::kAuto);
  for (int i = 0; i < 5000; ++i) policy.remember(at("d" + std::to_string(i) + "/f"), error(ErrorKind::kPermission));
  EXPECT_FALSE(policy.in_place(at("d0/f")));
  EXPECT_TRUE(policy.in_place(at("d4999/f")));
}

}  // namespace
}  // namespace ftpsfs::vfs
