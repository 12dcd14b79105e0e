// Holding back signals.
#include "app/held_signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace ftpsfs::app {

HeldSignals::HeldSignals(std::initializer_list<int> signals) {
  sigemptyset(&held_);
  for (const int signal : signals) sigaddset(&held_, signal);
  pthread_sigmask(SIG_BLOCK, &held_, &before_);
  pending_.reset(::signalfd(-1, &held_, SFD_CLOEXEC | SFD_NONBLOCK));
}

HeldSignals::~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

void HeldSignals::discard() {
  signalfd_siginfo signal{};
  while (::read(pending_.get(), &signal, sizeof signal) == sizeof signal) {
  }
}

}  // namespace ftpsfs::app
