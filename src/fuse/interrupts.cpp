// Looking at signalled callers, again and again while they wait.
#include "fuse/interrupts.h"

#include <spdlog/spdlog.h>

#include <system_error>
#include <vector>

namespace ftpsfs::fuse {

void Interrupts::cancel_all() {
  MutexLock lock(mutex_);
  closed_ = true;
  for (const Wait* wait : waits_) wait->cancellation_->cancel();
}

void Interrupts::watch() {
  struct Suspect {
    pid_t caller;
    std::shared_ptr<Cancellation> cancellation;
  };
  for (;;) {
    std::vector<Suspect> suspects;
    {
      MutexLock lock(mutex_);
      for (const Wait* wait : waits_) {
        const bool undecided = wait->interrupted_ && !wait->cancellation_->cancelled();
        if (undecided) suspects.push_back({wait->caller_, wait->cancellation_});
      }
      watching_ = !suspects.empty();
      if (!watching_) return;
    }
    for (const Suspect& suspect : suspects) {
      if (has_given_up_(suspect.caller)) suspect.cancellation->cancel();
    }
    MutexLock lock(mutex_);
    wait_ended_.wait_until(mutex_, std::chrono::steady_clock::now() + interval_);
  }
}

Interrupts::Wait::Wait(Interrupts& interrupts, pid_t caller) : interrupts_(interrupts), caller_(caller) {
  MutexLock lock(interrupts_.mutex_);
  interrupts_.waits_.insert(this);
  if (interrupts_.closed_) cancellation_->cancel();
}

Interrupts::Wait::~Wait() {
  MutexLock lock(interrupts_.mutex_);
  interrupts_.waits_.erase(this);
  if (interrupted_) interrupts_.wait_ended_.notify_all();
}

void Interrupts::Wait::interrupted() {
  MutexLock lock(interrupts_.mutex_);
  interrupted_ = true;
  if (interrupts_.watching_) return;
  interrupts_.watching_ = true;
  try {
    interrupts_.watcher_.submit([this_watch = &interrupts_] { this_watch->watch(); });
  } catch (const std::system_error& error) {
    interrupts_.watching_ = false;
    spdlog::warn("no thread to watch an interrupted caller, which waits on: {}", error.what());
  }
}

}  // namespace ftpsfs::fuse
