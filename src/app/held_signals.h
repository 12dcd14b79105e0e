// HeldSignals: signals that would end or stop the program, held back while something is brought to a good end.
#pragma once

#include <csignal>
#include <initializer_list>

#include "ftpsfs/base/unique_fd.h"

namespace ftpsfs::app {

/// For one thread of a program that has no other, or whose others hold back the same signals.
class HeldSignals {
 public:
  explicit HeldSignals(std::initializer_list<int> signals);
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  /// Lets through what came meanwhile and was not discarded.
  ~HeldSignals();

  /// Readable when a signal is waiting.
  [[nodiscard]] int fd() const { return pending_.get(); }
  /// Those that wait have no further effect.
  void discard();

 private:
  sigset_t held_{};
  sigset_t before_{};
  UniqueFd pending_;
};

}  // namespace ftpsfs::app
