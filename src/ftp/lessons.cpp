#include "ftpsfs/ftp/lessons.h"

#include <spdlog/spdlog.h>

namespace ftpsfs::ftp {
namespace {

constexpr int kMostStumbles = 3;
constexpr std::chrono::seconds kShun{10};

}  // namespace

bool Lessons::prepares() const { return stumbles_ < kMostStumbles && Clock::now() >= shunned_until_.load(); }

void Lessons::stumbled() {
  shunned_until_ = Clock::now() + kShun;
  if (++stumbles_ == kMostStumbles) {
    spdlog::info("the server does not take to data connections made ahead of time; going without them");
  }
}

}  // namespace ftpsfs::ftp
