#include "vfs/parallelism.h"

#include <algorithm>

#include "ftpsfs/base/log.h"

namespace ftpsfs::vfs {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRound{300};
/// More streams must bring this much more, or they only cost.
constexpr double kWorthIt = 1.25;
/// A stream that still gets faster by this much has not shown yet what it can do.
constexpr double kStillGrowing = 1.3;
/// The first of some streams' rounds tells little, and those of a trial can have to log in first.
constexpr int kSteadyRounds = 2;
constexpr int kTrialRounds = 6;
constexpr std::size_t kStep = 4;
/// Bytes a second of a stream that only the line or the processors hold back: a trial would cost more than it can
/// bring.
constexpr double kFastEnough = 60e6;
constexpr std::chrono::seconds kContent{20};
constexpr std::chrono::seconds kHeld{2};
constexpr std::uint64_t kLeastSegment = 1024 * 1024;
constexpr std::uint64_t kMostSegment = 2 * 1024 * 1024;
constexpr double kSegmentSeconds = 0.5;

}  // namespace

void Parallelism::begin(Time now) {
  streams_ = proven_ = std::clamp<std::size_t>(learned_.streams, 1, most_);
  proven_rate_ = 0;
  start_over(now);
}

void Parallelism::start_over(Time now) {
  rounds_ = 0;
  best_rate_ = last_rate_ = 0;
  begin_round(now);
}

void Parallelism::begin_round(Time now) {
  starved_ = false;
  bytes_ = 0;
  round_began_ = now;
}

void Parallelism::arrived(std::uint64_t bytes, Time now) {
  bytes_ += bytes;
  if (now - round_began_ >= kRound) end_round(now);
}

void Parallelism::held_to(std::size_t streams, Time now) {
  if (streams >= streams_) return;
  if (streams_ > proven_) return settle(now);
  streams_ = std::max<std::size_t>(streams, 1);
  held_until_ = now + kHeld;
}

std::uint64_t Parallelism::segment_bytes() const {
  const double rate = proven_rate_ / static_cast<double>(proven_);
  return std::clamp(static_cast<std::uint64_t>(rate * kSegmentSeconds), kLeastSegment, kMostSegment);
}

void Parallelism::end_round(Time now) {
  const double rate = static_cast<double>(bytes_) / std::chrono::duration<double>(now - round_began_).count();
  const bool telling = starved_;
  begin_round(now);
  if (streams_ < proven_ && now >= held_until_) {
    streams_ = proven_;
    return start_over(now);
  }
  if (!telling || streams_ < proven_) return;
  const bool growing = rate > last_rate_ * kStillGrowing;
  last_rate_ = rate;
  best_rate_ = std::max(best_rate_, rate);
  ++rounds_;
  const bool on_trial = streams_ > proven_;
  if (on_trial && best_rate_ < proven_rate_ * kWorthIt) {
    if (rounds_ >= kTrialRounds && !growing) settle(now);
    return;
  }
  if (growing || rounds_ < kSteadyRounds) return;
  proven_ = streams_;
  proven_rate_ = rate;
  learned_.streams = proven_;
  const bool fast = rate >= kFastEnough * static_cast<double>(proven_);
  if (proven_ < most_ && !fast && now >= learned_.not_before.load()) try_more(now);
}

void Parallelism::try_more(Time now) {
  streams_ = std::min(most_, proven_ == 1 ? kStep : 2 * proven_);
  start_over(now);
  spdlog::debug("{} downloads of one file at once bring {:.1f} MB/s; trying {}", proven_, proven_rate_ / 1e6, streams_);
}

void Parallelism::settle(Time now) {
  spdlog::debug("{} downloads of one file at once it is", proven_);
  streams_ = proven_;
  learned_.streams = proven_;
  start_over(now);
  learned_.not_before = now + kContent;
}

}  // namespace ftpsfs::vfs
