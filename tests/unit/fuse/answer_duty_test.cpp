#include "fuse/answer_duty.h"

#include <gtest/gtest.h>

#include <vector>

namespace ftpsfs::fuse {
namespace {

struct FakeRequest {
  std::vector<int> errors;
};

int reply_error(FakeRequest* request, int error) {
  request->errors.push_back(error);
  return 0;
}

using Duty = AnswerDuty<FakeRequest, reply_error>;

TEST(AnswerDuty, AnswersEioWhenNobodyDid) {
  FakeRequest request;
  { const Duty duty(&request); }
  EXPECT_EQ(request.errors, std::vector{EIO});
}

TEST(AnswerDuty, IsOverOnceTaken) {
  FakeRequest request;
  {
    Duty duty(&request);
    EXPECT_EQ(duty.take(), &request);
    EXPECT_EQ(duty.request(), nullptr);
  }
  EXPECT_TRUE(request.errors.empty());
}

TEST(AnswerDuty, MovesWithWhoeverHoldsIt) {
  FakeRequest request;
  {
    Duty first(&request);
    { const Duty second(std::move(first)); }
    EXPECT_EQ(request.errors, std::vector{EIO});
  }
  EXPECT_EQ(request.errors.size(), 1U) << "the one moved from answers nothing";
}

}  // namespace
}  // namespace ftpsfs::fuse
