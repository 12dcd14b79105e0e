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

/// One that takes tickets again and again has forgotten us, as it would with TLS 1.2: a new session is all it takes.
void Lessons::tickets_spent(bool tls12_allowed) {
  if (tickets_last_ || no_tls13) return;
  if (!tls12_allowed) {
    spdlog::warn(
        "the server wants TLS sessions resumed and gives too few TLS 1.3 tickets for it; without TLS 1.2 "
        "(tls_min=) each of them costs a login");
    tickets_last_ = true;
  } else if (!no_tls13.exchange(true)) {
    spdlog::info(
        "the server wants TLS sessions resumed and gives too few TLS 1.3 tickets for it: going on with TLS 1.2");
  }
}

void Lessons::insists_on_tls13() {
  tickets_last_ = true;
  no_tls13 = false;
}

std::optional<std::string> Lessons::system() const {
  MutexLock lock(mutex_);
  return system_;
}

void Lessons::learn_system(std::string system) {
  MutexLock lock(mutex_);
  system_ = std::move(system);
}

bool Lessons::gave_up_preparing() const { return stumbles_ >= kMostStumbles; }

void Lessons::give_up_preparing() { stumbles_ = kMostStumbles; }

bool Lessons::prepares() const { return !gave_up_preparing() && Clock::now() >= shunned_until_.load(); }

void Lessons::stumbled() {
  shunned_until_ = Clock::now() + kShun;
  if (++stumbles_ == kMostStumbles) {
    spdlog::info("the server does not take to data connections made ahead of time; going without them");
  }
}

}  // namespace ftpsfs::ftp
