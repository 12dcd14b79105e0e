// Lessons: what one session learned of its server that spares the others time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include "ftpsfs/base/mutex.h"
#include "ftpsfs/ftp/features.h"

namespace ftpsfs::ftp {

/// From when on a server takes the question for the next transfer's passive address.
enum class NextPassive { kDuringTransfer, kAfterLastByte, kAfterFinalReply };

/// Shared by all sessions of one server. Any thread may call any member.
class Lessons {
 public:
  std::atomic<bool> no_epsv{false};       ///< only PASV is known
  std::atomic<bool> reads_telnet{false};  ///< a 0xFF byte in a command is doubled, as RFC 959 has it (ProFTPD)
  std::atomic<NextPassive> next_passive{NextPassive::kAfterLastByte};
  std::atomic<int> sessions_opened{0};  ///< so far; by its number the log tells one from another

  /// What the first session was told about all; null before. A server that left FEAT without an answer told nothing.
  [[nodiscard]] std::shared_ptr<const Features> features() const EXCLUDES(mutex_);
  void learn_features(Features features) EXCLUDES(mutex_);

  /// False while data connections are better not made ahead of time: this server stumbled over one a moment ago, or
  /// three times in all.
  [[nodiscard]] bool prepares() const;
  /// A transfer over a data connection made ahead failed.
  void stumbled();

 private:
  using Clock = std::chrono::steady_clock;

  mutable Mutex mutex_;
  std::shared_ptr<const Features> features_ GUARDED_BY(mutex_);
  std::atomic<int> stumbles_{0};
  std::atomic<Clock::time_point> shunned_until_{Clock::time_point::min()};
};

}  // namespace ftpsfs::ftp
