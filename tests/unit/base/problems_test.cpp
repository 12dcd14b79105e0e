// The last warnings and errors, for those who ask afterwards.
#include "ftpsfs/base/problems.h"

#include <gtest/gtest.h>

#include <string>

#include "ftpsfs/base/log.h"

namespace ftpsfs::log {
namespace {

class Problems : public testing::Test {
 protected:
  Problems() { configure(Sink::kStderr, Watched()); }

  static void warn_of(const std::string& what) {
    testing::internal::CaptureStderr();
    spdlog::warn("{}", what);
    testing::internal::GetCapturedStderr();
  }
};

TEST_F(Problems, TheSameOneIsCountedAndPushesNoOtherOut) {
  warn_of("an early one");
  for (int i = 0; i < 20; ++i) warn_of("the server cannot be reached");
  const auto problems = recent_problems();
  ASSERT_GE(problems.size(), 2U);
  EXPECT_EQ(problems[problems.size() - 2].text, "an early one");
  EXPECT_EQ(problems[problems.size() - 2].times, 1U);
  EXPECT_EQ(problems.back().text, "the server cannot be reached");
  EXPECT_EQ(problems.back().times, 20U);
}

TEST_F(Problems, OneThatComesAgainIsTheLast) {
  warn_of("now and then");
  warn_of("in between");
  warn_of("now and then");
  const auto problems = recent_problems();
  EXPECT_EQ(problems.back().text, "now and then");
  EXPECT_EQ(problems.back().times, 2U);
}

TEST_F(Problems, TenDifferentOnesAreKept) {
  for (int i = 0; i < 15; ++i) warn_of("number " + std::to_string(i));
  const auto problems = recent_problems();
  ASSERT_EQ(problems.size(), 10U);
  EXPECT_EQ(problems.front().text, "number 5");
  EXPECT_EQ(problems.back().text, "number 14");
}

TEST_F(Problems, WhatIsNoProblemIsNotKept) {
  warn_of("a problem");
  testing::internal::CaptureStderr();
  spdlog::info("no problem");
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(recent_problems().back().text, "a problem");
}

}  // namespace
}  // namespace ftpsfs::log
