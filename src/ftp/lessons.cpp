#include "ftpsfs/ftp/lessons.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace ftpsfs::ftp {
namespace {

constexpr int kMostStumbles = 3;
constexpr std::chrono::seconds kShun{10};

}  // namespace

std::shared_ptr<const Features> Lessons::features() const {
  MutexLock lock(mutex_);
  return features_;
}

void Lessons::learn_features(Features features) {
  auto learned = std::make_shared<const Features>(std::move(features));
  MutexLock lock(mutex_);
  features_ = std::move(learned);
}

bool Lessons::prepares() const { return stumbles_ < kMostStumbles && Clock::now() >= shunned_until_.load(); }

void Lessons::stumbled() {
  shunned_until_ = Clock::now() + kShun;
  if (++stumbles_ == kMostStumbles) {
    spdlog::info("the server does not take to data connections made ahead of time; going without them");
  }
}

}  // namespace ftpsfs::ftp
