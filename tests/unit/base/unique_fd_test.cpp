// UniqueFd: one owner, one close.
#include "ftpsfs/base/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <type_traits>
#include <utility>

namespace ftpsfs {
namespace {

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

static_assert(!std::is_copy_constructible_v<UniqueFd>);
static_assert(!std::is_copy_assignable_v<UniqueFd>);

TEST(UniqueFd, HoldsNothingAtFirst) {
  const UniqueFd none;
  EXPECT_FALSE(none.valid());
  EXPECT_EQ(none.get(), -1);
}

TEST(UniqueFd, ClosesAtTheEnd) {
  const int fd = open_null();
  {
    const UniqueFd owner(fd);
    EXPECT_TRUE(owner.valid());
    EXPECT_EQ(owner.get(), fd);
    EXPECT_TRUE(is_open(fd));
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(UniqueFd, DescriptorZeroIsValid) {
  UniqueFd zero(0);
  EXPECT_TRUE(zero.valid());
  const UniqueFd duplicate(::dup(0));
  ASSERT_TRUE(duplicate.valid());
  zero.reset();
  EXPECT_FALSE(is_open(0));
  ASSERT_EQ(::dup2(duplicate.get(), 0), 0);
}

TEST(UniqueFd, MovingLeavesNothingBehind) {
  const int fd = open_null();
  UniqueFd first(fd);
  UniqueFd second(std::move(first));
  EXPECT_FALSE(first.valid());  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(second.get(), fd);
  EXPECT_TRUE(is_open(fd));
}

TEST(UniqueFd, AssignmentClosesWhatWasHeld) {
  const int old_fd = open_null();
  const int new_fd = open_null();
  UniqueFd owner(old_fd);
  UniqueFd other(new_fd);
  owner = std::move(other);
  EXPECT_FALSE(is_open(old_fd));
  EXPECT_EQ(owner.get(), new_fd);
  EXPECT_TRUE(is_open(new_fd));
}

TEST(UniqueFd, AssignmentToItselfKeepsIt) {
  const int fd = open_null();
  UniqueFd owner(fd);
  UniqueFd& same = owner;
  owner = std::move(same);
  EXPECT_EQ(owner.get(), fd);
  EXPECT_TRUE(is_open(fd));
}

TEST(UniqueFd, ResetClosesAndTakesTheNext) {
  const int old_fd = open_null();
  const int new_fd = open_null();
  UniqueFd owner(old_fd);
  owner.reset(new_fd);
  EXPECT_FALSE(is_open(old_fd));
  EXPECT_EQ(owner.get(), new_fd);
  owner.reset();
  EXPECT_FALSE(is_open(new_fd));
  EXPECT_FALSE(owner.valid());
}

}  // namespace
}  // namespace ftpsfs
