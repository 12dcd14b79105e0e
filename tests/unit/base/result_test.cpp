// Result, the macros that hand errors on, and Error.
#include "ftpsfs/base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <set>
#include <string>

namespace ftpsfs {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorKind::kInvalid, "odd", 501);
  return number / 2;
}

Result<std::string> quarter(int number, int& steps) {
  FTPSFS_TRY_ASSIGN(const int once, half(number));
  ++steps;
  int twice = 0;
  FTPSFS_TRY_ASSIGN(twice, half(once));
  ++steps;
  return std::to_string(twice);
}

Status both_even(int a, int b) {
  FTPSFS_TRY(half(a));
  FTPSFS_TRY(half(b));
  return {};
}

TEST(Result, TryAssignHandsOnTheValue) {
  int steps = 0;
  const auto result = quarter(12, steps);
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, "3");
  EXPECT_EQ(steps, 2);
}

TEST(Result, TryAssignReturnsTheFirstError) {
  int steps = 0;
  const auto result = quarter(6, steps);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(result.error().message, "odd");
  EXPECT_EQ(result.error().reply_code, 501);
  EXPECT_EQ(steps, 1);
}

TEST(Result, TryReturnsTheErrorOfEitherKindOfResult) {
  EXPECT_TRUE(both_even(2, 4));
  EXPECT_FALSE(both_even(1, 4));
  EXPECT_FALSE(both_even(2, 3));
}

TEST(Result, TryIsOneStatement) {
  const auto odd_only = [](bool check) -> Status {
    if (check)
      FTPSFS_TRY(half(1));
    else
      return fail(ErrorKind::kIo, "else");
    return {};
  };
  EXPECT_EQ(odd_only(true).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(odd_only(false).error().kind, ErrorKind::kIo);
}

TEST(Result, TryEvaluatesItsExpressionOnce) {
  int calls = 0;
  const auto count = [&]() -> Result<int> { return ++calls; };
  const auto run = [&]() -> Status {
    FTPSFS_TRY(count());
    FTPSFS_TRY_ASSIGN([[maybe_unused]] const int value, count());
    return {};
  };
  EXPECT_TRUE(run());
  EXPECT_EQ(calls, 2);
}

TEST(Result, TryAssignMovesTheValue) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); };
  const auto take = [&]() -> Result<int> {
    FTPSFS_TRY_ASSIGN(const auto pointer, make());
    return *pointer;
  };
  EXPECT_EQ(take().value(), 7);
}

TEST(Result, ErrorsKeepAllTheyCarry) {
  const auto lost = []() -> Status { return fail(Error{ErrorKind::kConnectionLost, "gone", 421, true}); };
  const auto outer = [&]() -> Result<int> {
    FTPSFS_TRY(lost());
    return 1;
  };
  const auto result = outer();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kConnectionLost);
  EXPECT_EQ(result.error().reply_code, 421);
  EXPECT_TRUE(result.error().session_lost);
}

TEST(Error, ContextComesBeforeTheMessageAndChangesNothingElse) {
  const Error error{ErrorKind::kPermission, "Permission denied.", 550, true};
  const Error with = error.with_context("DELE a/b");
  EXPECT_EQ(with.message, "DELE a/b: Permission denied.");
  EXPECT_EQ(with.kind, ErrorKind::kPermission);
  EXPECT_EQ(with.reply_code, 550);
  EXPECT_TRUE(with.session_lost);
  EXPECT_EQ(error.message, "Permission denied.");
}

TEST(Error, OsErrorHasTheSystemsWords) {
  const Error error = os_error(ErrorKind::kNoSpace, "write", ENOSPC);
  EXPECT_EQ(error.kind, ErrorKind::kNoSpace);
  EXPECT_EQ(error.message, "write: No space left on device");
  EXPECT_EQ(error.reply_code, 0);
  EXPECT_FALSE(error.session_lost);
}

TEST(Error, EveryKindHasANameOfItsOwn) {
  std::set<std::string_view> names;
  const int last = static_cast<int>(ErrorKind::kIo);
  for (int kind = 0; kind <= last; ++kind) names.insert(to_string(static_cast<ErrorKind>(kind)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
  EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace ftpsfs
