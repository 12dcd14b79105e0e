#include "vfs/parallelism.h"

#include <algorithm>

#include "ftpsfs/base/log.h"

namespace ftpsfs::vfs {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRound{400};
/// More streams must bring this much more, or they only cost.
constexpr double kWorthIt = 1.25;
/// A stream that still gets faster by this much has not shown yet what it can do.
constexpr double kStillGrowing = 1.3;
constexpr std::size_t kStep = 4;
constexpr std::chrono::seconds kContent{30};
constexpr std::uint64_t kLeastSegment = 1024 * 1024;
constexpr std::uint64_t kMostSegment = 4 * 1024 * 1024;
constexpr double kSegmentSeconds = 2;

}  // namespace

void Parallelism::begin(Time now) {
  streams_ = proven_ = std::clamp<std::size_t>(learned_.streams, 1, most_);
  proven_rate_ = last_rate_ = 0;
  settling_ = true;
  starved_ = false;
  bytes_ = 0;
  round_began_ = now;
}

void Parallelism::arrived(std::uint64_t bytes, Time now) {
  bytes_ += bytes;
  if (now - round_began_ >= kRound) end_round(now);
}

void Parallelism::held_to(std::size_t streams, Time now) {
  if (streams < streams_) settle_for(std::max<std::size_t>(streams, 1), now);
}

std::uint64_t Parallelism::segment_bytes() const {
  const double rate = std::max(proven_rate_, last_rate_) / static_cast<double>(proven_);
  return std::clamp(static_cast<std::uint64_t>(rate * kSegmentSeconds), kLeastSegment, kMostSegment);
}

void Parallelism::end_round(Time now) {
  const double rate = static_cast<double>(bytes_) / std::chrono::duration<double>(now - round_began_).count();
  const bool telling = starved_ && !settling_;
  const bool growing = rate > last_rate_ * kStillGrowing;
  last_rate_ = rate;
  settling_ = false;
  starved_ = false;
  bytes_ = 0;
  round_began_ = now;
  if (!telling) return;
  const bool on_trial = streams_ > proven_;
  if (on_trial && rate < proven_rate_ * kWorthIt && !growing) return settle_for(proven_, now);
  if (growing) return;
  proven_ = streams_;
  proven_rate_ = rate;
  learned_.streams = proven_;
  if (proven_ < most_ && now >= learned_.not_before.load()) try_more(now);
}

void Parallelism::try_more(Time now) {
  streams_ = std::min(most_, proven_ == 1 ? kStep : 2 * proven_);
  settling_ = true;
  round_began_ = now;
  spdlog::debug("{} downloads of one file at once bring {:.1f} MB/s; trying {}", proven_, proven_rate_ / 1e6, streams_);
}

void Parallelism::settle_for(std::size_t streams, Time now) {
  spdlog::debug("{} downloads of one file at once it is", streams);
  streams_ = proven_ = streams;
  learned_.streams = streams;
  settling_ = true;
  learned_.not_before = now + kContent;
}

}  // namespace ftpsfs::vfs
